"""What an invoice says to its reader: the same words and numbers on a page, on paper, anywhere."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from usagebill_tui.billing.documents.credit_words import credit_rows
from usagebill_tui.billing.documents.printable import printable, printable_lines
from usagebill_tui.billing.documents.tax_words import tax_rows
from usagebill_tui.billing.words import day, money, step, units
from usagebill_tui.config import Seller
from usagebill_tui.domain.credit_note import CreditNote
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.invoice import Invoice, Line, Span
from usagebill_tui.domain.pricing.protocol import Step
from usagebill_tui.domain.zones import local_day, zone

_MARKERS = {"draft": "DRAFT", "void": "VOID", "paid": "PAID"}
_INSTANT = timedelta(microseconds=1)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an invoice in words; `notes` are small print below it: period, group, steps, warnings."""

    description: str
    units: str
    amount: str
    notes: tuple[str, ...] = ()


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All that stands on an invoice or credit note, in the order of reading: printable texts, no markup.

    `marker` is `DRAFT`, `VOID`, `PAID` or empty; `due` says what is to be paid until when, or nothing, and
    `remark` why. `to` stands above the customer, `quantity` above the units.
    """

    title: str
    marker: str
    seller: tuple[str, ...]
    customer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    due: str
    remark: str = ""
    to: str = "Billed to"
    quantity: str = "Quantity"
    rows: tuple[Row, ...]
    totals: tuple[tuple[str, str], ...]
    terms: tuple[str, ...]


def content_of_note(note: CreditNote, invoice: Invoice | None, customer: Customer, seller: Seller) -> Content:
    """Return what a credit note says; `invoice` is the one that it takes something off."""
    return Content(
        title=f"Credit note {printable(note.number)}",
        marker="",
        seller=_seller(seller),
        customer=_customer(customer),
        facts=tuple(_note_facts(note, invoice, zone(customer.timezone))),
        due=f"{money(-note.total, note.currency)} credited",
        remark=printable(note.reason),
        to="Credited to",
        quantity="Invoice line",
        rows=tuple(
            Row(
                description=printable(line.description),
                units="" if line.line is None else str(line.line),
                amount=money(line.amount, note.currency),
            )
            for line in note.lines
        ),
        totals=tuple((printable(name), money(amount, note.currency)) for name, amount in _note_totals(note)),
        terms=(),
    )


def content_of(invoice: Invoice, customer: Customer, seller: Seller) -> Content:
    """Return what an invoice says; days are days of the customer's time zone."""
    return Content(
        title="Draft invoice" if invoice.number is None else f"Invoice {printable(invoice.number)}",
        marker=_MARKERS.get(invoice.status, ""),
        seller=_seller(seller),
        customer=_customer(customer),
        facts=tuple(_facts(invoice, zone(customer.timezone))),
        due=_due(invoice),
        rows=tuple(_row(line, invoice, zone(customer.timezone)) for line in invoice.lines),
        totals=tuple((name, money(amount, invoice.currency)) for name, amount in _totals(invoice)),
        terms=printable_lines(seller.terms),
    )


def _seller(seller: Seller) -> tuple[str, ...]:
    tax_id = f"Tax ID {printable(seller.tax_id)}" if seller.tax_id else ""
    lines = (printable(seller.name), *printable_lines(seller.address), printable(seller.email), tax_id)
    return tuple(line for line in lines if line)


def _customer(customer: Customer) -> tuple[str, ...]:
    named = [printable(customer.name)] if customer.name else []
    address = [*printable_lines(customer.address), printable(customer.email)]
    return tuple(line for line in (*named, *address, f"Customer {printable(customer.id)}") if line)


def _facts(invoice: Invoice, zone_: ZoneInfo) -> Iterator[tuple[str, str]]:
    if invoice.number is None:
        yield "Reference", printable(invoice.id)
    else:
        yield "Invoice number", printable(invoice.number)
    if invoice.issued is not None:
        yield "Issued", day(invoice.issued)
    if invoice.due is not None:
        yield "Due", day(invoice.due)
    yield "Period", _days(invoice.period, zone_)
    yield "Time zone", zone_.key
    yield "Plan", printable(invoice.plan)
    yield "Subscription", printable(invoice.subscription)
    yield "Currency", invoice.currency


def _note_facts(note: CreditNote, invoice: Invoice | None, zone_: ZoneInfo) -> Iterator[tuple[str, str]]:
    yield "Credit note", printable(note.number)
    yield "Issued", day(note.issued)
    yield "For invoice", printable(note.invoice)
    if invoice is not None:
        if invoice.issued is not None:
            yield "Invoice issued", day(invoice.issued)
        yield "Period", _days(invoice.period, zone_)
        yield "Subscription", printable(invoice.subscription)
    yield "Currency", note.currency


def _note_totals(note: CreditNote) -> Iterator[tuple[str, Decimal]]:
    yield "Subtotal", note.subtotal
    yield from tax_rows(note)
    yield f"Total {note.currency}", note.total


def _days(span: Span, zone_: ZoneInfo) -> str:
    first = local_day(span.start, zone_)
    last = local_day(max(span.start, span.end - _INSTANT), zone_)
    return day(first) if first == last else f"{day(first)} – {day(last)}"


def _due(invoice: Invoice) -> str:
    if invoice.status not in {"draft", "final"} or invoice.amount_due <= 0:
        return ""
    until = "" if invoice.due is None else f" due by {day(invoice.due)}"
    return f"{money(invoice.amount_due, invoice.currency)}{until or ' to be paid'}"


def _row(line: Line, invoice: Invoice, zone_: ZoneInfo) -> Row:
    notes = [_days(line.period, zone_)] if line.period != invoice.period else []
    said = line.group is None or line.part is not None  # the description of a part says its group
    notes += [] if said else [_group(line.group or {})]
    notes += [_step(one, invoice.currency) for one in line.steps]
    notes += [f"Note: {printable(warning)}" for warning in line.warnings]
    return Row(
        description=printable(line.description),
        units=units(line.units) if line.kind == "usage" else "",
        amount=money(line.amount, invoice.currency),
        notes=tuple(notes),
    )


def _step(one: Step, currency: str) -> str:
    return step(msgspec.structs.replace(one, description=printable(one.description)), currency)


def _group(group: Mapping[str, str | None]) -> str:
    return printable(
        ", ".join(f"{key}: {'none' if value is None else value}" for key, value in group.items())
    )


def _totals(invoice: Invoice) -> Iterator[tuple[str, Decimal]]:
    yield "Subtotal", invoice.subtotal
    if invoice.discount:
        yield "Discount", -invoice.discount
    for name, tax in tax_rows(invoice):
        yield printable(name), tax
    yield f"Total {invoice.currency}", invoice.total
    yield from credit_rows(invoice)
    if invoice.paid:
        yield "Paid", -invoice.paid
    if invoice.status != "void":
        yield "Amount due", invoice.amount_due
