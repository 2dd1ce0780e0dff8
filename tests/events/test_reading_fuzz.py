"""Whatever is done to a valid file of any format: events, rejects, or one error of the house."""

import gzip
import io
import json
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.events.parquet_files import parquet
from tests.events.shapes import (
    test_shape_cloudevents,
    test_shape_lago,
    test_shape_m3ter,
    test_shape_orb,
    test_shape_stripe,
)
from usagebill_tui.errors import UsagebillError
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Options

SHAPES = (test_shape_lago, test_shape_stripe, test_shape_orb, test_shape_m3ter, test_shape_cloudevents)
ROWS = [module.ROW for module in SHAPES] * 3
LINES = "".join(f"{json.dumps(row)}\n" for row in ROWS).encode()
TABLE = b"id,account,metric,timestamp,note\r\n" + b"".join(
    b'%d,a%d,m,2026-10-0%d,"x ""%d"""\r\n' % (n, n % 3, n % 9 + 1, n) for n in range(20)
)
COLUMNS = """'e' || i AS id, 'a' AS account, 'm' AS metric, TIMESTAMPTZ '2026-10-01 00:00:00Z' AS timestamp,
    i / 7.0 AS gb, {'in': i, 'out': [i::VARCHAR]} AS usage"""


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


FILES: dict[str, bytes] = {
    "u.jsonl": LINES,
    "u.json": json.dumps({"events": ROWS}).encode(),
    "u.csv": TABLE,
    "u.tsv": TABLE.replace(b",", b"\t"),
    "u.jsonl.gz": gzip.compress(LINES, mtime=0) + gzip.compress(LINES, mtime=0),
    "u.csv.zst": _zstd(TABLE),
    "u.json.zst": _zstd(json.dumps(ROWS).encode()),
    "u.parquet": parquet(COLUMNS, "range(25) t(i)"),
}
Change = Callable[[bytes], bytes]


def _cut(place: int) -> Change:
    return lambda data: data[: place % len(data)]


def _set(place: int, byte: int) -> Change:
    return lambda data: data[: place % len(data)] + bytes([byte]) + data[place % len(data) + 1 :]


def _insert(place: int, more: bytes) -> Change:
    return lambda data: data[: place % len(data)] + more + data[place % len(data) :]


def _double(place: int, size: int) -> Change:
    return lambda data: data[: place % len(data) + size] + data[place % len(data) :]


_PLACES = st.integers(0, 1 << 16)
_CHANGES = st.lists(
    st.one_of(
        st.builds(_cut, _PLACES),
        st.builds(_set, _PLACES, st.integers(0, 255)),
        st.builds(
            _insert, _PLACES, st.sampled_from([b'"', b"{", b"]", b",", b"\n", b"\0", b"\xff", b"9" * 40])
        ),
        st.builds(_double, _PLACES, st.integers(1, 300)),
    ),
    min_size=1,
    max_size=3,
)


def _numbers(name: str, data: bytes, options: Options) -> tuple[int, int]:
    """Read a file; return how many rows became events and how many rejects."""
    source = Source(name, lambda: io.BytesIO(data))
    events = rejects = read = 0
    for chunk in read_events(source, options, 7):
        events += len(chunk.events)
        rejects += len(chunk.rejects)
        read += chunk.read
        assert all(reject.reason for reject in chunk.rejects)
    assert read == events + rejects
    assert source.bytes == len(data)
    return events, rejects


WHOLE = {name: _numbers(name, data, Options()) for name, data in FILES.items()}


@pytest.mark.parametrize("name", FILES)
def test_whole_files_are_events(name: str) -> None:
    events, rejects = WHOLE[name]
    assert events >= 15
    assert rejects == 0


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=_CHANGES,
    options=st.sampled_from([Options(), Options(input_format="lago"), Options(id_from=("id",))]),
)
def test_changed_files_give_events_rejects_or_an_error_of_the_house(
    name: str, changes: list[Change], options: Options
) -> None:
    data = FILES[name]
    for change in changes:
        data = change(data) or b"\n"
    assume(data != FILES[name])
    found, message = 0, ""
    try:
        found = sum(_numbers(name, data, options))
    except UsagebillError as error:
        message = str(error)
    assert "\n" not in message
    if not message and name in ("u.jsonl.gz", "u.json.zst") and options == Options():
        # Only whole members, and what no checksum covers, such as a name in a header, can have changed.
        assert (found * 2) % sum(WHOLE[name]) == 0
