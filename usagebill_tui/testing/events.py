"""Made-up events for aggregation types: few values, so that they meet, and odd ones among them."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

import msgspec

from usagebill_tui.domain.aggregation import Batch, MeasuredPeriod
from usagebill_tui.domain.properties import Value
from usagebill_tui.events.values import Values
from usagebill_tui.testing.dice import dice

NUMBERS: tuple[Any, ...] = (
    *(0, 1, 2, 5, 10, 1000, -1, "7", "0.30", "-2.5"),
    *map(Decimal, ("0.1", "0.2", "2.5", "12.75", "0.000000000000000001", "99999999999.25")),
    *("none", None, True),
)
"""Values for properties that are read as numbers: numbers, texts that spell some, and what is neither."""

TEXTS: tuple[Any, ...] = ("eu", "us", "EU", "", "remove", "add", 5, "5", Decimal("2.5"), None, True)
"""Values for properties that are read as text."""

_START = 1_698_796_800_000_000  # 2023-11-01 UTC
_DAY = 86_400_000_000
_COUNTS = (1, 2, 3, 7, 24, 60)


class Made(NamedTuple):
    """A made-up event; `timestamp` in microseconds since 1970 UTC."""

    timestamp: int
    source: str
    id: str
    properties: Mapping[str, Value]


class World(msgspec.Struct, frozen=True):
    """A period and its events, ordered by (timestamp, source, id)."""

    period: MeasuredPeriod
    events: tuple[Made, ...]


def worlds(values: Mapping[str, Sequence[Any]], *seed: object) -> list[World]:
    """Make periods of few and of many events, whose properties at these paths have these values."""
    chance = dice("events", *seed)
    return [_world(values, count, chance) for count in _COUNTS]


def batch(events: Iterable[Made], paths: Iterable[str]) -> Batch:
    """Return events as columns, each property by its path, both as number and as text."""
    listed = list(events)
    numbers = {path: [_number(event.properties.get(path)) for event in listed] for path in paths}
    texts = {path: [_text(event.properties.get(path)) for event in listed] for path in paths}
    return Batch([event.timestamp for event in listed], numbers, texts)


def usable(events: Iterable[Made], path: str, reads: str) -> list[Made]:
    """Return the events whose own property is what an aggregation type reads."""
    if reads == "nothing":
        return list(events)
    read = _number if reads == "number" else _text
    return [event for event in events if read(event.properties.get(path)) is not None]


def shown(events: Sequence[Made]) -> str:
    """Write events in one line, for people."""
    told = [
        f"({event.timestamp}, {', '.join(f'{k}={v.as_text()!r}' for k, v in event.properties.items())})"
        for event in events
    ]
    return (
        f"the events [{', '.join(told[:8])}{f', … {len(told)} in all' if len(told) > len(told[:8]) else ''}]"
    )


def _world(values: Mapping[str, Sequence[Any]], count: int, chance: Random) -> World:
    days = chance.choice((1, 7, 30))
    start = _START + chance.randrange(30) * _DAY
    until = start + days * _DAY
    spread = chance.choice((3, 3_600_000_000, days * _DAY))
    made = [
        Made(
            start + chance.randrange(spread),
            chance.choice(("", "s")),
            f"e{place}",
            _properties(values, chance),
        )
        for place in range(count)
    ]
    period = MeasuredPeriod(
        start=start,
        until=until,
        length=chance.choice((until - start, 30 * _DAY)),
        timezone=chance.choice(("UTC", "Asia/Kolkata", "America/New_York")),
    )
    return World(period, tuple(sorted(made, key=lambda event: event[:3])))


def _properties(values: Mapping[str, Sequence[Any]], chance: Random) -> dict[str, Value]:
    given = {path: chance.choice(list(choice)) for path, choice in values.items()}
    made = Values()
    return {path: made.of_json(value) for path, value in given.items() if value is not None}


def _number(value: Value | None) -> Decimal | None:
    return None if value is None else value.number


def _text(value: Value | None) -> str | None:
    return None if value is None else value.as_text()
