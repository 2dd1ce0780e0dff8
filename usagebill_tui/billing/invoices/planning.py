"""Planning a billing run: which invoices it makes, and what each of them bills."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from usagebill_tui.billing.invoices.due import Contract, DuePeriod, Portion, due_on, due_periods, runs_on
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.periods import Days
from usagebill_tui.store.billed import billed_on, period_of
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import CLOSING, Billed, Item, billed_between, invoices_between


class Work(msgspec.Struct, frozen=True):
    """One invoice to make: a period, what of it is billed, the items it claims, the draft that it renews.

    `known` are all invoices of the period so far, this draft and void ones included.
    """

    due: DuePeriod
    portions: tuple[Portion, ...]
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
            self._of_period[period_of(invoice)].append(invoice)

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

    def periods(self) -> Iterator[tuple[str, date, Sequence[Invoice]]]:
        """Yield each subscription's periods, by first day, with their invoices, void ones included."""
        for (subscription, first), invoices in sorted(self._of_period.items()):
            yield subscription, date.fromisoformat(first), invoices


class Due(NamedTuple):
    """A period that is due, and what bills it by invoice."""

    period: DuePeriod
    bundles: Sequence[Sequence[Item]]


def all_due(bound: Iterable[Contract], days: Days, now: datetime) -> tuple[list[Due], list[str]]:
    """Return the periods of contracts of which something is billed with some days.

    With them come the subscriptions of which a period should end within these days and has not ended yet.
    """
    due: list[Due] = []
    unended: dict[str, None] = {}
    for contract in bound:
        for period in due_periods(contract, days, now):
            bundles = period.bundles()
            if bundles:
                due.append(Due(period, bundles))
            if runs_on(period, days, now):
                unended[contract.subscription.id] = None
    return due, list(unended)


def books_of(session: Session, due: Sequence[Due]) -> Books:
    """Return what was billed before of these periods, and their invoices, and nothing else."""
    if not due:
        return Books({}, ())
    names = {one.period.contract.subscription.id for one in due}
    starts = [item.period_start for one in due for items in one.bundles for item in items]
    billed = billed_between(session, min(starts), max(starts), names)
    first, after = min(one.period.full.first for one in due), max(one.period.full.after for one in due)
    known = invoices_between(session, first, after, names)
    drafts = [one.id for one in known if one.status == "draft"]
    return Books(billed | billed_on(session, drafts), known)


def plan(due: Iterable[Due], books: Books) -> tuple[list[Work], int]:
    """Return the invoices to make, and how many periods are on final invoices already."""
    work: list[Work] = []
    finished = 0
    for period, bundles in due:
        open_bundles = [[item for item in items if books.is_open(item)] for items in bundles]
        finished += not any(open_bundles)
        works: list[Work] = []
        for items in open_bundles:
            works += _works(period, items, books, [one.identity for one in works])
        # What closes comes last: minimum and maximum count what the others come to.
        work += sorted(works, key=lambda one: one.due.closes)
    return work, finished


def _works(due: DuePeriod, items: Sequence[Item], books: Books, taken: Sequence[str]) -> Iterator[Work]:
    """Yield the work on each draft that bills some of the items; what none bills joins the first.

    `taken` are the invoices of the period that are made already.
    """
    known = tuple(books.of_period(due))
    on_drafts = {books.billed[item].invoice for item in items if item in books.billed}
    drafts = [invoice for invoice in known if invoice.id in on_drafts]
    new = [item for item in items if item not in books.billed]
    for draft in drafts:
        yield _work(due, [*books.of_invoice(draft), *new], draft.id, known, draft)
        new = []
    if new:
        base = f"{due.contract.subscription.id}_{due.full.first.isoformat()}"
        count = len({*taken, *(invoice.id for invoice in known)})
        yield _work(due, new, f"{base}_{count + 1}" if count else base, known, None)


def renewals(bound: Iterable[Contract], books: Books, drafts: Collection[str]) -> list[Work]:
    """Return the work on drafts, by id, as their contracts are now: each bills what of it still stands."""
    contracts = {contract.subscription.id: contract for contract in bound}
    work: list[Work] = []
    for subscription, first, known in books.periods():
        for draft in known:
            if draft.id in drafts and draft.status == "draft":
                due = due_on(contracts[subscription], first)
                items = [item for item in books.of_invoice(draft) if _stands(due, item)]
                work.append(_work(due, items, draft.id, tuple(known), draft))
    return sorted(work, key=_in_turn)


def _in_turn(work: Work) -> tuple[str, str, bool]:
    """Return the order of work: by customer and subscription, what closes last."""
    contract = work.due.contract
    return contract.customer.id, contract.subscription.id, work.due.closes


def _stands(due: DuePeriod, item: Item) -> bool:
    """Tell whether an item has active days."""
    if item.product == CLOSING:
        return bool(due.active.count)
    return all(one.due.active.count for one in portions_of(due, [item]))


def _work(
    due: DuePeriod, items: Iterable[Item], identity: str, known: tuple[Invoice, ...], renews: Invoice | None
) -> Work:
    claimed = tuple(dict.fromkeys(items))
    closing = closes(claimed)
    part = due if due.closes == closing else msgspec.structs.replace(due, closes=closing)
    return Work(part, portions_of(part, claimed), claimed, identity, known, renews)


def portions_of(due: DuePeriod, items: Iterable[Item]) -> tuple[Portion, ...]:
    """Return what items claim as it is billed with a period, in the plan's order."""
    starts: dict[str, list[date]] = defaultdict(list)
    for item in items:
        starts[item.product].append(item.period_start)
    return tuple(
        due.portion(product, first)
        for product in due.contract.version.products
        for first in sorted(starts.get(product.code, ()))
    )


def closes(items: Iterable[Item]) -> bool:
    """Tell whether items close their period: its minimum and maximum spend."""
    return any(item.product == CLOSING for item in items)
