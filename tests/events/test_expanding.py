"""Compressed files count only once they are read to their end."""

import gzip
import io
import zlib
from collections.abc import Callable

import pytest
import zstandard

from tests.events.shapes.reading import read
from usagebill_tui.errors import InvalidInput
from usagebill_tui.events import expanding
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Options

ROW = b'{"account":"a","metric":"m","timestamp":"2026-10-01","n":%d}\n'
ROWS = b"".join(ROW % n for n in range(5_000))
Compress = Callable[[bytes], bytes]


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def _skippable(data: bytes) -> bytes:
    return b"\x50\x2a\x4d\x18" + len(data).to_bytes(4, "little") + data


BOTH = pytest.mark.parametrize(("ending", "compress"), [(".gz", _gzip), (".zst", _zstd)])


@BOTH
@pytest.mark.parametrize("name", ["u.jsonl", "u.csv", "u.tsv", "u.json"])
def test_each_text_format_is_read_compressed(ending: str, compress: Compress, name: str) -> None:
    texts = {
        "u.jsonl": ROW % 1,
        "u.csv": b"account,metric,timestamp\na,m,2026-10-01\n",
        "u.tsv": b"account\tmetric\ttimestamp\na\tm\t2026-10-01\n",
        "u.json": b"[" + ROW % 1 + b"]",
    }
    found = read(compress(texts[name]), name=name + ending.upper())
    assert found.event.account == "a"
    assert found.format == name.removeprefix("u.")


@BOTH
def test_several_members_are_one_file(ending: str, compress: Compress) -> None:
    parts = [compress(ROWS[:1_000]), compress(b""), compress(ROWS[1_000:])]
    assert len(read(b"".join(parts), name=f"u.jsonl{ending}").events) == 5_000
    source = Source(f"u.jsonl{ending}", lambda: io.BytesIO(b"".join(parts)))
    assert sum(chunk.read for chunk in read_events(source, Options())) == 5_000
    assert source.bytes == sum(map(len, parts))


def test_padding_after_gzip_and_frames_that_hold_no_data_are_passed_over() -> None:
    padded = gzip.compress(ROWS[:-1]) + b"\0" * 700_000 + gzip.compress(b"\n") + b"\0" * 512
    assert len(read(padded, name="u.jsonl.gz").events) == 5_000
    framed = _skippable(b"x" * 9_000) + _zstd(ROWS) + _skippable(b"")
    assert len(read(framed, name="u.jsonl.zst").events) == 5_000


@BOTH
@pytest.mark.parametrize("kept", [1, 3, 10, 100, -1, -4, -8])
def test_a_file_that_is_cut_off_is_no_file(ending: str, compress: Compress, kept: int) -> None:
    with pytest.raises(InvalidInput, match=r": the (gzip|zstd) data ends too early; it was damaged"):
        read(compress(ROWS)[:kept], name=f"u.jsonl{ending}")
    with pytest.raises(InvalidInput, match="ends too early"):
        read(compress(ROWS) + compress(ROWS)[:kept], name=f"u.jsonl{ending}")


@BOTH
def test_a_single_flipped_bit_is_found(ending: str, compress: Compress) -> None:
    data = compress(ROWS)
    for place in range(20, len(data), max(1, len(data) // 15)):
        broken = bytearray(data)
        broken[place] ^= 4
        with pytest.raises(InvalidInput, match=r"u\.jsonl"):
            read(bytes(broken), name=f"u.jsonl{ending}")


def test_a_wrong_checksum_or_length_is_found_behind_good_data() -> None:
    data = bytearray(gzip.compress(ROWS))
    data[-8] ^= 1
    with pytest.raises(InvalidInput, match="broken gzip data: incorrect data check"):
        read(bytes(data), name="u.jsonl.gz")
    data[-8] ^= 1
    data[-1] ^= 1
    with pytest.raises(InvalidInput, match="broken gzip data: incorrect length check"):
        read(bytes(data), name="u.jsonl.gz")
    framed = bytearray(_zstd(ROWS))
    framed[-1] ^= 1
    with pytest.raises(InvalidInput, match="broken zstd data: Restored data doesn't match checksum"):
        read(bytes(framed), name="u.jsonl.zst")


@BOTH
@pytest.mark.parametrize("rest", [b"x", b"garbage" * 50_000, ROW % 1])
def test_anything_else_behind_is_refused(ending: str, compress: Compress, rest: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"something else follows|ends too early"):
        read(compress(ROWS) + rest, name=f"u.jsonl{ending}")


@BOTH
def test_what_is_not_compressed_says_so(ending: str, compress: Compress) -> None:
    del compress
    with pytest.raises(InvalidInput, match=r"is not (gzip|zstd) data"):
        read(ROWS, name=f"u.jsonl{ending}")
    with pytest.raises(InvalidInput, match="is empty"):
        read(b"", name=f"u.jsonl{ending}")
    with pytest.raises(InvalidInput, match=r"the ending '' names no known format|the name has no ending"):
        read(gzip.compress(ROWS) if ending == ".gz" else _zstd(ROWS), name=f"u{ending}")


def test_what_is_compressed_without_saying_so_is_told() -> None:
    with pytest.raises(InvalidInput, match="is not text: it is gzip data"):
        read(gzip.compress(ROWS), name="u.jsonl")
    with pytest.raises(InvalidInput, match="is not text: it is zstd data"):
        read(_zstd(ROWS), name="u.jsonl")


@BOTH
def test_pipes_are_known_by_their_first_bytes(ending: str, compress: Compress) -> None:
    del ending
    source = Source("standard input", lambda: io.BytesIO(compress(ROWS)), piped=True)
    assert sum(len(chunk.events) for chunk in read_events(source, Options())) == 5_000


def _zeros(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = b" " * (1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(size >> 20)), packer.flush()])


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_bomb_is_stopped_with_one_line(ending: str) -> None:
    blanks = b" " * (128 << 20)
    data = _zeros(128 << 20) if ending == ".gz" else zstandard.ZstdCompressor(level=3).compress(blanks)
    with pytest.raises(InvalidInput, match=r"expands to more than 1,000 times its size; if it is no trap"):
        read(data, name=f"u.csv{ending}")


def test_much_the_same_may_be_said_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expanding, "FREE_BYTES", len(ROWS) - 1)
    monkeypatch.setattr(expanding, "RATIO", 3)
    with pytest.raises(InvalidInput, match="expands to more"):
        read(gzip.compress(ROWS), name="u.jsonl.gz")
    monkeypatch.setattr(expanding, "RATIO", 100)
    assert len(read(gzip.compress(ROWS), name="u.jsonl.gz").events) == 5_000
    monkeypatch.setattr(expanding, "RATIO", 3)
    monkeypatch.setattr(expanding, "FREE_BYTES", len(ROWS))
    assert len(read(gzip.compress(ROWS), name="u.jsonl.gz").events) == 5_000


def test_a_window_that_would_take_all_memory_is_refused() -> None:
    wide = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True, write_content_size=False)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    data = packer.compress(ROWS) + packer.flush()
    with pytest.raises(InvalidInput, match="needs a window of more than 128 MiB"):
        read(data, name="u.jsonl.zst")
