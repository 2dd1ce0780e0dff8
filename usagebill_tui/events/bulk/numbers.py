"""Numbers from their text, exactly, and the proof that they are what the text says.

A text is a number's when that number, written out by DuckDB, begins with it: so it has no sign that is not
needed, no exponent, no digit too many, and nothing that rounding took away.
"""

from usagebill_tui.events.bulk.steps import NARROW, WIDE, Steps

_SPELLING = "+-.0123456789eE"


def number(steps: Steps, slot: int, *, unless: str = "false") -> str:
    """Add the column of a slot's number, null where it is not proven to be one; `unless`: not even tried."""
    value = f"v{slot}"
    steps.add("cast", f"a{slot}", f"TRY_CAST({value} AS {NARROW})")
    steps.add("text", f"b{slot}", f"CAST(a{slot} AS VARCHAR)")
    wide = f"TRY_CAST({value} AS {WIDE})"
    exact = f"AND NOT ends_with({value}, '.')"
    narrow = f"starts_with(b{slot}, {value}) {exact}"
    return steps.add(
        "output",
        f"n{slot}",
        f"CASE WHEN {unless} THEN NULL WHEN {narrow} THEN CAST(a{slot} AS {WIDE}) "
        f"WHEN starts_with(CAST({wide} AS VARCHAR), {value}) {exact} THEN {wide} END",
    )


def starts_like_none(value: str) -> str:
    """Return the condition that a text's first character is no number's."""
    return f"({value} >= ':' OR {value} < '+')"


def is_none(value: str) -> str:
    """Return the condition that a text spells no number, whatever its first character is."""
    return (
        f"CASE WHEN {starts_like_none(value)} THEN true ELSE translate({value}, '{_SPELLING}', '') <> '' END"
    )


def is_plain(value: str) -> str:
    """Return the condition that a text that is a number's has no trailing zeros after the point."""
    return f"NOT (ends_with({value}, '0') AND contains({value}, '.'))"
