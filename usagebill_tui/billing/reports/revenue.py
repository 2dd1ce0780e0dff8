"""Revenue: what final invoices charge, by period, customer, product and currency."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from usagebill_tui.billing.documents.table import Kind, Table
from usagebill_tui.billing.house import House
from usagebill_tui.billing.reports.request import ReportRequest, Stretch, check_customers
from usagebill_tui.domain.credit_note import CreditNote, parts
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.periods import parse_instant
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import WrongCall
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.credit_notes import credit_notes
from usagebill_tui.store.ledger import invoices

COLUMNS: Mapping[str, Kind] = {
    "period": "text",
    "customer": "text",
    "product": "text",
    "currency": "text",
    "net": "number",
    "tax": "number",
    "gross": "number",
}


class _Part(NamedTuple):
    """What a line of an invoice or credit note adds, from when it counts."""

    customer: str
    product: str | None
    currency: str
    start: datetime
    net: Decimal
    tax: Decimal


def revenue(house: House, request: ReportRequest) -> Table:
    """Return the revenue of final and paid invoices, less discounts and what credit notes took off.

    A line counts in the period in which its own time starts, in the customer's zone. `product` is missing
    for what belongs to none, such as the top-up to a minimum. The gross amounts add up to the invoices'
    totals less their credits. Raises NotFound for an unknown customer, WrongCall for a range without time.
    """
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        check_customers(catalogue, request)
        found = invoices(session, request.customers, ["final", "paid"])
        notes = credit_notes(session, request.customers)
    zones = {one.id: one.timezone for one in catalogue.customers.values()}
    sums: dict[tuple[str, str, str, str], tuple[Decimal, Decimal]] = {}
    with exact_arithmetic():
        for part in _parts(found, notes):
            local = zone(zones[part.customer])
            if not _within(part.start, request, zones[part.customer]):
                continue
            period = label(local_day(part.start, local), request.by)
            key = (period, part.customer, part.product or "", part.currency)
            net, tax = sums.get(key, (Decimal(0), Decimal(0)))
            sums[key] = (net + part.net, tax + part.tax)
        rows = [
            {
                "period": period,
                "customer": customer,
                "product": product or None,
                "currency": currency,
                "net": net,
                "tax": tax,
                "gross": net + tax,
            }
            for (period, customer, product, currency), (net, tax) in sorted(sums.items())
        ]
    return Table(columns=COLUMNS, rows=rows)


def label(day: date, by: Stretch) -> str:
    """Return what the period of a day is called: `2023-10`, `2023-Q4`, `2023`."""
    match by:
        case "month":
            return f"{day:%Y-%m}"
        case "quarter":
            return f"{day:%Y}-Q{(day.month + 2) // 3}"
    return f"{day:%Y}"


def _parts(found: Sequence[Invoice], notes: Sequence[CreditNote]) -> Iterator[_Part]:
    by_number = {one.number: one for one in found}
    for one in found:
        for line, part in zip(one.lines, parts(one), strict=True):
            yield _Part(one.customer, line.product, one.currency, line.period.start, part.net, part.tax)
    for note in notes:
        credited = by_number.get(note.invoice)
        if credited is None:
            continue
        for taken in note.lines:
            place = credited if taken.line is None else credited.lines[taken.line - 1]
            yield _Part(
                note.customer, taken.product, note.currency, place.period.start, taken.amount, taken.tax
            )


def _within(start: datetime, request: ReportRequest, timezone: str) -> bool:
    local = zone(timezone)
    since = None if request.first is None else parse_instant(request.first, local)
    until = None if request.last is None else parse_instant(request.last, local)
    if since is not None and until is not None and since >= until:
        raise WrongCall(f"no time between {request.first} and {request.last}", mend="--from comes first")
    return (since is None or start >= since) and (until is None or start < until)
