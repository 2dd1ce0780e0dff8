"""Parts of a price: each for its own events, so that every event is priced exactly once."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import msgspec

from usagebill_tui.domain.metric import Scalar
from usagebill_tui.domain.narrowing import Conditions, Narrowing
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.quantity import parse_decimal, plain, to_quantity

MOST_GROUPS = 1_000
"""So many groups a product's usage in one period may have where each is priced separately."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A price without parts of its own, and the events that it is for.

    These are, too, the ones of which the first of `ranked` conditions that they fulfil stands at `rank`; they
    fulfil none where it is their number.
    """

    price: Price
    narrowing: Narrowing
    ranked: tuple[Conditions, ...] = ()
    rank: int = 0


def parts(price: Price) -> tuple[Part, ...]:
    """Return the parts of a price, those of `by` in the order of writing, then the default.

    An event belongs to the part with the most properties among those whose conditions it fulfils, of several
    with as many to the one written first; what fulfils none belongs to the default.
    """
    whens = [one.when for one in price.by]
    order = sorted(range(len(whens)), key=lambda place: (-len(whens[place]), place))
    ranked = tuple(whens[place] for place in order)
    found = []
    for place, one in enumerate(price.by):
        rank = order.index(place)
        without = _merged([when for when in ranked[:rank] if may_meet(when, one.when)])
        narrowing = Narrowing(when=one.when, without=without, group_by=price.group_by)
        found.append(Part(price=one.price, narrowing=narrowing, ranked=ranked, rank=rank))
    default = msgspec.structs.replace(price, by=(), group_by=())
    rest = Narrowing(without=_merged(whens), group_by=price.group_by)
    return (*found, Part(price=default, narrowing=rest, ranked=ranked, rank=len(ranked)))


def part_for(price: Price, properties: Mapping[str, Scalar]) -> Part:
    """Return the part of a price to which an event with these properties belongs."""
    known = {path: _key(value) for path, value in properties.items()}
    meant = [
        (-len(one.when), place)
        for place, one in enumerate(price.by)
        if all(known.get(path) in _keys(wanted) for path, wanted in one.when.items())
    ]
    return parts(price)[min(meant)[1] if meant else -1]


def may_meet(one: Conditions, other: Conditions) -> bool:
    """Tell whether an event could fulfil both conditions."""
    return all(not _keys(one[path]).isdisjoint(_keys(other[path])) for path in one if path in other)


def covers(one: Conditions, other: Conditions) -> bool:
    """Tell whether every event that fulfils `other` fulfils `one` as well."""
    return all(path in other and _keys(one[path]) >= _keys(other[path]) for path in one)


def ambiguous(price: Price) -> Iterator[tuple[int, int]]:
    """Yield the places of two entries of `by` that an event could fulfil alike: the first written wins."""
    for (place, one), (other, two) in combinations(enumerate(price.by), 2):
        if len(one.when) == len(two.when) and may_meet(one.when, two.when):
            yield place, other


def _merged(several: Sequence[Conditions]) -> tuple[Conditions, ...]:
    """Return conditions any of which takes an event out, those on one same property as one."""
    single: dict[str, dict[Scalar, None]] = {}
    rest: list[Conditions] = []
    for conditions in several:
        if len(conditions) == 1:
            ((path, wanted),) = conditions.items()
            single.setdefault(path, {}).update(dict.fromkeys(_values(wanted)))
        else:
            rest.append(conditions)
    merged = [{path: _one_or_more(tuple(wanted))} for path, wanted in single.items()]
    return (*merged, *rest)


def _one_or_more(wanted: tuple[Scalar, ...]) -> Scalar | tuple[Scalar, ...]:
    return wanted[0] if len(wanted) == 1 else wanted


def _values(wanted: Scalar | tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    return wanted if isinstance(wanted, tuple) else (wanted,)


def _keys(wanted: Scalar | tuple[Scalar, ...]) -> frozenset[tuple[str, str]]:
    """Return values in a form in which equal ones are the same: text that spells a number is that number."""
    return frozenset(_key(value) for value in _values(wanted))


def _key(value: Scalar) -> tuple[str, str]:
    number = None if isinstance(value, bool) else parse_decimal(str(value))
    quantity = None if number is None else to_quantity(number)
    if quantity is None:
        return "text", str(value).lower() if isinstance(value, bool) else str(value)
    return "number", plain(quantity)
