"""What our invoices charge for products in a period; where there are none yet, what they would."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import Contract
from usagebill_tui.billing.invoices.invoicing import bill
from usagebill_tui.billing.usage.accounts import active_days
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice, Line
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.store.ledger import invoices_touching

_INSTANT = timedelta(microseconds=1)


class Key(NamedTuple):
    """What is compared: a customer's product in a period and a currency."""

    customer: str
    product: str
    period: Days
    currency: str


class Charged(NamedTuple):
    """A line of an invoice, or of one that billing would make, with the contract it was made under."""

    invoice: Invoice
    line: Line
    contract: Contract | None


class Ours(msgspec.Struct, frozen=True):
    """All lines of one key."""

    lines: tuple[Charged, ...]

    @property
    def amount(self) -> Decimal:
        """Return what they come to, before discounts and tax."""
        with exact_arithmetic():
            return sum((one.line.amount for one in self.lines), Decimal(0))

    @property
    def invoices(self) -> tuple[str, ...]:
        """Return the invoices by number, drafts by id; one that is not stored counts by its id as well."""
        return tuple(dict.fromkeys(one.invoice.number or one.invoice.id for one in self.lines))


def ours(house: House, catalogue: Catalogue, periods: Iterable[Days]) -> dict[Key, Ours]:
    """Return our lines by customer, product, period and currency; plan minimum and maximum under those names.

    Void invoices and lines that settle earlier invoices do not count. Customers without any invoice of a
    period are billed for it on trial.
    """
    found: dict[Key, list[Charged]] = {}
    for period in periods:
        for key, one in _of_period(house, catalogue, period):
            found.setdefault(key, []).append(one)
    return {key: Ours(tuple(lines)) for key, lines in found.items()}


def _of_period(house: House, catalogue: Catalogue, period: Days) -> Iterator[tuple[Key, Charged]]:
    with house.database.reading() as session:
        stored = [one for one in invoices_touching(session, period) if one.status != "void"]
    lines = list(_lines(stored, catalogue, period))
    known = {key.customer for key, _ in lines}
    active = {
        one.customer
        for one in catalogue.subscriptions.values()
        if active_days(one).overlap(period) is not None
    }
    yield from lines
    left = active - known
    if left:
        customers = tuple(sorted(left)) if known else ()
        trial = bill(house, period, customers, dry_run=True).invoices
        yield from _lines((one for one in trial if one.customer in left), catalogue, period)


def _lines(invoices: Iterable[Invoice], catalogue: Catalogue, period: Days) -> Iterator[tuple[Key, Charged]]:
    for invoice in invoices:
        contract = contract_of(invoice, catalogue)
        for line in invoice.lines:
            if line.kind != "adjustment" and _falls_in(line, invoice, contract, catalogue, period):
                key = Key(invoice.customer, line.product or line.kind, period, invoice.currency)
                yield key, Charged(invoice, line, contract)


def contract_of(invoice: Invoice, catalogue: Catalogue) -> Contract | None:
    """Return the contract of an invoice as it is today, on the plan version that was billed."""
    plan, _, number = invoice.plan.rpartition("@")
    version = catalogue.versions.get((plan, int(number)))
    subscription = catalogue.subscriptions.get(invoice.subscription)
    if version is None or subscription is None:
        return None
    return Contract(subscription, catalogue.customers[invoice.customer], version)


def _falls_in(
    line: Line, invoice: Invoice, contract: Contract | None, catalogue: Catalogue, period: Days
) -> bool:
    """Tell whether a line's period ends within a period, or starts there where its fee is in advance."""
    local = zone(catalogue.customers[invoice.customer].timezone)
    if line.kind == "fee" and _in_advance(line, contract):
        return local_day(line.period.start, local) in period
    return local_day(line.period.end - _INSTANT, local) in period


def _in_advance(line: Line, contract: Contract | None) -> bool:
    products: Mapping[str, str] = (
        {} if contract is None else {one.code: one.timing for one in contract.version.products}
    )
    return products.get(line.product or "") == "advance"
