"""Composing: rated lines become an invoice. Preview, estimate and invoice are one function."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from usagebill_tui.billing.invoices.due import Contract, DuePeriod
from usagebill_tui.billing.invoices.rating import Rated
from usagebill_tui.domain.invoice import Invoice, Line, Span, Status
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.periods import Cycle, Days, instants
from usagebill_tui.domain.plan import Discount
from usagebill_tui.domain.proration import prorated
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.tax import chosen_taxes, together
from usagebill_tui.domain.taxation import taxed_totals
from usagebill_tui.domain.totals import Agreement, totalled
from usagebill_tui.domain.zones import zone

_ZERO = Decimal(0)


def compose(
    rated: Rated, *, identity: str, status: Status, snapshot: int, earlier: Sequence[Invoice]
) -> Invoice:
    """Return the invoice of a rated period.

    `earlier` are the other invoices of the same period that are not void: minimum, maximum and a fixed
    discount hold for all of them together.
    """
    due = rated.due
    contract = due.contract
    currency = contract.version.plan.currency
    period = _span(rated)
    lines = taxed_lines(rated.lines, contract)
    terms = agreement(due, earlier)
    apply = taxed_totals if terms.taxes or any(line.taxes for line in lines) else totalled
    totals = apply(lines, terms, period)
    zero = round_money(_ZERO, currency)
    return Invoice(
        id=identity,
        status=status,
        customer=contract.customer.id,
        subscription=contract.subscription.id,
        plan=contract.version.label,
        dialect=str(contract.version.plan.dialect or ""),
        currency=currency,
        period=period,
        lines=totals.lines,
        subtotal=totals.subtotal,
        discount=totals.discount,
        tax=totals.tax,
        taxes=totals.taxes,
        total=totals.total,
        credits=zero,
        paid=zero,
        snapshot=snapshot,
        plugins=rated.plugins,
    )


def taxed_lines(lines: Sequence[Line], contract: Contract) -> list[Line]:
    """Return lines with the rates by code at which each is taxed; without any, the customer's own stays."""
    customer = contract.customer
    if not customer.tax and not any(product.tax for product in contract.version.products):
        return list(lines)
    codes = {product.code: product.tax for product in contract.version.products}
    found = []
    for line in lines:
        taxes = chosen_taxes(codes.get(line.product or "", ()), customer.tax, contract.taxes)
        percent = together(taxes, line.tax_percent)
        found.append(msgspec.structs.replace(line, taxes=taxes, tax_percent=percent))
    return found


def _span(rated: Rated) -> Span:
    period = instants(rated.due.span(rated.portions), zone(rated.due.contract.customer.timezone))
    return Span(period.start, period.end)


def agreement(due: DuePeriod, earlier: Iterable[Invoice]) -> Agreement:
    """Return what holds for a period as a whole, besides its `earlier` invoices."""
    contract = due.contract
    plan = contract.version.plan
    discount = _discount_of(contract, due.full)
    others = list(earlier)
    with exact_arithmetic():
        before = sum((invoice.own_net for invoice in others), _ZERO)
        discounted = sum((invoice.discount for invoice in others), _ZERO)
        return Agreement(
            currency=plan.currency,
            tax_percent=contract.customer.tax_percent,
            taxes=chosen_taxes((), contract.customer.tax, contract.taxes),
            discount_percent=discount.percent,
            discount_amount=discount.amount,
            minimum_spend=_minimum(due) if due.closes else None,
            maximum_spend=plan.maximum_spend if due.closes else None,
            billed_before=before,
            discounted_before=discounted,
        )


def _minimum(due: DuePeriod) -> Decimal | None:
    """Return the minimum spend, prorated like a fee; none in a trial."""
    minimum = due.contract.version.plan.minimum_spend
    days = due.active.overlap(due.contract.charged_days)
    if minimum is None or days is None:
        return None
    return prorated(minimum, days, due.full)


def _discount_of(contract: Contract, full: Days) -> Discount:
    """Return the discount that a period has: one of the first months, or for ever.

    Months are counted from the first day of the period that the start is in, so that those of a calendar
    plan are as many invoices, the first one however short.
    """
    discount = contract.version.plan.discount
    if discount is None:
        return Discount()
    begun = contract.cycle.containing(contract.subscription.origin).first
    if discount.months is None or full.first < _months_after(begun, discount.months):
        return discount
    return Discount()


def _months_after(day: date, months: int) -> date:
    cycle = Cycle("month", day)
    for _ in range(months):
        day = cycle.containing(day).after
    return day
