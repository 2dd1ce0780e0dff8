"""A process with everything imported, which forks one command after the other, one of its calls failing.

It reads a line of JSON for each and answers with the child's exit code.
"""

import ctypes
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TypedDict


class Order(TypedDict):
    """A command, its fault, and the folder below which calls count."""

    arguments: list[str]
    fault: tuple[str, str, int] | None
    folder: str
    warm: bool


def main() -> None:
    """Serve until standard input ends."""
    if not hasattr(ctypes.CDLL(None), "faults_arm"):
        say("LD_PRELOAD does nothing here")
        return
    preload()
    say("ready")
    for line in sys.stdin:
        order: Order = json.loads(line)
        if order["warm"]:
            warm(order)
            say("warm")
            continue
        child = os.fork()
        if not child:
            os._exit(perform(order))
        _, status = os.waitpid(child, 0)
        say(os.waitstatus_to_exitcode(status))


def say(answer: object) -> None:
    """Write a line that is read at once."""
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def preload() -> None:
    """Import what the commands import, so that only their own work is left to them."""
    # One thread of Python's, one of DuckDB's: the K-th call is nearly always the same.
    with suppress(AttributeError, OSError):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    import duckdb  # noqa: F401 - imported to be there
    import sqlalchemy.dialects.sqlite  # noqa: F401 - likewise

    from usagebill_tui.cli import batches, bill, erase, importing, watch  # noqa: F401 - likewise
    from usagebill_tui.eventstore.parquet import identities

    # Segments of two rows count as large, so that keys are written, and fail to be, too.
    identities.KEYED_ROWS = 2


def warm(order: Order) -> None:
    """Run a command here, its output put aside. Raises where threads are left, which a fork would lose."""
    kept = os.dup(1), os.dup(2)
    handler = signal.getsignal(signal.SIGINT)
    redirect(Path(order["folder"]) / "output")
    ran(order["arguments"])
    signal.signal(signal.SIGINT, handler)
    for number, copy in enumerate(kept, start=1):
        os.dup2(copy, number)
        os.close(copy)
    if threading.active_count() > 1 or len([*Path("/proc/self/task").iterdir()]) > 1:
        raise RuntimeError(f"{order['arguments']} leaves threads behind")


def perform(order: Order) -> int:
    """Run a command with its fault in this process; return its exit code."""
    folder = Path(order["folder"])
    told = os.open(folder / "told", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    redirect(folder / "output")
    if order["fault"] is not None:
        kind, call, when = order["fault"]
        arm = ctypes.CDLL(None).faults_arm
        arm(call.encode(), kind.encode(), ctypes.c_long(when), f"{folder}/".encode(), told)
    return ran(order["arguments"])


def redirect(output: Path) -> None:
    """Let what is printed go into a file."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def ran(arguments: list[str]) -> int:
    """Run a command; return its exit code."""
    from usagebill_tui.cli.main import run

    try:
        run(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1


if __name__ == "__main__":
    main()
