"""One line of an access log: `address - user [time] "request" status bytes "referer" "agent"`.

Apache calls it the combined log format, and nginx writes the same; without the last two it is the common
log format. See https://httpd.apache.org/docs/current/logs.html#combined.
"""

import re
from typing import Any

METRIC = "http_request"
"""The metric that every request counts for."""

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_LINE = re.compile(
    r"(\S+) \S+ (.*?) \[([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):([0-9]{2}:[0-9]{2}:[0-9]{2}) "
    rf"([+-][0-9]{{2}})([0-9]{{2}})\] {_QUOTED} ([0-9]{{3}}) ([0-9]{{1,18}}|-)(?: {_QUOTED} {_QUOTED})?"
)
_REQUEST = re.compile(r"([A-Z]+) (\S+)(?: HTTP/[0-9.]+)?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = {name: f"{number:02}" for number, name in enumerate(_MONTHS, 1)}


def fields_of(line: str) -> dict[str, Any] | None:
    """Return the event that a line tells of, without an id, or None where it is no line of an access log.

    What the server wrote as `-` is missing. Texts stay as the server wrote them, with its escapes.
    """
    found = _LINE.fullmatch(line)
    if found is None or found[4] not in _MONTH:
        return None
    address, user, day, month, year, clock, hours, minutes, request, status, size, referer, agent = (
        found.groups()
    )
    asked = _REQUEST.fullmatch(request)
    told = {
        "method": asked[1] if asked else None,
        "path": asked[2] if asked else None,
        "status": int(status),
        "bytes": None if size == "-" else int(size),
        "user": user,
        "referer": referer,
        "agent": agent,
    }
    return {
        "account": address,
        "metric": METRIC,
        "timestamp": f"{year}-{_MONTH[month]}-{day}T{clock}{hours}:{minutes}",
        **{name: value for name, value in told.items() if value not in (None, "-")},
    }
