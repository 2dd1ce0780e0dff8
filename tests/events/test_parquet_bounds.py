"""Parquet can say in a few bytes what fills a memory: it is found out before it is read."""

import io

import pytest

from tests.events.parquet_files import parquet
from usagebill_tui.errors import InvalidInput
from usagebill_tui.events import expanding
from usagebill_tui.events.readers import READERS, parquet_bounds

TRAPS = {
    "the same text often": ("repeat('x', 300000) AS a", "range(400) t(i)"),
    "one long text": ("repeat('x', 100000000) AS a", "range(1) t(i)"),
    "a list": ("[{'a': repeat('x', 300000)}] AS l", "range(400) t(i)"),
    "a map": ("MAP {'k': repeat('x', 300000)} AS m", "range(400) t(i)"),
    "keys of a map": ("MAP {repeat('x', 300000): 1} AS m", "range(400) t(i)"),
    "bytes": ("repeat('x', 300000)::BLOB AS b", "range(400) t(i)"),
    "many rows of nothing": ("NULL::INT AS x", "range(40000000) t(i)"),
    "one endless list": ("list(1) AS l", "range(40000000) t(i)"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_are_stopped_before_the_first_row(trap: str) -> None:
    columns, rows = TRAPS[trap]
    data = parquet(columns, rows, ", COMPRESSION zstd")
    assert len(data) < 60_000
    with pytest.raises(InvalidInput, match=r"expands to more than 1,000 times its size"):
        next(READERS["parquet"].read(io.BytesIO(data), "u.parquet"))


def test_long_rows_that_are_handed_on_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = parquet("repeat(md5(i::VARCHAR), 100) AS a", "range(3000) t(i)")
    monkeypatch.setattr(parquet_bounds, "_MOST_BYTES", 2_048 * 3_200 - 1)
    with pytest.raises(InvalidInput, match=r"2,048 rows on end hold more than 6 MiB of text"):
        next(READERS["parquet"].read(io.BytesIO(data), "u.parquet"))
    monkeypatch.setattr(parquet_bounds, "_MOST_BYTES", 2_048 * 3_200)
    assert sum(1 for _ in READERS["parquet"].read(io.BytesIO(data), "u.parquet")) == 3_000


def test_repetition_within_bounds_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    data = parquet("'the same in each row' AS a, [NULL, 'b'] AS l, MAP {'k': 1} AS m", "range(20000) t(i)")
    assert sum(1 for _ in READERS["parquet"].read(io.BytesIO(data), "u.parquet")) == 20_000
    monkeypatch.setattr(expanding, "FREE_BYTES", 1 << 16)
    monkeypatch.setattr(expanding, "RATIO", 100)
    with pytest.raises(InvalidInput, match="expands to more"):
        next(READERS["parquet"].read(io.BytesIO(data), "u.parquet"))
