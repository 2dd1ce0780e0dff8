import hashlib
import io
import os
from pathlib import Path

import pytest

from usagebill_tui.errors import InvalidInput, NotFound, StorageFailed
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source, file_source, open_source
from usagebill_tui.events.types import Options


def _read_all(source: Source, options: Options | None = None) -> int:
    return sum(chunk.read for chunk in read_events(source, options or Options()))


def test_knows_digest_and_size_after_reading_to_the_end(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfaccount,metric,timestamp\r\n" + b"a,m,2026-10-01\r\n" * 30_000 + b"\n\n"
    path = tmp_path / "usage.CSV"
    path.write_bytes(data)
    source = file_source(path)
    assert _read_all(source) == 30_000
    assert (source.bytes, source.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_a_second_reading_starts_over(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    path.write_bytes(b"account,metric,timestamp\na,m,2026-10-01\n")
    source = file_source(path)
    assert _read_all(source) == _read_all(source) == 1
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nowhere\.csv: there is no such file"):
        _read_all(file_source(tmp_path / "nowhere.csv"))
    with pytest.raises(NotFound):
        _read_all(file_source(Path("a\0b.csv")))


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is a directory; name the event files in it"):
        _read_all(file_source(tmp_path))


def test_permission_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "usage.csv"
    path.write_bytes(b"x")
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(InvalidInput, match="may not be read; check its permissions"):
        _read_all(file_source(path))


def test_a_disk_that_fails_midway_is_said() -> None:
    class Failing(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise OSError(5, os.strerror(5))

    with pytest.raises(StorageFailed, match=r"x\.csv: cannot be read"):
        _read_all(Source("x.csv", Failing))


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"account,metric,timestamp\na,m,2026-10-01\nb,m,2026-10-01\n", 2),
        (b' \n[{"account":"a","metric":"m","timestamp":"2026-10-01"}]', 1),
        (b'{"account":"a","metric":"m","timestamp":"2026-10-01"}\n' * 3, 3),
        (b'\xef\xbb\xbf{"account":"a","metric":"m","timestamp":"2026-10-01"}', 1),
        (b'{\n "account":"a",\n "metric":"m","timestamp":"2026-10-01"}', 1),
    ],
)
def test_standard_input_is_recognised_from_its_start(
    data: bytes, events: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(data))
    monkeypatch.setattr("sys.stdin", stdin)
    chunks = list(read_events(open_source("-"), Options()))
    assert [len(chunk.events) for chunk in chunks] == [events]
    assert not stdin.buffer.closed


def test_other_arguments_are_paths() -> None:
    assert open_source("a/b.csv").name == str(Path("a/b.csv"))
