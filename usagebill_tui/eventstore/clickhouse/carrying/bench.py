"""Where portions are worked on: DuckDB, and a folder that vanishes."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb

from usagebill_tui.eventstore.parquet.connection import connected
from usagebill_tui.locations import make_private_folder


class Bench(NamedTuple):
    """DuckDB over the folders of both stores and over one of its own, and a place for what is kept longer."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    kept: Path

    def clear(self) -> None:
        """Remove what the last portion left."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@contextmanager
def bench(target: Path, folders: Sequence[Path]) -> Iterator[Bench]:
    """Give a bench in the folder of a store that nobody uses yet; what was left there goes."""
    staging = target / "staging"
    shutil.rmtree(staging, ignore_errors=True)
    for folder in (staging, staging / "portion", staging / "spilled"):
        make_private_folder(folder)
    try:
        with connected([*folders, staging / "portion", staging / "spilled"]) as connection:
            yield Bench(connection, staging / "portion", staging / "spilled" / "parts")
    finally:
        shutil.rmtree(staging, ignore_errors=True)
