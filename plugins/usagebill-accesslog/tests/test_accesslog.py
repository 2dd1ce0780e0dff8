"""`accesslog`, on a real log and on lines that are odd."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from usagebill_accesslog import reader as reading
from usagebill_accesslog import usagebill_register_event_readers
from usagebill_accesslog.line import fields_of
from usagebill_accesslog.reader import AccessLogReader

from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import open_source
from usagebill_tui.events.types import Chunk, Options
from usagebill_tui.plugin import Record, Registry
from usagebill_tui.testing import Law, reader_laws

SAMPLE = Path(__file__).parent / "data" / "apache_access_excerpt.log"
LINE = (
    '192.0.2.1 - - [17/May/2015:10:05:03 +0200] "GET /a?b=c HTTP/1.1" 200 203023 "http://x/" "Agent \\"7\\""'
)


def records(content: bytes) -> list[Record]:
    return list(AccessLogReader().read(io.BytesIO(content), "access.log"))


def imported(path: Path) -> Chunk:
    (chunk,) = read_events(open_source(str(path)), Options(), readers={"accesslog": AccessLogReader()})
    return chunk


def test_a_line_becomes_an_event() -> None:
    assert fields_of(LINE) == {
        "account": "192.0.2.1",
        "metric": "http_request",
        "timestamp": "2015-05-17T10:05:03+02:00",
        "method": "GET",
        "path": "/a?b=c",
        "status": 200,
        "bytes": 203023,
        "referer": "http://x/",
        "agent": 'Agent \\"7\\"',
    }


@pytest.mark.parametrize(
    ("line", "missing", "expected"),
    [
        (LINE.replace("203023", "-"), {"bytes"}, {"status": 200}),
        (LINE.replace('"http://x/"', '"-"'), {"referer"}, {}),
        (LINE.replace("GET /a?b=c HTTP/1.1", "-"), {"method", "path"}, {"status": 200}),
        (LINE.replace("GET /a?b=c HTTP/1.1", "\\x16\\x03\\x01"), {"method", "path"}, {}),
        (LINE.replace("GET /a?b=c HTTP/1.1", "GET /old"), set(), {"path": "/old"}),
        (LINE.partition(' "http')[0], {"referer", "agent"}, {"bytes": 203023}),
        (
            LINE.replace("192.0.2.1 - -", "2001:db8::1 - Ada L"),
            set(),
            {"account": "2001:db8::1", "user": "Ada L"},
        ),
    ],
)
def test_what_is_not_there_is_missing(line: str, missing: set[str], expected: dict[str, object]) -> None:
    fields = fields_of(line)
    assert fields is not None
    assert not missing & set(fields)
    assert expected.items() <= fields.items()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        LINE[:-1],
        LINE.replace("May", "Mai"),
        LINE.replace(" +0200", ""),
        LINE.replace(" 200 ", " OK "),
    ],
)
def test_other_lines_are_none(line: str) -> None:
    assert fields_of(line) is None


def test_a_broken_line_says_so_and_the_others_are_read() -> None:
    content = f"{LINE}\n\nnonsense\n{LINE}x\n".encode() + b"\xff" + f"{LINE}\r\n{LINE}".encode()
    found = records(content)
    assert [(record.line, record.error is None) for record in found] == [
        (1, True),
        (3, False),
        (4, False),
        (5, False),
        (6, True),
    ]
    assert [record.raw for record in found][:3] == [LINE, "nonsense", f"{LINE}x"]
    assert found[3].error == "the line is not UTF-8"


def test_an_endless_line_is_cut_and_what_follows_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST", 200)
    found = records(b"x" * 450 + b"\n" + LINE.encode() + b"\n" + b"y" * 200)
    assert [(record.line, record.error is None, len(record.raw)) for record in found] == [
        (1, False, 200),
        (2, True, len(LINE)),
        (3, False, 200),
    ]


def test_equal_lines_are_different_requests_and_the_same_ones_in_another_file() -> None:
    content = f"{LINE}\n{LINE}\n{LINE.replace('/a', '/b')}\n{LINE}\n".encode()
    ids = [record.fields["id"] for record in records(content) if record.fields is not None]
    assert len(set(ids)) == 4
    longer = [record.fields["id"] for record in records(content * 2) if record.fields is not None]
    assert longer[:4] == ids
    assert len(set(longer)) == 8


def test_only_the_latest_lines_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "REMEMBERED", 2)
    other, third = LINE.replace("/a", "/b"), LINE.replace("/a", "/c")
    content = f"{LINE}\n{other}\n{LINE}\n{third}\n{LINE}\n{other}".encode()
    ids = [record.fields["id"] for record in records(content) if record.fields is not None]
    assert [each.partition("-")[2] for each in ids] == ["", "", "2", "", "3", ""]


def test_a_real_log_is_recognised_and_read() -> None:
    content = SAMPLE.read_bytes()
    reader = AccessLogReader()
    assert reader.recognises(content[: 64 * 1024])
    assert reader.recognises(content[:500])
    chunk = imported(SAMPLE)
    assert (len(chunk.events), chunk.rejects) == (200, [])
    assert len({event.id for event in chunk.events}) == 200
    sizes = [event.properties["bytes"].number for event in chunk.events if "bytes" in event.properties]
    assert sizes == list(_sizes(content.decode()))


def _sizes(text: str) -> Iterator[int]:
    """Yield the sizes as a plain split finds them."""
    for line in text.splitlines():
        size = line.split('"')[2].split()[1]
        if size != "-":
            yield int(size)


def test_compressed_and_rotated_logs_are_read_alike(tmp_path: Path) -> None:
    packed, rotated = tmp_path / "access.log.gz", tmp_path / "access.log.1"
    packed.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    rotated.write_bytes(SAMPLE.read_bytes())
    assert imported(packed).events == imported(rotated).events == imported(SAMPLE).events


@pytest.mark.parametrize("start", [b"", b"\n\n", b'{"a": 1}\n', b"id,account\n1,2\n", b"\x1f\x8b\x08\x00"])
def test_other_files_are_not_recognised(start: bytes) -> None:
    assert not AccessLogReader().recognises(start)


def test_one_broken_line_at_the_top_does_not_matter() -> None:
    assert AccessLogReader().recognises(f"{LINE[30:]}\n{LINE}\n{LINE}\n{LINE[:20]}".encode())
    assert not AccessLogReader().recognises(f"a\nb\n{LINE}\nc\n".encode())


@reader_laws(AccessLogReader(), samples=[*AccessLogReader.examples, SAMPLE])
def test_it_holds_to_the_laws(law: Law) -> None:
    law()


def test_the_hook_registers_the_reader() -> None:
    registry = Registry()
    usagebill_register_event_readers(registry)
    assert registry.names() == ("event reader accesslog",)
