"""The laws of pricing models."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache, partial

from usagebill_tui.domain.pricing import PricingModel
from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.testing.inventing import Table
from usagebill_tui.testing.law import LawBroken, Laws
from usagebill_tui.testing.parameters import (
    NAMED,
    ROUND_TRIP,
    Declared,
    bad_parameters_named,
    parameters_round_trip,
)
from usagebill_tui.testing.pricing_cases import Case, Usage, accepted, cases, numbers, prices_of
from usagebill_tui.testing.trials import Failed, copied

EXACT = "exact steps"
SUM = "steps multiply out"
ZERO = "zero usage"
BOUNDS = "bounds"
MONOTONE = "more never costs less"
FEW = "few steps"
AGAIN = "same amount again"

_TOLERANCE = Decimal("1e-18")
_MANY_EVENTS = 1_000
_MOST_STEPS = 20
_NOTHING = Usage(Decimal(0))


def pricing_laws(model: PricingModel, *, prices: Table | Sequence[Table] = ()) -> Laws:
    """Return the laws of a pricing model; above a test function, they make a test of each.

    `prices` are one table of the model's parameters or several, as in a catalogue file (default: the model's
    `examples`, else made up from their declaration).
    """
    given: list[Table] = [prices] if isinstance(prices, Mapping) else list(prices)

    @cache
    def tried() -> Sequence[Case]:
        return cases(model, prices_of(model, given))

    def declared() -> Declared:
        return Declared(model.parameters, partial(accepted, model), prices_of(model, given))

    laws = Laws(f"pricing model {model.name}")
    laws.add(EXACT, exact_steps, tried)
    laws.add(SUM, steps_multiply_out, tried)
    laws.add(ZERO, zero_usage, tried)
    laws.add(BOUNDS, bounds, tried)
    if model.monotone:
        laws.add(MONOTONE, more_never_costs_less, tried)
    laws.add(FEW, few_steps, tried)
    laws.add(AGAIN, same_amount_again, tried)
    laws.add(ROUND_TRIP, parameters_round_trip, declared)
    laws.add(NAMED, bad_parameters_named, declared)
    return laws


def exact_steps(tried: Sequence[Case]) -> None:
    """Any usage is priced in steps that are described, with finite Decimals."""
    for case in tried:
        for usage in case.usual():
            steps = case.steps(usage)
            if isinstance(steps, Failed):
                raise LawBroken(EXACT, steps.why, case.example(usage))
            for step in steps:
                description: object = step.description
                if not isinstance(description, str) or not description.strip():
                    raise LawBroken(EXACT, "a step has no description", case.example(usage))


def steps_multiply_out(tried: Sequence[Case]) -> None:
    """A step that says quantity × unit amount has just that amount: the steps add up to what is charged."""
    for case in tried:
        for usage in (*case.usual(), *case.at_bounds()):
            steps = case.steps(usage)
            for step in [] if isinstance(steps, Failed) else steps:
                if step.quantity is None or step.unit_amount is None:
                    continue
                with exact_arithmetic():
                    product = step.quantity * step.unit_amount
                    off = abs(product - step.amount)
                if off >= _TOLERANCE:
                    arithmetic = f"{plain(step.quantity)} × {plain(step.unit_amount)}"
                    what = f"the step {step.description!r} says {arithmetic} = {plain(step.amount)}"
                    raise LawBroken(SUM, what, case.example(usage))


def zero_usage(tried: Sequence[Case]) -> None:
    """No usage at all is priced as well, and not below zero."""
    for case in tried:
        amount = case.amount(_NOTHING)
        if isinstance(amount, Failed):
            raise LawBroken(ZERO, amount.why, case.example(_NOTHING))
        if amount < 0:
            raise LawBroken(ZERO, f"no usage costs {plain(amount)}", case.example(_NOTHING))


def bounds(tried: Sequence[Case]) -> None:
    """Usage just below, at and just above every number in the price is priced: tiers leave no gaps."""
    for case in tried:
        for usage in case.at_bounds():
            amount = case.amount(usage)
            if isinstance(amount, Failed):
                raise LawBroken(BOUNDS, amount.why, case.example(usage))


def more_never_costs_less(tried: Sequence[Case]) -> None:
    """More usage costs as much or more, unless the model says `monotone = False`."""
    for case in tried:
        before: tuple[Usage, Decimal] | None = None
        for usage in _rising(case):
            amount = case.amount(usage)
            if isinstance(amount, Failed):
                continue
            if before is not None and amount < before[1]:
                what = f"{usage} cost {plain(amount)}, {before[0]} cost {plain(before[1])}"
                mend = "say monotone = False if that is meant"
                raise LawBroken(MONOTONE, f"{what}; {mend}", f"{dict(case.table)!r}")
            before = usage, amount


def few_steps(tried: Sequence[Case]) -> None:
    """An amount is explained in few steps, however large the usage."""
    for case in tried:
        large = case.of_events(_MANY_EVENTS) if case.model.needs_events else Usage(Decimal(_MANY_EVENTS))
        steps = case.steps(large)
        most = _MOST_STEPS + 3 * len(list(numbers(case.table)))
        if not isinstance(steps, Failed) and len(steps) > most:
            raise LawBroken(FEW, f"{len(steps)} steps, more than anybody reads", case.example(large))


def same_amount_again(tried: Sequence[Case]) -> None:
    """One object prices for many customers, one after the other: nothing of one is left for the next."""
    for case in tried:
        model = copied(case.model)
        for usage in case.usual():
            alone = case.amount(usage)
            for _ in range(2):
                again = case.amount(usage, model)
                if again != alone:
                    raise LawBroken(AGAIN, f"{again} after other usage, {alone} before", case.example(usage))


def _rising(case: Case) -> list[Usage]:
    """Return usages of which each holds the one before."""
    if case.model.needs_events:
        return [_NOTHING, *(case.of_events(count) for count in range(1, 30))]
    return [_NOTHING, *sorted([*case.usual(), *case.at_bounds()], key=lambda usage: usage.units)]
