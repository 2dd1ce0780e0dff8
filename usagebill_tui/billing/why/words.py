"""Counts, names and conditions in the sentences of an answer."""

from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches

from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.pricing.words import number
from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.zones import from_micros
from usagebill_tui.eventstore.types import StoredEvent

NOT_REACHED = "not reached"
_MOST_NAMES = 2_000
_ALIKE = 0.75


def counted(count: int, noun: str) -> str:
    """Write a number of things: `1 event`, `1,200 events`."""
    return f"{number(Decimal(count))} {noun if count == 1 else noun + 's'}"


def carry(count: int) -> str:
    """Return the verb that goes with so many events."""
    return "carries" if count == 1 else "carry"


def condition_words(metric: Metric, place: int) -> str:
    """Return in words the condition with this place, among the filters and then the exclusions."""
    if place < len(metric.filters):
        one = metric.filters[place]
        return f"the filter {one.property} {one.op} {_value(one.value)} does not hold"
    exclusion = metric.exclude[place - len(metric.filters)]
    return "excluded by " + " and ".join(f"{path} = {_value(value)}" for path, value in exclusion.items())


def condition_paths(metric: Metric, place: int) -> tuple[str, ...]:
    """Return the properties that a condition looks at."""
    if place < len(metric.filters):
        return (metric.filters[place].property,)
    return tuple(metric.exclude[place - len(metric.filters)])


def property_words(event: StoredEvent, path: str) -> str:
    """Return what an event carries as a property: `region = ap`, `region is missing`."""
    value = event.properties.get(path)
    return f"{path} is missing" if value is None else f"{path} = {value_text(value)}"


def value_text(value: Value) -> str:
    """Return a property's value as it was delivered."""
    return value.as_text()


def instant(micros: int) -> str:
    """Write an instant given in microseconds since 1970."""
    return rfc3339(from_micros(micros))


def alike(name: str, candidates: Iterable[str]) -> list[str]:
    """Return the candidates most like a name, best first: the same letters and digits, then a slip away.

    Names whose numbers differ are not alike: they count things. Of very many candidates only the first are
    compared letter by letter.
    """
    known = [one for one in dict.fromkeys(candidates) if _numbers(one) == _numbers(name)]
    same = [one for one in known if bare(one) == bare(name) and one != name]
    lowered = {one.lower(): one for one in reversed(known[:_MOST_NAMES]) if one != name}
    close = [lowered[found] for found in get_close_matches(name.lower(), list(lowered), n=3, cutoff=_ALIKE)]
    return list(dict.fromkeys([*same, *close]))


def _numbers(name: str) -> str:
    return "".join(character for character in name if character.isdigit())


def bare(name: str) -> str:
    """Return a name's letters and digits, whatever their case."""
    return "".join(character for character in name.casefold() if character.isalnum())


def _value(value: object) -> str:
    return " or ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)
