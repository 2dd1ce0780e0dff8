"""Ctrl-C while DuckDB works: the query ends at once, with a KeyboardInterrupt as anywhere else.

Python's own handlers run when DuckDB comes back from a task, which takes seconds where it sorts millions of
rows. So a thread is woken by the signal itself, and tells DuckDB to stop.
"""

import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

import duckdb

HIDDEN = "Query interrupted"
"""What DuckDB says in the place of what a signal's handler raised while it came back from a task."""

_STOPPING = {signal.SIGINT, signal.SIGTERM}
_AGAIN_MILLISECONDS = 50


@contextmanager
def interruptible(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection whose queries a signal ends.

    Signals reach the main thread alone, so in others there is nothing to do; nor where something else, such
    as an event loop, is woken by them; nor on Windows, where pipes cannot be told not to wait.
    """
    given = cast("duckdb.DuckDBPyConnection", _Interruptible(connection))
    if os.name == "nt" or threading.current_thread() is not threading.main_thread():
        yield given
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    if before != -1:
        signal.set_wakeup_fd(before)
    listener = threading.Thread(target=_listen, args=[reading, connection], daemon=True)
    listener.start()
    try:
        yield given
    finally:
        if before == -1:
            signal.set_wakeup_fd(-1)
        os.close(writing)
        listener.join()
        os.close(reading)


def _listen(woken: int, connection: duckdb.DuckDBPyConnection) -> None:
    """Interrupt the connection once a signal came, and again, for a query that was about to begin."""
    stopping = False
    # Not `select`, which knows the first thousand files of a process and no more.
    poll = select.poll()
    poll.register(woken, select.POLLIN)
    while True:
        if poll.poll(_AGAIN_MILLISECONDS if stopping else None):
            numbers = os.read(woken, 64)
            if not numbers:
                return
            stopping = stopping or bool(_STOPPING.intersection(numbers))
        if stopping:
            with suppress(duckdb.Error):
                connection.interrupt()


class _Interruptible:
    """A connection that raises KeyboardInterrupt where a query was interrupted."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, query: str, parameters: object = None) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(query, parameters)
        except duckdb.InterruptException as error:
            # The handler has not run yet. It shall raise here, and not in the middle of what cleans up.
            _let_the_handler_run()
            raise KeyboardInterrupt from error
        except RuntimeError as error:
            if str(error) == HIDDEN:
                raise KeyboardInterrupt from error
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _let_the_handler_run() -> None:
    """Do nothing: Python looks for signals where a function begins."""
