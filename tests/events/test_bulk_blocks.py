"""Cutting a stream into blocks: whole lines, all of them, and blocks that get smaller at the end."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.events.bulk.blocks import Blocks, fair_share
from usagebill_tui.events.reading import read_parts
from usagebill_tui.events.source import Source, file_source
from usagebill_tui.events.types import Options


@settings(max_examples=50)
@given(st.integers(1, 100_000), st.integers(1, 5_000))
def test_shares_end_small_and_are_never_tiny(whole: int, most: int) -> None:
    left, shares = whole, []
    while left > 0:
        shares.append(fair_share(left, most))
        left -= shares[-1]
    least = most // 3
    assert all(share <= most for share in shares)
    assert all(share >= least for share in shares[:-1])
    if whole > 2 * most:
        assert shares[-1] <= most // 2 + 1


def blocks_of(data: bytes, folder: Path, size: int, expected: int | None) -> list[str]:
    texts: list[str] = []
    for block in Blocks(io.BufferedReader(io.BytesIO(data)), folder, size, None, expected):
        assert block.first == 1 + sum(text.count("\n") for text in texts)
        texts.append(block.path.read_text())
    return texts


@pytest.mark.parametrize("told", [None, 0, 50, 1_000, 5_000, 100_000])
def test_every_line_is_in_a_block_whatever_was_expected(told: int | None, tmp_path: Path) -> None:
    data = b"".join(b"line %d\n" % n for n in range(500))
    assert "".join(blocks_of(data, tmp_path, 300, told)).encode() == data


def test_a_file_of_known_size_begins_and_ends_with_smaller_blocks(tmp_path: Path) -> None:
    data = (b"x" * 1023 + b"\n") * 10 * 1024
    known = [len(text) >> 20 for text in blocks_of(data, tmp_path, 3 << 20, len(data))]
    assert known == [1, 3, 3, 1, 1]
    assert [len(text) >> 20 for text in blocks_of(data, tmp_path, 3 << 20, None)] == [3, 3, 3, 1]


def test_the_size_of_a_file_is_known_and_that_of_bytes_is_not(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_bytes(b"{}\n" * 10)
    file, made = file_source(path), Source("made", lambda: io.BytesIO(b"{}"))
    with file.open(), made.open():
        assert (file.size, made.size) == (30, None)


def test_a_header_is_not_among_the_rows_of_a_table(tmp_path: Path) -> None:
    data = b"id,account,metric,timestamp\n" + b"".join(b"e%d,a,m,2024-01-01\n" % n for n in range(9))
    part = next(read_parts(Source("e.csv", lambda: io.BytesIO(data)), Options(), tmp_path))
    assert part.tables is not None
    assert (part.tables.first, part.tables.lines) == (2, 9)
