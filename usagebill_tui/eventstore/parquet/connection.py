"""DuckDB in memory, allowed to touch the workspace's own folders and nothing else."""

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.interrupting import HIDDEN, interruptible

_NESTED = re.compile(r'\{"exception_type":"IO","exception_message":("(?:[^"\\]|\\.)*")')

_CONFIGURATION: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "preserve_insertion_order": "false",
}


def opened(folders: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB of its own for these folders; spilling goes to the last one."""
    connection = duckdb.connect(":memory:", config=_CONFIGURATION)
    connection.execute("SET allowed_directories=$1", [[str(folder) for folder in folders]])
    connection.execute("SET temp_directory=$1", [str(folders[-1])])
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    return connection


@contextmanager
def connected(folders: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a DuckDB of its own for these folders. See `translated` for its failures."""
    with translated(folders[0]), closing(opened(folders)) as connection, interruptible(connection) as given:
        yield given


class Shared:
    """One DuckDB for all questions about a folder, opened with the first: opening costs 10 to 20 ms.

    Closing a DuckDB closes the connections that other threads read from at that moment, so it is closed by
    whoever uses it last.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Reading that nobody finished may end while this thread holds the lock: whenever it is collected.
        self._lock = threading.RLock()
        self._database: _Counted | None = None

    @contextmanager
    def asking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a connection with temporary tables of its own."""
        with translated(self._folder):
            with self._lock:
                if self._database is None:
                    self._database = _Counted(opened([self._folder]))
                database = self._database
                cursor = database.connection.cursor()
                database.users += 1
            try:
                yield cursor
            finally:
                with self._lock:
                    cursor.close()
                    database.users -= 1
                    self._close_unused(database)

    def close(self) -> None:
        """Let go of it, now or once nobody asks it any more; the next question opens another."""
        with self._lock:
            database, self._database = self._database, None
            if database is not None:
                self._close_unused(database)

    def _close_unused(self, database: "_Counted") -> None:
        if database is not self._database and not database.users:
            database.connection.close()


class _Counted:
    """A DuckDB, and how many connections to it are in use."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.users = 0


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turn DuckDB's failures over the files of a folder into one clear line."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StorageFailed(
            _first_line(error), mend="free some memory or disk space and try again"
        ) from error
    except duckdb.Error as error:
        # A damaged file shows as whatever its bytes happen to break.
        raise StorageFailed(_first_line(error), where=str(folder), mend=_mend(str(error))) from error
    except RuntimeError as error:
        if str(error) == HIDDEN:
            raise KeyboardInterrupt from error
        raise


def _first_line(error: Exception) -> str:
    """Return what an error says, without the object that DuckDB sometimes wraps another error in."""
    line = str(error).splitlines()[0]
    nested = _NESTED.search(line)
    return line if nested is None else f"IO Error: {json.loads(nested[1])}"


def _mend(message: str) -> str:
    if "No space left" in message:
        return "free some space on the disk and try again"
    if "No such file" in message or "No files found" in message:
        return "a segment is missing: run `usagebill doctor`, or restore a backup"
    return "run `usagebill doctor`"
