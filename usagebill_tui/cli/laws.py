"""How plugins fare before the laws, as `usagebill plugins check` shows it."""

from collections.abc import Mapping, Sequence
from typing import Any

from usagebill_tui.cli.output import Column, emit, put
from usagebill_tui.testing.judging import Verdict

_COLUMNS = [
    Column("object", "Object"),
    Column("law", "Law"),
    Column("result", "Result"),
    Column("why", "Why"),
]


def law_rows(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return verdicts as JSON has them."""
    return [
        {
            "object": each.object,
            "law": each.law,
            "says": each.says,
            "holds": each.broken is None,
            "broken": each.broken,
            "example": each.example or None,
        }
        for each in verdicts
    ]


def counted_laws(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Say how many laws hold, and how many are broken; None where none was tried."""
    broken = sum(not row["holds"] for row in rows)
    if not rows:
        return None
    return f"{len(rows) - broken} hold, {broken} broken" if broken else f"{len(rows)} hold"


def emit_laws(rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a line for each law, with the example where it is broken."""
    if rows:
        put("\n")
        emit([_line(row) for row in rows], _COLUMNS, "table")


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    why = [row["broken"], f"for example {row['example']}" if row["example"] else None]
    result = "holds" if row["holds"] else "BROKEN"
    return {**row, "result": result, "why": "; ".join(part for part in why if part) or None}
