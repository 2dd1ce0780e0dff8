"""Planning a billing run: which invoices it makes, and what each of them bills."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from usagebill_tui.billing.due import Contract, DuePeriod, due_periods
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.product import Product
from usagebill_tui.store.ledger import CLOSING, Billed, Item


class Work(msgspec.Struct, frozen=True):
    """One invoice to make: a period, the products on it, the items it claims, the draft that it renews.

    `known` are all invoices of the period so far, this draft and void ones included.
    """

    due: DuePeriod
    products: tuple[Product, ...]
    items: tuple[Item, ...]
    identity: str
    known: tuple[Invoice, ...]
    renews: Invoice | None


class Books:
    """What was billed before: items, invoices by period, and what each invoice bills."""

    def __init__(self, billed: Mapping[Item, Billed], invoices: Iterable[Invoice]) -> None:
        self.billed = billed
        self._of_invoice: dict[str, list[Item]] = defaultdict(list)
        for item, where in billed.items():
            self._of_invoice[where.invoice].append(item)
        self._of_period: dict[tuple[str, str], list[Invoice]] = defaultdict(list)
        for invoice in invoices:
            # An invoice's id carries the first day of its period.
            first = invoice.id.removeprefix(f"{invoice.subscription}_")[:10]
            self._of_period[invoice.subscription, first].append(invoice)

    def is_open(self, item: Item) -> bool:
        """Tell whether an item is on no invoice, or on a draft."""
        where = self.billed.get(item)
        return where is None or where.status == "draft"

    def of_invoice(self, invoice: Invoice) -> Sequence[Item]:
        """Return what an invoice bills."""
        return self._of_invoice.get(invoice.id, ())

    def of_period(self, due: DuePeriod) -> Sequence[Invoice]:
        """Return the invoices of a period, void ones included, by id."""
        return self._of_period.get((due.contract.subscription.id, due.full.first.isoformat()), ())


def plan(bound: Iterable[Contract], days: Days, books: Books, now: datetime) -> tuple[list[Work], int]:
    """Return the invoices to make, and how many periods are on final invoices already."""
    work: list[Work] = []
    finished = 0
    for contract in bound:
        for due in due_periods(contract, days, now):
            items = due.items()
            open_items = [item for item in items if books.is_open(item)]
            finished += bool(items) and not open_items
            # What closes comes last: minimum and maximum count what the others come to.
            work += sorted(_works(due, open_items, books), key=lambda one: one.due.closes)
    return work, finished


def _works(due: DuePeriod, items: Sequence[Item], books: Books) -> Iterator[Work]:
    """Yield the work on each draft that bills some of the items; what none bills joins the first."""
    known = tuple(books.of_period(due))
    on_drafts = {books.billed[item].invoice for item in items if item in books.billed}
    drafts = [invoice for invoice in known if invoice.id in on_drafts]
    new = [item for item in items if item not in books.billed]
    for draft in drafts:
        yield _work(due, [*books.of_invoice(draft), *new], draft.id, known, draft)
        new = []
    if new:
        base = f"{due.contract.subscription.id}_{due.full.first.isoformat()}"
        yield _work(due, new, f"{base}_{len(known) + 1}" if known else base, known, None)


def _work(
    due: DuePeriod, items: Iterable[Item], identity: str, known: tuple[Invoice, ...], renews: Invoice | None
) -> Work:
    codes = {item.product: item for item in items}
    products = tuple(p for p in due.contract.version.products if p.code in codes)
    part = msgspec.structs.replace(due, closes=CLOSING in codes)
    return Work(part, products, tuple(codes.values()), identity, known, renews)
