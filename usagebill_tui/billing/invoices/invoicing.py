"""Billing a range of days: which invoices are made, all of them in one transaction.

What is due is planned (`planning`), rated and composed (`making`), put on a `shelf`, and in the end written
together (`writing`). A dry run makes the very same invoices and takes the transaction back.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import date, timedelta

from usagebill_tui.billing.collecting import seldom_collecting
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import Contract, contracts
from usagebill_tui.billing.invoices.making import Making
from usagebill_tui.billing.invoices.pieces import pieces
from usagebill_tui.billing.invoices.planning import Books, Due, Work, all_due, books_of, plan, renewals
from usagebill_tui.billing.invoices.runs import Run
from usagebill_tui.billing.invoices.writing import Before, Taken, write
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.periods import Days
from usagebill_tui.errors import NotFound, UsagebillError
from usagebill_tui.store.adjustments import pending_adjustments
from usagebill_tui.store.billed import last_entry
from usagebill_tui.store.catalogue import edition, load_catalogue
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import billed_items, invoices, invoices_touching

_ATTEMPTS = 5
_TOGETHER = 5_000
"""Contracts whose usage is measured together: each time all events of a period are looked through."""


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
        with suppress(Taken), seldom_collecting():
            return _attempt(house, days, customers, dry_run=dry_run, finalize=finalize)
    raise _too_late()


def _too_late() -> UsagebillError:
    return UsagebillError(
        "others kept billing the same periods or changing the catalogue", mend="try again when they are done"
    )


def _attempt(house: House, days: Days, customers: tuple[str, ...], *, dry_run: bool, finalize: bool) -> Run:
    now = house.clock()
    with house.database.reading() as session:
        catalogue, before = load_catalogue(session), _before(session, days)
    _check_known(catalogue, customers)
    making = Making(house, catalogue, before.pending, finalize=finalize)
    finished = 0
    unended: list[str] = []
    for bound in pieces(contracts(catalogue, customers), lambda one: one.customer.id, _TOGETHER):
        due, running = all_due(bound, days, now)
        unended += running
        work, settled = _planned(house, bound, due, before)
        finished += settled
        making.add(work)
    named = {one.subscription.id for one in contracts(catalogue, customers)} if customers else None
    making.settle(named)
    made = write(house, making, before, dry_run=dry_run, finalize=finalize)
    return _run(making, made, finished, unended)


def _before(session: Session, days: Days) -> Before:
    return Before(
        edition=edition(session),
        entry=last_entry(session),
        pending=tuple(pending_adjustments(session)),
        days=days,
    )


def _planned(
    house: House, bound: Sequence[Contract], due: Sequence[Due], before: Before
) -> tuple[list[Work], int]:
    """Return what is to be made for some contracts, and how many of their periods were billed before."""
    with house.database.reading() as session:
        before.check_not_billed(session, {one.subscription.id for one in bound})
        books = books_of(session, due)
    return plan(due, books)


def renew(house: House, drafts: Collection[str]) -> Run:
    """Make drafts anew, by id, for what they bill, as their contracts are now."""
    for _ in range(_ATTEMPTS):
        with suppress(Taken):
            return _renewed(house, drafts)
    raise _too_late()


def _renewed(house: House, drafts: Collection[str]) -> Run:
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        found = invoices(session, ids=sorted(drafts))
        days = _days_of(found)
        before = _before(session, days)
        named = {one.subscription for one in found}
        books = Books(billed_items(session, days, named), invoices_touching(session, days, named))
    bound = [one for one in contracts(catalogue) if one.subscription.id in named]
    making = Making(house, catalogue, before.pending, finalize=False)
    making.add(renewals(bound, books, drafts))
    making.settle(named)
    return _run(making, write(house, making, before, dry_run=False, finalize=False))


def _days_of(found: Iterable[Invoice]) -> Days:
    """Return days in UTC between which all periods of some invoices lie."""
    spans = [one.period for one in found]
    if not spans:
        return Days(date.min, date.min)
    margin = timedelta(days=1)
    return Days(
        min(span.start for span in spans).date() - margin, max(span.end for span in spans).date() + margin
    )


def _run(making: Making, made: Sequence[Invoice], billed: int = 0, unended: Iterable[str] = ()) -> Run:
    return Run(
        invoices=made,
        summaries=tuple(making.summaries),
        unchanged=making.unchanged,
        billed=billed,
        unfinished=tuple(unended),
        failures=tuple(making.failures),
        not_rated=tuple(making.not_rated),
    )


def _check_known(catalogue: Catalogue, customers: Iterable[str]) -> None:
    for customer in customers:
        if customer not in catalogue.customers:
            mend = suggestion(customer, catalogue.customers)
            raise NotFound(f"there is no customer {customer!r}", mend=mend)
