"""The event reader `accesslog`: every request is an event of the client's address."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import BinaryIO

from usagebill_accesslog.line import fields_of
from usagebill_tui.plugin import EventReader, Record

LONGEST = 1 << 20
"""A line may have so many bytes; of a longer one only the start is kept."""
REMEMBERED = 100_000
"""Of so many different lines back it is known how often they came."""

_TRIED = 20
_FORM = 'it is not \'address - user [day/Mon/year:time offset] "request" status bytes "referer" "agent"\''


class AccessLogReader(EventReader):
    """Reads logs in the combined or the common format of Apache and nginx.

    A log gives its lines no names, and two requests may be alike to the second. So an event's id is made of
    its line and of how often that came before: reading a log again, or a longer one that starts with it,
    counts nothing twice.
    """

    examples = (
        b'192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1024 "-" "curl/8.5.0"\n',
        b'192.0.2.7 - ada [17/May/2015:10:05:04 +0000] "HEAD /about HTTP/1.1" 304 -\n',
    )

    @property
    def name(self) -> str:
        """Return what `--input-format` calls it."""
        return "accesslog"

    @property
    def endings(self) -> tuple[str, ...]:
        """Return the ending of logs; rotated ones (`access.log.1`) are known by their content."""
        return (".log",)

    def recognises(self, start: bytes) -> bool:
        """Tell whether most of the first lines, a last and perhaps cut one apart, are of an access log."""
        whole = start.split(b"\n")[:_TRIED]
        lines = [line for line in (whole[:-1] or whole) if line.strip()]
        known = sum(fields_of(_text(line)) is not None for line in lines)
        return known * 2 > len(lines)

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        """Yield an event for each line that is not blank; a line that cannot be read has an error."""
        seen = _Seen()
        for number, line, whole in _lines(stream):
            text = _text(line)
            if not whole:
                yield Record(number, text, None, f"the line is longer than {LONGEST:,} bytes")
            elif text.strip():
                yield _record(number, line, text, seen)


class _Seen:
    """How often each of the latest lines came."""

    def __init__(self) -> None:
        self._times: OrderedDict[bytes, int] = OrderedDict()

    def identity(self, line: bytes) -> str:
        """Return what names this occurrence of a line."""
        digest = hashlib.sha256(line).digest()[:16]
        times = self._times.pop(digest, 0) + 1
        self._times[digest] = times
        if len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
        return digest.hex() if times == 1 else f"{digest.hex()}-{times}"


def _record(number: int, line: bytes, text: str, seen: _Seen) -> Record:
    if "\ufffd" in text:
        return Record(number, text, None, "the line is not UTF-8")
    fields = fields_of(text)
    if fields is None:
        return Record(number, text, None, f"the line is not of an access log: {_FORM}")
    return Record(number, text, {"id": seen.identity(line), **fields})


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Yield each line's number, its bytes without line end, and whether it is not too long."""
    number = 0
    while line := stream.readline(LONGEST):
        number += 1
        whole = line.endswith(b"\n") or len(line) < LONGEST
        yield number, line.rstrip(b"\r\n"), whole
        while not whole and not line.endswith(b"\n") and line:
            line = stream.readline(LONGEST)


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")
