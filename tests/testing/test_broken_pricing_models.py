"""Pricing models that are broken in one way each, and the one law that finds it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
import pytest

from tests.testing.finding import broken_laws
from tests.testing.obedient import Flat, Walked
from usagebill_tui.plugin import PricedEvent, PricingModel, Step
from usagebill_tui.testing import pricing_laws


class Inexact(Flat):
    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        amount: Any = units if units in BOUNDARY else float(units)
        return [Step(description="units", amount=amount)]


SMALLEST = Decimal("1e-18")
NAMED = (Decimal(0), Decimal(37), Decimal("0.25"))
BOUNDARY = {number + shift for number in NAMED for shift in (-SMALLEST, 0, SMALLEST)}


class NoSteps(Flat):
    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        return super().price(units, params) if units in BOUNDARY else []


class Silent(Flat):
    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        return [Step(description=" ", amount=units)]


class Rounding(Flat):
    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        amount = (units * params.amount).quantize(Decimal("0.01"))
        return [Step(description="units", quantity=units, unit_amount=params.amount, amount=amount)]


class FailsAtZero(Flat):
    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        return (
            [Step(description="units", amount=params.amount / units)]
            if not units
            else super().price(units, params)
        )


class PaysForNothing(Flat):
    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        return [Step(description="units", amount=units - 1)]


class Gap(Flat):
    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        if units < params.above:
            return [Step(description="low", amount=Decimal(0))]
        return [Step(description="high", amount=Decimal(1))] if units > params.above else []


class Falling(Flat):
    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        return [Step(description="units", amount=units if units < params.above else units / 2)]


class Chatty(Walked):
    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        return [Step(description="an event", amount=params.amount) for _ in (*events, None)]


class Counting(Flat):
    def __init__(self) -> None:
        self.priced = 0

    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        self.priced += 1
        return [Step(description="units", amount=units + self.priced)]


class Percent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    share: Decimal = Decimal(50)

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "share", self.share / 100)


class Shared(Flat):
    parameters = Percent
    examples: ClassVar[Any] = ({"share": "20"},)

    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Any:
        return [Step(description="share", amount=units * params.share)]


class Failing(Flat):
    def check(self, params: Any) -> None:
        assert params.amount / params.above >= 0


class Mute(Flat):
    def check(self, params: Any) -> None:
        if params.amount < 0:
            raise ValueError("cannot be")


BROKEN: list[tuple[PricingModel, str, str]] = [
    (Inexact(), "exact steps", "is not an exact number"),
    (NoSteps(), "exact steps", "returned no steps"),
    (Silent(), "exact steps", "no description"),
    (Rounding(), "steps multiply out", "says 0.5 × 0.25 = 0.13"),
    (FailsAtZero(), "zero usage", "DivisionByZero"),
    (PaysForNothing(), "zero usage", "no usage costs -1"),
    (Gap(), "bounds", "returned no steps"),
    (Falling(), "more never costs less", "monotone = False"),
    (Chatty(), "few steps", "1001 steps"),
    (Counting(), "same amount again", "after other usage"),
    (Shared(), "parameters round-trip", "'0.2'"),
    (Failing(), "bad parameters are named", "raise ValueError"),
    (Mute(), "bad parameters are named", "does not name"),
]


@pytest.mark.parametrize(
    ("broken", "law", "what"), BROKEN, ids=[type(broken).__name__ for broken, _, _ in BROKEN]
)
def test_each_is_caught_by_just_one_law(broken: PricingModel, law: str, what: str) -> None:
    ((name, found),) = broken_laws(pricing_laws(broken)).items()
    assert name == law
    assert what in found.what
    assert found.example


@pytest.mark.parametrize("obedient", [Flat(), Walked()])
def test_what_they_were_before_is_lawful(obedient: PricingModel) -> None:
    assert broken_laws(pricing_laws(obedient)) == {}


class MeantToFall(Falling):
    monotone = False


def test_a_price_may_fall_where_that_is_declared() -> None:
    assert broken_laws(pricing_laws(MeantToFall())) == {}


class Odd(msgspec.Struct):
    when: bytes


class Uninventable(Flat):
    parameters = Odd
    examples: ClassVar[Any] = ()


def test_prices_that_cannot_be_made_up_are_asked_for() -> None:
    found = broken_laws(pricing_laws(Uninventable()))
    assert {error.law for error in found.values()} == {"examples"}
    assert "say examples = ({…},) in Uninventable, or give prices=" in found["exact steps"].what


def test_prices_can_be_given() -> None:
    assert broken_laws(pricing_laws(Flat(), prices={"amount": "3"})) == {}
    assert "unit_price" in str(broken_laws(pricing_laws(Flat(), prices=[{"unit_price": "3"}]))["bounds"])


def test_every_law_finds_something() -> None:
    assert {law for _, law, _ in BROKEN} == {law.name for law in pricing_laws(Flat())}
