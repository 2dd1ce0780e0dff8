"""What lines add up to: discount, maximum and minimum spend, tax, total."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from usagebill_tui.domain.invoice import Line, Span
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.pricing.protocol import Step, plain_step
from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.domain.tax import Tax, TaxRow

_ZERO = Decimal(0)
_CENT = Decimal("0.01")


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What applies to an invoice as a whole; money in `currency`, unrounded.

    Minimum and maximum hold for the whole period, so they count what earlier invoices of the same period
    came to (`billed_before`: their subtotals less discounts; `discounted_before`: amounts taken off).
    None does not apply.
    """

    currency: str
    tax_percent: Decimal
    taxes: tuple[Tax, ...] = ()
    discount_percent: Decimal | None = None
    discount_amount: Decimal | None = None
    minimum_spend: Decimal | None = None
    maximum_spend: Decimal | None = None
    billed_before: Decimal = _ZERO
    discounted_before: Decimal = _ZERO


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Lines, those for maximum and minimum included, and what they come to."""

    lines: tuple[Line, ...]
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal
    taxes: tuple[TaxRow, ...] = ()


def totalled(lines: Sequence[Line], agreement: Agreement, period: Span) -> Totals:
    """Apply, in this order: discount, maximum spend, minimum spend, tax."""
    with exact_arithmetic():
        currency = agreement.currency
        lines_sum = sum((line.amount for line in lines), _ZERO)
        discount = discount_of(lines_sum, agreement)
        net = lines_sum - discount
        limit = limit_lines(net, agreement, period)
        every = (*lines, *limit)
        net += sum((line.amount for line in limit), _ZERO)
        tax = round_money(net * agreement.tax_percent * _CENT, currency)
        return Totals(
            lines=every,
            subtotal=round_money(net + discount, currency),
            discount=round_money(discount, currency),
            tax=tax,
            total=round_money(net + tax, currency),
        )


def discount_of(lines_sum: Decimal, agreement: Agreement) -> Decimal:
    """Return what is taken off lines that come to this, without tax."""
    if agreement.discount_percent is not None:
        return round_money(max(lines_sum, _ZERO) * agreement.discount_percent * _CENT, agreement.currency)
    if agreement.discount_amount is not None:
        left = max(
            _ZERO, round_money(agreement.discount_amount, agreement.currency) - agreement.discounted_before
        )
        return min(left, max(lines_sum, _ZERO))
    return _ZERO


def limit_lines(net: Decimal, agreement: Agreement, period: Span) -> list[Line]:
    """Return the line that brings the period to its maximum or minimum, if one does."""
    spent = net + agreement.billed_before
    kind, limit = _limit(spent, agreement)
    return [] if kind is None else [_line(kind, limit - spent, limit, spent, agreement, period)]


def net_of(lines_sum: Decimal, agreement: Agreement) -> Decimal:
    """Return what `totalled` makes of lines that come to this before tax: its subtotal less its discount."""
    discount = discount_of(lines_sum, agreement)
    net = lines_sum - discount
    spent = net + agreement.billed_before
    kind, limit = _limit(spent, agreement)
    if kind is not None:
        net += round_money(limit - spent, agreement.currency)
    return round_money(net + discount, agreement.currency) - round_money(discount, agreement.currency)


def _limit(spent: Decimal, agreement: Agreement) -> tuple[Literal["maximum", "minimum"] | None, Decimal]:
    """Return which limit a period is brought to, and the amount; None where it is within both."""
    if agreement.maximum_spend is not None:
        limit = round_money(agreement.maximum_spend, agreement.currency)
        if spent > limit:
            return "maximum", limit
    if agreement.minimum_spend is not None:
        limit = round_money(agreement.minimum_spend, agreement.currency)
        if spent < limit:
            return "minimum", limit
    return None, spent


def _line(
    kind: str, amount: Decimal, limit: Decimal, spent: Decimal, agreement: Agreement, period: Span
) -> Line:
    words = "maximum" if kind == "maximum" else "minimum"
    steps = (
        Step(description=f"{words} spend of the plan", amount=limit),
        Step(description=f"charges of the period, less discounts: {plain(spent)}", amount=-spent),
    )
    return Line(
        kind="maximum" if kind == "maximum" else "minimum",
        product=None,
        period=period,
        description=f"Plan {words} spend",
        amount=round_money(amount, agreement.currency),
        tax_percent=agreement.tax_percent,
        steps=tuple(plain_step(step) for step in steps),
    )
