"""What an import did: counts that close, and examples of what was not simply accepted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from usagebill_tui.tui.dialogs.details import Details

if TYPE_CHECKING:
    from usagebill_tui.billing.imports.importing import ImportReport
    from usagebill_tui.eventstore.types import StoredEvent
    from usagebill_tui.tui.dialogs.details import Part

_COUNTS = ("accepted", "duplicates", "conflicts", "rejected")
_WORDS = {
    "accepted": "new events, counted from now on",
    "duplicates": "delivered before just so, counted once",
    "conflicts": "delivered before with other content",
    "rejected": "not readable as events; kept to be mended",
}


class OutcomeDialog(Details):
    """Shows an import's report; answers `o` where its rejects are to be shown."""

    def __init__(self, report: "ImportReport") -> None:
        offers = [("o", "shows the rejects")] if report.counts.rejected and report.batch is not None else []
        super().__init__(title_of(report), parts_of(report), offers)


def title_of(report: "ImportReport") -> str:
    """Say in a line what became of an import."""
    mark = "✓" if report.outcome == "done" else "!"
    if report.batch is None:
        return f"{mark} Checked {report.counts.read:,} rows; nothing was stored"
    return f"{mark} Batch {report.batch}: {report.counts.accepted:,} of {report.counts.read:,} rows accepted"


def parts_of(report: "ImportReport") -> "Sequence[Part]":
    """Return the counts, which close, and examples."""
    counts = report.counts
    rows: list[tuple[str, str | Text]] = [("read", Text(f"{counts.read:>13,}", style="bold"))]
    for name in _COUNTS:
        number: int = getattr(counts, name)
        style = "warn" if number and name in {"conflicts", "rejected"} else ""
        sign = "=" if name == "accepted" else "+"
        rows.append((f"{sign} {name}", Text(f"{number:>13,}  {_WORDS[name]}", style=style)))
    if counts.rounded:
        rows.append(("rounded", f"{counts.rounded:,} numbers had over 18 digits after the point"))
    rows.append(("format", report.format))
    parts: list[Part] = [("", rows)]
    if report.first_rejects:
        parts.append(
            ("Rejected, for example", [(f"line {line:,}", why) for _, line, why in report.first_rejects])
        )
    if report.examples:
        parts.append(("Conflicts, for example", list(_conflicts(report))))
    return parts


def _conflicts(report: "ImportReport") -> Sequence[tuple[str, str | Text]]:
    found: list[tuple[str, str | Text]] = []
    for conflict in report.examples:
        found += [
            (f"line {conflict.line:,}", f"{conflict.stored.source}/{conflict.stored.id}".removeprefix("/")),
            ("  stored", _content(conflict.stored)),
            ("  incoming", _content(conflict.incoming)),
        ]
    return found


def _content(event: "StoredEvent") -> str:
    from usagebill_tui.domain.periods import rfc3339
    from usagebill_tui.domain.zones import from_micros

    properties = " ".join(f"{path}={value.as_text()}" for path, value in event.properties.items())
    return f"{event.account} {event.metric} {rfc3339(from_micros(event.timestamp))} {properties}"
