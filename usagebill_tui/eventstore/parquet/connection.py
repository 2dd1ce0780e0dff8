"""DuckDB in memory, allowed to touch the workspace's own folders and nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from usagebill_tui.errors import StorageFailed

_CONFIGURATION: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "preserve_insertion_order": "false",
}


@contextmanager
def connected(folders: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB for these folders; spilling goes to the last one. See `translated` for its failures."""
    connection = duckdb.connect(":memory:", config=_CONFIGURATION)
    try:
        with translated(folders[0]):
            connection.execute("SET allowed_directories=$1", [[str(folder) for folder in folders]])
            connection.execute("SET temp_directory=$1", [str(folders[-1])])
            connection.execute("SET enable_external_access=false")
            connection.execute("SET lock_configuration=true")
            yield connection
    finally:
        connection.close()


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


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _mend(message: str) -> str:
    if "No space left" in message:
        return "free some space on the disk and try again"
    if "No such file" in message or "No files found" in message:
        return "a segment is missing: run `usagebill doctor`, or restore a backup"
    return "run `usagebill doctor`"
