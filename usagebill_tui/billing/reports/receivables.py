"""Receivables: what customers still owe, by how long it has been due."""

from collections.abc import Mapping
from datetime import UTC, date
from decimal import Decimal

from usagebill_tui.billing.documents.table import Kind, Table
from usagebill_tui.billing.house import House
from usagebill_tui.billing.reports.request import ReportRequest, check_customers
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.credit_notes import credit_notes
from usagebill_tui.store.credits import moves_of
from usagebill_tui.store.ledger import invoices, payments

COLUMNS: Mapping[str, Kind] = {
    "customer": "text",
    "currency": "text",
    "invoices": "count",
    "not_due": "number",
    "days_1_30": "number",
    "days_31_60": "number",
    "days_61_90": "number",
    "over_90": "number",
    "total": "number",
    "overpaid": "number",
}
_LIMITS = ((0, "not_due"), (30, "days_1_30"), (60, "days_31_60"), (90, "days_61_90"))
_AMOUNTS = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90", "total", "overpaid")


def receivables(house: House, request: ReportRequest) -> Table:
    """Return what is owed on the day of `at` (UTC), a row for each customer and currency that has any.

    Counted are invoices issued, payments received and credit notes issued up to that day; a void invoice is
    left out. `total` adds up what is owed, of `invoices` in number; what was paid too much is beside it in
    `overpaid`. Raises NotFound for an unknown customer.
    """
    day = (request.at or house.clock()).astimezone(UTC).date()
    with house.database.reading() as session:
        check_customers(load_catalogue(session), request)
        found = invoices(session, request.customers, ["final", "paid"])
        received = [(one.invoice, one.amount) for one in payments(session) if one.date <= day]
        taken = [(one.invoice, -one.total) for one in credit_notes(session) if one.issued <= day]
        for move in (one for one in moves_of(session) if one.day <= day and one.units is None):
            taken += [(move.invoice or "", move.amount), (move.source or "", -move.amount)]
    sums: dict[tuple[str, str], dict[str, Decimal]] = {}
    counts: dict[tuple[str, str], int] = {}
    with exact_arithmetic():
        settled: dict[str, Decimal] = {}
        for name, amount in (*received, *taken):
            settled[name] = settled.get(name, Decimal(0)) + amount
        for one in found:
            if one.issued is None or one.issued > day:
                continue
            owed = one.total - settled.get(one.id, Decimal(0)) - settled.get(one.number or "", Decimal(0))
            if owed:
                key = (one.customer, one.currency)
                counts[key] = counts.get(key, 0) + (owed > 0)
                zero = one.total - one.total
                _add(sums.setdefault(key, dict.fromkeys(_AMOUNTS, zero)), one, owed, day)
    rows = [
        {"customer": customer, "currency": currency, "invoices": counts[customer, currency], **amounts}
        for (customer, currency), amounts in sorted(sums.items())
    ]
    return Table(columns=COLUMNS, rows=rows)


def _add(amounts: dict[str, Decimal], invoice: Invoice, owed: Decimal, day: date) -> None:
    if owed < 0:
        amounts["overpaid"] -= owed
        return
    amounts["total"] += owed
    amounts[bucket(invoice.due, day)] += owed


def bucket(due: date | None, day: date) -> str:
    """Return the column of what was due on a day: not due on that day itself, one day late from the next."""
    late = 0 if due is None else (day - due).days
    return next((name for limit, name in _LIMITS if late <= limit), "over_90")
