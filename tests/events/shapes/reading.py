"""Reading a few rows as a file, with what it was found to be."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Event, Options, Reject

Row = Mapping[str, Any]


class Read(NamedTuple):
    """What a file was found to be and to hold."""

    format: str
    events: list[Event]
    rejects: list[Reject]

    @property
    def event(self) -> Event:
        """Return the one event."""
        assert self.rejects == []
        (event,) = self.events
        return event

    @property
    def reasons(self) -> list[str]:
        """Return why rows were rejected."""
        return [reject.reason for reject in self.rejects]


def read(data: str | bytes, options: Options | None = None, name: str = "u.jsonl") -> Read:
    raw = data.encode() if isinstance(data, str) else data
    source = Source(name, lambda: io.BytesIO(raw))
    events: list[Event] = []
    rejects: list[Reject] = []
    for chunk in read_events(source, options or Options()):
        events += chunk.events
        rejects += chunk.rejects
    return Read(source.format, events, rejects)


def lines(*rows: Row, options: Options | None = None) -> Read:
    return read("\n".join(json.dumps(row) for row in rows), options)


def table(*rows: Row, options: Options | None = None) -> Read:
    """Read rows as CSV; nested keys become dotted columns."""
    flat = [_flat(row) for row in rows]
    output = io.StringIO()
    writer = csv.DictWriter(output, list(dict.fromkeys(key for row in flat for key in row)))
    writer.writeheader()
    writer.writerows(flat)
    return read(output.getvalue(), options, "u.csv")


def seen(event: Event) -> dict[str, Any]:
    """Return an event in plain words; the time in RFC 3339."""
    moment = datetime.fromtimestamp(event.timestamp // 1_000_000, UTC)
    micros = event.timestamp % 1_000_000
    return {
        "id": event.id,
        "source": event.source,
        "account": event.account,
        "metric": event.metric,
        "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{micros:06}" if micros else "") + "Z",
        "properties": {path: value.as_text() for path, value in event.properties.items()},
    }


def _flat(row: Row, before: str = "") -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            cells |= _flat(value, f"{before}{key}.")
        else:
            cells[f"{before}{key}"] = value
    return cells


def both(row: Row) -> Sequence[Read]:
    """Read one row as JSON Lines and as CSV."""
    return lines(row), table(row)
