"""Numbers from their text, exactly, and the proof that they are what the text says.

A text is a number's when that number, written out by DuckDB, begins with it: so it has no sign that is not
needed, no exponent, no digit too many, and nothing that rounding took away. Other spellings are told by a
pattern of those in which no digit can get lost.
"""

import re
from collections.abc import Collection

from usagebill_tui.domain.quantity import FRACTION_DIGITS, INTEGER_DIGITS
from usagebill_tui.events.bulk.steps import NARROW, WIDE, Steps

_SPELLING = "+-.0123456789eE"
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?"
_NARROW = re.compile(r"-?(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,9})?")
_PLAIN = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?"
_EXPONENTS = "|".join(
    [
        *(
            rf"(?:\.[0-9]{{1,{FRACTION_DIGITS - power}}})?[eE]-0?{power}"
            for power in range(1, FRACTION_DIGITS)
        ),
        rf"(?:\.[0-9]{{1,{FRACTION_DIGITS}}})?(?:[eE]\+?0?[0-9])?",
    ]
)
JSON_SPELLINGS = rf"-?[0-9](?:{_EXPONENTS})"
"""Numbers of JSON that have an exponent, or are minus zero."""
TEXT_SPELLINGS = (
    rf"[+-]?(?:[0-9]{{1,{INTEGER_DIGITS}}}(?:\.[0-9]{{0,{FRACTION_DIGITS}}})?"
    rf"|\.[0-9]{{1,{FRACTION_DIGITS}}}|[0-9](?:{_EXPONENTS}))"
)
"""Those, and what texts have besides: a plus, zeros before, nothing before or after the point."""


def number(steps: Steps, slot: int, spellings: str, *, unless: str = "false") -> str:
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
        f"WHEN starts_with(CAST({wide} AS VARCHAR), {value}) {exact} THEN {wide} "
        f"WHEN regexp_full_match({value}, '{spellings}') THEN {wide} END",
    )


def narrow_number(steps: Steps, slot: int, *, whole: bool, unless: str = "false") -> str:
    """Add the column of a slot's number of 9 digits at most before and after the point, likewise.

    Where most numbers are `whole`, they are tried as such first: that is quicker.
    """
    value = f"v{slot}"
    steps.add("cast", f"a{slot}", f"TRY_CAST({value} AS {'BIGINT' if whole else NARROW})")
    steps.add("text", f"b{slot}", f"CAST(a{slot} AS VARCHAR)")
    exact = f"AND NOT ends_with({value}, '.')"
    other = f"TRY_CAST({value} AS {NARROW})"
    way = f"WHEN starts_with(CAST({other} AS VARCHAR), {value}) {exact} THEN {other}"
    if whole:
        way = f"WHEN b{slot} = {value} THEN TRY_CAST(a{slot} AS {NARROW}) {way}"
    else:
        way = f"WHEN starts_with(b{slot}, {value}) {exact} THEN a{slot}"
    return steps.add("output", f"n{slot}", f"CASE WHEN {unless} THEN NULL {way} END")


def fit_narrow(texts: Collection[str]) -> bool:
    """Tell whether numbers are of 9 digits at most before and after the point, in their usual spelling."""
    return all(_NARROW.fullmatch(text) for text in texts)


def are_whole(texts: Collection[str]) -> bool:
    """Tell whether no number has a point."""
    return not any("." in text for text in texts)


def starts_like_none(value: str) -> str:
    """Return the condition that a text's first character is no number's."""
    return f"({value} >= ':' OR {value} < '+')"


def is_none(value: str) -> str:
    """Return the condition that a text spells no number, whatever its first character is."""
    return (
        f"CASE WHEN {starts_like_none(value)} THEN true WHEN translate({value}, '{_SPELLING}', '') <> '' "
        f"THEN true ELSE NOT regexp_full_match({value}, '{_NUMBER}') END"
    )


def is_plain(slot: int) -> str:
    """Return the condition that a slot's text, which is a number's, is the plain spelling of it."""
    value = f"v{slot}"
    return (
        f"CASE WHEN ends_with({value}, '0') AND contains({value}, '.') THEN false "
        f"WHEN starts_with(b{slot}, {value}) THEN NOT ends_with({value}, '.') "
        f"ELSE {value} <> '-0' AND regexp_full_match({value}, '{_PLAIN}') END"
    )
