"""From when on usage is reported as unusual: defaults, and how others are given."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

import msgspec

from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.quantity import LIMIT, parse_decimal
from usagebill_tui.errors import WrongCall

_Number = Annotated[Decimal, msgspec.Meta(ge=0)]
_Whole = Annotated[int, msgspec.Meta(ge=1)]


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be passed before a day, a value or a batch counts as unusual.

    A spike is more than `times` the usual, and more than `spreads` spreads above it. The usual is the median
    of the same weekday in the `weeks` before; the spread is 1.4826 × the median absolute deviation from it,
    which for normal noise is the standard deviation. With fewer than `weekdays` such days all of the last 28
    stand in; with fewer than `history` of these nothing is said. Neither a spike nor the usual before a drop
    may be below `floor` units. A new value is news to a customer with at least `seen` events before, unless
    these had more than `values` different ones. A batch is a burst with at least `duplicates` duplicates that
    are at least `duplicate_percent` of its rows and more than `times` the usual share of earlier batches.
    """

    times: _Number = Decimal(3)
    spreads: _Number = Decimal(6)
    floor: _Number = Decimal(10)
    weeks: _Whole = 8
    weekdays: _Whole = 4
    history: _Whole = 7
    values: _Whole = 50
    seen: _Whole = 20
    duplicates: _Whole = 100
    duplicate_percent: _Number = Decimal(10)


MOST_WEEKS = 520
"""A history that is longer than anybody keeps is a slip."""


def read_thresholds(given: Iterable[str]) -> Thresholds:
    """Return the defaults with what `NAME=NUMBER` says in their place, the last one; raises WrongCall."""
    return msgspec.structs.replace(Thresholds(), **dict(_read(one) for one in given))


def _read(text: str) -> tuple[str, Decimal | int]:
    name, _, number = (part.strip() for part in text.partition("="))
    fields = {field.name: field.type for field in msgspec.structs.fields(Thresholds)}
    if name not in fields:
        raise WrongCall(f"unknown threshold {name!r}", mend=suggestion(name, fields))
    value = parse_decimal(number)
    if value is None or not 0 <= value < LIMIT:
        raise WrongCall(f"the threshold {name} cannot be {number!r}", mend=f"write it like {name}=5")
    if fields[name] is not _Whole:
        return name, value
    if value < 1 or value != int(value) or (name == "weeks" and value > MOST_WEEKS):
        raise WrongCall(f"the threshold {name} cannot be {number}", mend="it is a whole number from 1")
    return name, int(value)
