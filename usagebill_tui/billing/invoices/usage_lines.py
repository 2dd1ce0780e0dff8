"""Lines of usage: a product's usage priced, one line for each part of its price and each group."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.charges import Charges, plainly
from usagebill_tui.billing.usage.measuring import (
    Ask,
    Measured,
    Share,
    Walked,
    needed_amounts,
    usage_of_nothing,
)
from usagebill_tui.domain.invoice import Line, PrepaidUnits
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.narrowing import WHOLE, group_of, narrowed, part_words
from usagebill_tui.domain.pricing import MOST_GROUPS, Charge, Part, Step, Terms, charge_under
from usagebill_tui.domain.pricing.protocol import plain_steps
from usagebill_tui.domain.pricing.words import counted
from usagebill_tui.domain.quantity import EXACT, exact_arithmetic
from usagebill_tui.domain.usage import Usage
from usagebill_tui.errors import InvalidInput

Take = Callable[[Line, Decimal], tuple[PrepaidUnits, ...]]
"""Returns what is taken of prepaid credits for a line, at most so many units."""


class Priced(msgspec.Struct, frozen=True):
    """A part of a product's price in a period: what is measured for it, and the terms it is charged by."""

    part: Part
    ask: Ask
    terms: Terms

    @property
    def divided(self) -> bool:
        """Tell whether the price has other parts or groups."""
        return self.part.narrowing != WHOLE


def part_ask(whole: Ask, part: Part, agreed: Terms) -> Ask:
    """Return what is measured for a part of a price, from what would be for all of a metric's usage."""
    metric = narrowed(whole.metric, part.narrowing)
    return msgspec.structs.replace(
        whole,
        metric=metric,
        share=Share(whole.metric, part.ranked, part.rank) if part.ranked else None,
        group_by=part.narrowing.group_by,
        amounts_of=needed_amounts(agreed.model, agreed.params, metric),
    )


def check_groups(groups: int) -> None:
    """Raise InvalidInput where a product has usage in more groups than a price is for."""
    if groups > MOST_GROUPS:
        what = f"its usage is in {groups:,} groups, and a price with group_by takes up to {MOST_GROUPS:,}"
        raise InvalidInput(what, mend="group by a property with fewer values")


def usage_lines(
    house: House,
    charges: Charges,
    blank: Line,
    found: Sequence[tuple[Priced, Measured]],
    take: Take | None = None,
) -> list[Line]:
    """Return the lines of a product, parts in the order of the price, groups in the order of their texts.

    A part without events that charges nothing has no line, unless there would be none at all: then the
    product's one line says so.
    """
    if len(found) == 1 and not found[0][0].divided:
        ((only, measured),) = found
        return [line for one in measured.each() for line in _priced_lines(charges, blank, only, *one, take)]
    try:
        check_groups(sum(len(measured.usage) for priced, measured in found if priced.ask.group_by))
    except InvalidInput as error:
        return [not_rated(_counting(blank, found), str(error))]
    priced = [
        lines
        for one, measured in found
        for usage, walked in measured.each()
        if _says_something(
            lines := _priced_lines(charges, blank, one, usage, walked, take), divided=one.divided
        )
    ]
    return [line for lines in priced for line in lines] or [_no_usage(house, blank, found[-1][0])]


def not_rated(line: Line, why: str) -> Line:
    """Return a line that could not be priced as one of no amount that says so."""
    step = Step(description="not rated", amount=Decimal(0))
    return msgspec.structs.replace(line, steps=(step,), warnings=(f"not rated: {why}",), not_rated=why)


def _priced_lines(
    charges: Charges, blank: Line, priced: Priced, usage: Usage, walked: Walked, take: Take | None
) -> list[Line]:
    """Return the line of one part and group, and that of the top-up to its minimum."""
    if priced.divided:
        blank = _of_part(blank, priced, usage)
    counted_ = {
        "units": usage.units,
        "events": usage.events,
        "left_out": usage.left_out,
        "accounts": priced.ask.accounts,
    }
    if usage.failure is not None:
        return [not_rated(msgspec.structs.replace(blank, **counted_), usage.failure)]
    try:
        charged, taken = _charged(charges, priced.terms, blank, usage.units, walked, take)
    except InvalidInput as error:
        return [not_rated(msgspec.structs.replace(blank, **counted_), str(error))]
    line = msgspec.structs.replace(
        blank,
        amount=charged.rounded,
        steps=charged.steps,
        warnings=charged.warnings,
        prepaid=taken,
        **counted_,
    )
    return list(_split_top_up(line, charged, priced.terms.currency)) if charged.top_up else [line]


def _of_part(blank: Line, priced: Priced, usage: Usage) -> Line:
    """Return a line that says which events it is for."""
    narrowing = priced.part.narrowing
    group = group_of(narrowing, usage.group)
    words = part_words(narrowing, group)
    description = f"{blank.description} ({words})" if words else blank.description
    return msgspec.structs.replace(blank, description=description, group=group, part=narrowing)


def _charged(
    charges: Charges, agreed: Terms, line: Line, units: Decimal | None, walked: Walked, take: Take | None
) -> tuple[Charge, tuple[PrepaidUnits, ...]]:
    """Return what units of a line cost without those that are prepaid, and these; free units come first."""
    if units is None or walked or agreed.model.needs_events:
        return plainly(charge_under(agreed, units, walked)), ()
    free = agreed.modifiers.free_units or Decimal(0)
    if take is None or units <= free:
        return charges.of(agreed, units), ()
    taken = take(line, EXACT.subtract(units, free))
    if not taken:
        return charges.of(agreed, units), ()
    with exact_arithmetic():
        rest = units - sum((one.units for one in taken), Decimal(0))
    charged = charges.of(agreed, rest)
    steps = [
        Step(
            description=f"{counted(one.units, 'unit')} prepaid by {one.credit}",
            quantity=one.units,
            unit_amount=Decimal(0),
            amount=Decimal(0),
        )
        for one in taken
    ]
    at = 1 if free else 0
    told = (*charged.steps[:at], *plain_steps(steps), *charged.steps[at:])
    return msgspec.structs.replace(charged, steps=told), taken


def _says_something(lines: Sequence[Line], *, divided: bool) -> bool:
    return not divided or any(
        line.events or line.left_out or line.amount or line.not_rated is not None for line in lines
    )


def _no_usage(house: House, blank: Line, priced: Priced) -> Line:
    """Return the line of a product without usage in any part or group: nothing is priced."""
    usage = usage_of_nothing(house, priced.ask)
    step = Step(description="no usage", amount=Decimal(0))
    line = msgspec.structs.replace(blank, units=usage.units, accounts=priced.ask.accounts, steps=(step,))
    return line if usage.failure is None else not_rated(line, usage.failure)


def _counting(blank: Line, found: Sequence[tuple[Priced, Measured]]) -> Line:
    """Return a line of all events, whatever part or group they are of."""
    usages = [usage for _, measured in found for usage in measured.usage]
    return msgspec.structs.replace(
        blank,
        events=sum(usage.events for usage in usages),
        left_out=sum(usage.left_out for usage in usages),
        accounts=found[0][0].ask.accounts,
    )


def _split_top_up(line: Line, charged: Charge, currency: str) -> Iterator[Line]:
    """Show the top-up to a price's minimum as a line of its own."""
    with exact_arithmetic():
        rounded_steps = 1 if charged.rounded != charged.amount else 0
        steps = charged.steps[: len(charged.steps) - rounded_steps]
        usage = charged.amount - charged.top_up
        shown = round_money(usage, currency)
        own = [*steps[:-1], *_rounding(shown - usage)]
        top_up = round_money(charged.rounded - shown, currency)
        raised = [steps[-1], *_rounding(top_up - charged.top_up)]
    yield msgspec.structs.replace(line, amount=shown, steps=plain_steps(own))
    yield msgspec.structs.replace(
        line,
        kind="minimum",
        description=f"{line.description}: minimum charge",
        amount=top_up,
        steps=plain_steps(raised),
        units=None,
        events=0,
        left_out=0,
        accounts=(),
        warnings=(),
        prepaid=(),
    )


def _rounding(difference: Decimal) -> list[Step]:
    return [Step(description="rounding", amount=difference)] if difference else []
