"""Parquet files made for tests."""

import tempfile
from pathlib import Path

import duckdb

ONE_ROW = "range(1) t(i)"


def parquet(columns: str, rows: str = ONE_ROW, options: str = "") -> bytes:
    """Return a table, as SQL's SELECT and FROM tell it, as the bytes of a Parquet file."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "x.parquet"
        connection.execute("SET TimeZone='UTC'")
        target = f"TO '{path}' (FORMAT parquet {options})"
        connection.execute(f"COPY (FROM {rows} SELECT {columns}) {target}")
        return path.read_bytes()
