"""Events in the words of the interface, the same as those of the command line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.zones import from_micros
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.widgets.listing import Column, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.usage.event_pages import WholeEvent
    from usagebill_tui.eventstore.browsing import Line
    from usagebill_tui.eventstore.history import Version
    from usagebill_tui.tui.dialogs.details import Part

COLUMNS = (
    Column(key="timestamp", title="Time (UTC)", sortable=True),
    Column(key="account", title="Account"),
    Column(key="metric", title="Metric"),
    Column(key="properties", title="Properties", priority=1),
    Column(key="id", title="Id", priority=2),
    Column(key="batch", title="Batch", right=True, priority=2),
)
_STATUS = {
    "counts": ("● counts", "good"),
    "replaced": ("↷ replaced", "warn"),
    "conflict": ("! conflict", "warn"),
    "undone": ("✗ undone", "bad"),
}


def key_of(line: "Line") -> str:
    """Return what tells an event from all others in a list."""
    return f"{line.batch}\x1f{line.source}\x1f{line.id}"


def row_of(line: "Line") -> Row:
    """Return an event as a row of a list."""
    identity = f"{line.source}/{line.id}".removeprefix("/")
    properties = " ".join(f"{path}={text}" for path, text in line.properties.items())
    return Row(
        key_of(line),
        (
            rfc3339(from_micros(line.timestamp)),
            cell(line.account, longest=40),
            cell(line.metric, longest=40),
            cell(properties, longest=60),
            cell(identity, longest=48),
            str(line.batch),
        ),
    )


def parts_of(whole: "WholeEvent") -> "Sequence[Part]":
    """Return an event in full: what it is, its properties, and its history where there is more than one."""
    event = whole.event
    from usagebill_tui.billing.words import touch_words

    fixed: list[tuple[str, str | Text]] = [
        ("Time", rfc3339(from_micros(event.timestamp))),
        ("Account", event.account),
        ("Metric", event.metric),
        ("Source", event.source),
        ("Id", event.id),
        ("Batch", str(event.batch)),
    ]
    properties: list[tuple[str, str | Text]] = [
        (path, value.as_text()) for path, value in event.properties.items()
    ]
    parts: list[Part] = [("", fixed), ("Properties", properties or [("none", "")])]
    if len(whole.versions) > 1:
        parts.append(("History", [_version(version) for version in whole.versions]))
    touches = [(f"batch {touch.event.batch}", touch_words(touch)) for touch in whole.touches]
    parts.append(("Invoices that it touched", touches or [("none", "i on its customer's usage says why")]))
    return parts


def _version(version: "Version") -> tuple[str, str | Text]:
    word, style = _STATUS[version.status]
    by = f" by batch {version.by}" if version.by is not None else ""
    event = version.event
    properties = " ".join(f"{path}={value.as_text()}" for path, value in event.properties.items())
    text = Text(f"{word}{by}  ", style=style)
    text.append_text(
        cell(f"{rfc3339(from_micros(event.timestamp))} {properties}", longest=2_000, style="default")
    )
    text.no_wrap = False
    return f"batch {event.batch}", text
