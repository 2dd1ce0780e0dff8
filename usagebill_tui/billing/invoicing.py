"""Billing a range of days: which invoices are made, all of them in one transaction.

A dry run makes the very same invoices and takes the transaction back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

import msgspec

from usagebill_tui.billing.accounts import Accounts
from usagebill_tui.billing.composing import compose
from usagebill_tui.billing.due import Contract, DuePeriod, contracts, due_periods, unfinished
from usagebill_tui.billing.house import House
from usagebill_tui.billing.lifecycle import finalized
from usagebill_tui.billing.rating import Rated, Rater
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.product import Product
from usagebill_tui.errors import NotFound, UsagebillError
from usagebill_tui.store.audit import record
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import Billed, Item, billed_items, invoices_of, put_draft

_ATTEMPTS = 5


class Failure(msgspec.Struct, frozen=True):
    """A customer that could not be billed, and why."""

    customer: str
    subscription: str
    reason: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What a billing run did.

    `invoices` were made or changed; `unchanged` drafts came out as they were; `billed` periods have a final
    invoice; `unfinished` subscriptions have a period in the range that has not ended.
    """

    invoices: tuple[Invoice, ...]
    unchanged: int
    billed: int
    unfinished: tuple[str, ...]
    failures: tuple[Failure, ...]


class _Taken(Exception):
    """Somebody else billed meanwhile."""


class _TakeBack(Exception):
    """A dry run ends here."""


class _Work(msgspec.Struct, frozen=True):
    """One invoice to make: a period, the products on it, the items it claims, the draft that it renews."""

    due: DuePeriod
    products: tuple[Product, ...]
    items: tuple[Item, ...]
    identity: str
    earlier: tuple[Invoice, ...]
    renews: Invoice | None


def bill(
    house: House,
    days: Days,
    customers: tuple[str, ...] = (),
    *,
    dry_run: bool = False,
    finalize: bool = False,
) -> Run:
    """Make the invoices for the periods that end in (first, after] of `days`, in each customer's zone.

    Fees in advance are billed where their period starts in [first, after). Drafts are renewed, final
    invoices never touched. Raises NotFound for an unknown customer.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _attempt(house, days, customers, dry_run=dry_run, finalize=finalize)
        except _Taken:
            continue
    raise UsagebillError("others kept billing the same periods", mend="try again when they are done")


def _attempt(house: House, days: Days, customers: tuple[str, ...], *, dry_run: bool, finalize: bool) -> Run:
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        _check_known(catalogue, customers)
        bound = list(contracts(catalogue, customers))
        billed = billed_items(session, [c.subscription.id for c in bound])
        existing = _by_period(invoices_of(session, [c.subscription.id for c in bound]))
    snapshot = house.events.snapshot()
    work, finished = _plan(house, bound, days, billed, existing)
    rated, failures = _rate(Rater(house, Accounts(catalogue), snapshot), work)
    made = [
        (w, compose(r, identity=w.identity, status="draft", snapshot=snapshot, earlier=w.earlier))
        for w, r in rated
    ]
    changed = [(w, invoice) for w, invoice in made if finalize or not _same(w.renews, invoice)]
    stored = _store(house, changed, billed, dry_run=dry_run, finalize=finalize)
    return Run(
        invoices=tuple(stored),
        unchanged=len(made) - len(changed),
        billed=finished,
        unfinished=tuple(c.subscription.id for c in bound if unfinished(c, days, house.clock())),
        failures=tuple(failures),
    )


def _plan(
    house: House,
    bound: Iterable[Contract],
    days: Days,
    billed: Mapping[Item, Billed],
    existing: Mapping[tuple[str, str], list[Invoice]],
) -> tuple[list[_Work], int]:
    """Return the invoices to make, and how many periods are on final invoices already."""
    work: list[_Work] = []
    finished = 0
    now = house.clock()
    for contract in bound:
        for due in due_periods(contract, days, now):
            items = due.items()
            open_items = [item for item in items if item not in billed or billed[item].status == "draft"]
            if items and not open_items:
                finished += 1
            if open_items:
                known = existing.get((contract.subscription.id, due.full.first.isoformat()), [])
                work.append(_work(due, open_items, billed, known))
    return work, finished


def _work(
    due: DuePeriod, items: Sequence[Item], billed: Mapping[Item, Billed], known: Sequence[Invoice]
) -> _Work:
    drafts = {billed[item].invoice for item in items if item in billed}
    renews = next((invoice for invoice in known if invoice.id in drafts), None)
    # What a draft bills already stays on it, even where only its other half is due now.
    kept = [item for item, where in billed.items() if renews is not None and where.invoice == renews.id]
    claimed = tuple(dict.fromkeys([*items, *kept]))
    codes = {item.product for item in claimed}
    products = tuple(p for p in due.contract.version.products if p.code in codes)
    closes = due.closes or any(item.product == "" for item in claimed)
    base = f"{due.contract.subscription.id}_{due.full.first.isoformat()}"
    identity = renews.id if renews is not None else base if not known else f"{base}_{len(known) + 1}"
    earlier = tuple(i for i in known if i.status != "void" and i.id != identity)
    return _Work(msgspec.structs.replace(due, closes=closes), products, claimed, identity, earlier, renews)


def _rate(rater: Rater, work: Sequence[_Work]) -> tuple[list[tuple[_Work, Rated]], list[Failure]]:
    """Rate all together; where that fails, one by one, so that one customer's fault stays its own."""
    try:
        return list(zip(work, rater.rate([(w.due, w.products) for w in work]), strict=True)), []
    except UsagebillError:
        rated, failures = [], []
        for one in work:
            try:
                rated.append((one, rater.rate([(one.due, one.products)])[0]))
            except UsagebillError as error:
                contract = one.due.contract
                failures.append(Failure(contract.customer.id, contract.subscription.id, str(error)))
        return rated, failures


def _store(
    house: House,
    made: Sequence[tuple[_Work, Invoice]],
    seen: Mapping[Item, Billed],
    *,
    dry_run: bool,
    finalize: bool,
) -> list[Invoice]:
    subscriptions = {work.due.contract.subscription.id for work, _ in made}
    expected = {item: where for item, where in seen.items() if item.subscription in subscriptions}
    stored: list[Invoice] = []
    with suppress(_TakeBack), house.database.writing() as session:
        _check_still(expected, billed_items(session, subscriptions))
        stored += _written(house, session, made, finalize=finalize)
        if dry_run:
            raise _TakeBack
    return stored


def _written(
    house: House, session: Session, made: Sequence[tuple[_Work, Invoice]], *, finalize: bool
) -> Iterator[Invoice]:
    for work, invoice in made:
        put_draft(session, invoice, work.items)
        action = "add" if work.renews is None else "renew"
        record(session, house.author(), action, "invoice", invoice.id, after={"total": str(invoice.total)})
        terms = work.due.contract.version.plan.payment_terms_days
        yield finalized(house, session, invoice, terms, work.due.contract.customer) if finalize else invoice


def _check_still(expected: Mapping[Item, Billed], now: Mapping[Item, Billed]) -> None:
    if dict(now) != dict(expected):
        raise _Taken


def _same(draft: Invoice | None, invoice: Invoice) -> bool:
    return draft is not None and msgspec.structs.replace(draft, snapshot=invoice.snapshot) == invoice


def _by_period(known: Iterable[Invoice]) -> dict[tuple[str, str], list[Invoice]]:
    """Group invoices by subscription and the first day of their period, which their ids carry."""
    groups: dict[tuple[str, str], list[Invoice]] = defaultdict(list)
    for invoice in known:
        first = invoice.id.removeprefix(f"{invoice.subscription}_")[:10]
        groups[invoice.subscription, first].append(invoice)
    return groups


def _check_known(catalogue: Catalogue, customers: Iterable[str]) -> None:
    for customer in customers:
        if customer not in catalogue.customers:
            raise NotFound(f"there is no customer {customer!r}", mend="`usagebill customers` lists them")
