"""What a pricing model is tried on: prices, and usages of all sizes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from usagebill_tui.domain.price import Modifiers
from usagebill_tui.domain.pricing import PricedEvent, PricingModel, Step, price_from_table, terms
from usagebill_tui.domain.pricing.conversion import convert
from usagebill_tui.domain.pricing.verified import verified_steps
from usagebill_tui.domain.quantity import exact_arithmetic, parse_decimal, plain
from usagebill_tui.errors import InvalidInput
from usagebill_tui.testing.dice import dice
from usagebill_tui.testing.inventing import Table, invented
from usagebill_tui.testing.law import LawBroken
from usagebill_tui.testing.trials import Failed, copied

_CURRENCY = "USD"
_SMALLEST = Decimal("1e-18")
_START = datetime(2023, 11, 3, 5, tzinfo=UTC)
_SHOWN = 8
_SIZES = ("1e-18", "0.5", "1", "2", "3.25", "12345.678", "1000000007", "1e15")


class Usage(NamedTuple):
    """Units, and the events that they are the sum of for a model that needs them."""

    units: Decimal
    events: tuple[PricedEvent, ...] = ()

    def __str__(self) -> str:
        """Write it for people."""
        if not self.events:
            return f"{plain(self.units)} units"
        first = self.events[:_SHOWN]
        amounts = ", ".join(plain(event.amount) for event in first)
        more = ", …" if len(self.events) > _SHOWN else ""
        return f"{len(self.events)} events of {amounts}{more}"


class Case(msgspec.Struct, frozen=True):
    """A model, and one price by it: a table of its parameters, and those ready for a currency."""

    model: PricingModel
    table: Table
    params: Any

    def steps(self, usage: Usage, of: PricingModel | None = None) -> list[Step] | Failed:
        """Return the steps in which a usage is priced."""
        try:
            with exact_arithmetic():
                return verified_steps(of or copied(self.model), usage.units, self.params, usage.events)
        except InvalidInput as error:
            return Failed(str(error))

    def amount(self, usage: Usage, of: PricingModel | None = None) -> Decimal | Failed:
        """Return what a usage costs, unrounded."""
        steps = self.steps(usage, of)
        if isinstance(steps, Failed):
            return steps
        with exact_arithmetic():
            return sum((step.amount for step in steps), Decimal(0))

    def example(self, usage: Usage) -> str:
        """Write a price and a usage for people."""
        return f"{usage} at {dict(self.table)!r}"

    def usual(self) -> list[Usage]:
        """Return usages of all sizes, none of them zero."""
        if not self.model.needs_events:
            return [Usage(Decimal(size)) for size in _SIZES]
        return [self.of_events(count) for count in (1, 2, 5, 20)]

    def of_events(self, count: int) -> Usage:
        """Return a usage of so many made-up events; a longer one begins with a shorter one's."""
        chance = dice("usage", self.model.name)
        at, events = _START, []
        for _ in range(count):
            at += timedelta(minutes=chance.choice((0, 1, 47, 1440)))
            events.append(
                PricedEvent(Decimal(chance.choice(("0", "0.01", "1", "2.5", "80", "12345.67"))), at)
            )
        return Usage(sum((event.amount for event in events), Decimal(0)), tuple(events))

    def at_bounds(self) -> list[Usage]:
        """Return usages just below, at and just above every number that the price names."""
        with exact_arithmetic():
            near = {
                number + shift
                for number in numbers(self.table)
                for shift in (-_SMALLEST, Decimal(0), _SMALLEST)
                if number + shift > 0
            }
        return [self.of_units(units) for units in sorted(near)]

    def of_units(self, units: Decimal) -> Usage:
        """Return a usage of so many units, in one event where the model needs events."""
        return Usage(units, (PricedEvent(units, _START),) if self.model.needs_events else ())


def accepted(model: PricingModel, table: Table) -> msgspec.Struct:
    """Return parameters as a catalogue would take them; raises InvalidInput where they cannot be right."""
    params = convert(table, model.parameters, also_known=("model", *Modifiers.__struct_fields__))
    try:
        model.check(params)
    except ValueError as error:
        raise InvalidInput(str(error)) from error
    return params


def cases(model: PricingModel, prices: Sequence[Table]) -> list[Case]:
    """Return the cases of a model, one for each price."""
    found = []
    for table in prices:
        ready = terms(price_from_table({"model": model.name, **table}), model, _CURRENCY)
        found.append(Case(model, table, ready.params))
    return found


def prices_of(model: PricingModel, given: Sequence[Table]) -> Sequence[Table]:
    """Return prices to try: those given, the model's own examples, or made-up ones."""
    prices = given or model.examples or invented(model.parameters, lambda table: accepted(model, table))
    if not prices:
        mend = f"say examples = ({{…}},) in {type(model).__name__}, or give prices="
        raise LawBroken("examples", f"no price can be made up from {model.parameters.__name__}: {mend}")
    return [{key: value for key, value in price.items() if key != "model"} for price in prices]


def numbers(value: object) -> Iterator[Decimal]:
    """Yield the numbers in a price, those written as text too."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield Decimal(value)
    elif isinstance(value, str) and (number := parse_decimal(value)) is not None:
        yield number
