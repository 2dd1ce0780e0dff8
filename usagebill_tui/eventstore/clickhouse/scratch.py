"""DuckDB over a folder of its own, for work that needs both the server's rows and this machine."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from usagebill_tui.eventstore.parquet.connection import connected
from usagebill_tui.locations import make_private_folder


@contextmanager
def scratch(parent: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Give DuckDB and the folder that it may use, both gone after the block."""
    make_private_folder(parent)
    with tempfile.TemporaryDirectory(prefix="work-", dir=parent) as name:
        folder = Path(name)
        with connected([folder]) as connection:
            yield connection, folder
