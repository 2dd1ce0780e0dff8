"""Carrying accepted adjustments: the customer's next invoice has them as lines, each of them once."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.billing.invoices.planning import Work
from usagebill_tui.domain.adjustment import DISCOUNT, SettledLine
from usagebill_tui.domain.invoice import Invoice, Line, Settled
from usagebill_tui.domain.pricing.protocol import Step, plain_step
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.tax import Tax, TaxRow
from usagebill_tui.errors import Refused
from usagebill_tui.store.adjustments import Accepted, adjustments_of, carry, withdraw
from usagebill_tui.store.database import Session


def carry_on(
    made: Sequence[tuple[Work, Invoice]], pending: Sequence[Accepted]
) -> tuple[list[tuple[Work, Invoice]], dict[str, tuple[int, ...]]]:
    """Return the invoices of a run with what is pending on the first that it fits, and which carries what.

    An invoice of the same subscription comes before another of the customer's in the same currency. What
    is on a draft stays there until the draft is renewed.
    """
    invoices = [invoice for _, invoice in made]
    on: dict[str, list[Accepted]] = {}
    for one in pending:
        target = _target(one, invoices)
        if target is not None:
            on.setdefault(target, []).append(one)
    changed = [
        (work, with_adjustments(invoice, [line for one in on.get(invoice.id, ()) for line in lines(one)]))
        for work, invoice in made
    ]
    ids = {invoice: tuple(one.id for one in some) for invoice, some in on.items()}
    return changed, ids


def with_adjustments(invoice: Invoice, more: Sequence[Line]) -> Invoice:
    """Return an invoice with lines that settle others: no limit counts them, their tax is theirs."""
    if not more:
        return invoice
    with exact_arithmetic():
        net = sum((line.amount for line in more), Decimal(0))
        tax = sum((line.settles.tax for line in more if line.settles is not None), Decimal(0))
        return msgspec.structs.replace(
            invoice,
            lines=(*invoice.lines, *more),
            subtotal=invoice.subtotal + net,
            tax=invoice.tax + tax,
            taxes=_taxes(invoice, more),
            total=invoice.total + net + tax,
        )


def _taxes(invoice: Invoice, more: Sequence[Line]) -> tuple[TaxRow, ...]:
    """Return an invoice's tax by rate with that of lines that settle others, each beside its invoice."""
    if not invoice.taxes and not any(line.settles is not None and line.settles.taxed for line in more):
        return ()
    own = invoice.taxes or tuple(
        TaxRow(
            code=None,
            name="Tax",
            percent=percent,
            inclusive=False,
            taxable=invoice.own_net,
            tax=invoice.tax,
        )
        for percent in [next((line.tax_percent for line in invoice.lines), Decimal(0))]
        if percent
    )
    rows: dict[tuple[str, str], TaxRow] = {}
    for line, settled in ((line, line.settles) for line in more if line.settles is not None):
        for code, tax in (settled.taxed or {"": settled.tax}).items():
            key = settled.invoice, code
            before = rows.get(key) or _no_tax(line, settled.invoice, code)
            rows[key] = msgspec.structs.replace(
                before, taxable=before.taxable + line.amount, tax=before.tax + tax
            )
    return (*own, *rows.values())


def _no_tax(line: Line, number: str, code: str) -> TaxRow:
    nothing = line.amount - line.amount
    rate = next((tax for tax in line.taxes if tax.code == code), None)
    if rate is None:
        rate = Tax(code=code, name="Tax", percent=line.tax_percent)
    return TaxRow(
        code=rate.code or None,
        name=rate.name,
        percent=rate.percent,
        inclusive=rate.inclusive,
        taxable=nothing,
        tax=nothing,
        adjusts=number,
    )


def as_settled(invoice: Invoice, accepted: Sequence[Accepted]) -> Invoice:
    """Return an invoice as what was settled of it since leaves it: so minimum and maximum spend count it."""
    subtotal, discount = invoice.subtotal, invoice.discount
    with exact_arithmetic():
        for settled in (line for one in accepted for line in one.lines):
            if settled.figure.kind == DISCOUNT:
                discount -= settled.amount
            else:
                subtotal += settled.amount
    return msgspec.structs.replace(invoice, subtotal=subtotal, discount=discount)


def lines(one: Accepted) -> Iterator[Line]:
    """Yield the invoice lines of an accepted adjustment."""
    for settled in one.lines:
        if settled.amount or settled.tax:
            yield _line(one.number, settled)


def check_unsettled(session: Session, invoice: Invoice) -> None:
    """Raise Refused where an invoice that is to be void has been adjusted on another, or by a credit note."""
    for one in adjustments_of(session, [invoice.id]).get(invoice.id, ()):
        if one.billed_on is not None:
            raise Refused(
                f"an adjustment of invoice {one.number} is on invoice {one.billed_on}",
                mend="void that one first, or credit this one",
            )


def release(session: Session, invoice: Invoice) -> None:
    """Let go of what a void invoice carried, and of what was to be settled of it."""
    carry(session, {invoice.id: ()})
    withdraw(session, [one.id for one in adjustments_of(session, [invoice.id]).get(invoice.id, ())])


def _target(one: Accepted, invoices: Sequence[Invoice]) -> str | None:
    if one.billed_on is not None:
        return next((invoice.id for invoice in invoices if invoice.id == one.billed_on), None)
    fitting = [i for i in invoices if (i.customer, i.currency) == (one.customer, one.currency)]
    own = [invoice for invoice in fitting if invoice.subscription == one.subscription]
    return next((invoice.id for invoice in [*own, *fitting]), None)


def _line(number: str, settled: SettledLine) -> Line:
    figure = settled.figure
    with exact_arithmetic():
        before = figure.amount - settled.amount
        units = None if figure.units is None else figure.units - (settled.units_before or 0)
    steps = (
        Step(description=f"now, for {settled.reason}", amount=figure.amount),
        Step(description=f"billed so far by {number}", amount=-before),
    )
    return Line(
        kind="adjustment",
        product=figure.product,
        metric=figure.metric,
        group=figure.group,
        period=figure.period,
        description=f"{figure.description}: adjustment of {number}",
        units=units,
        amount=settled.amount,
        tax_percent=figure.tax_percent,
        taxes=figure.taxes,
        steps=tuple(plain_step(step) for step in steps),
        settles=Settled(number, settled.tax, settled.taxed),
    )
