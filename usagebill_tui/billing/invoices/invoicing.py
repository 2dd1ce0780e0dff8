"""Billing a range of days: which invoices are made, all of them in one transaction.

A dry run makes the very same invoices and takes the transaction back.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta

import msgspec

from usagebill_tui.billing.adjustments.carrying import Carried, as_settled, carry_on
from usagebill_tui.billing.adjustments.ended import settlements
from usagebill_tui.billing.collecting import seldom_collecting
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.composing import compose
from usagebill_tui.billing.invoices.due import contracts, unfinished
from usagebill_tui.billing.invoices.lifecycle import as_final
from usagebill_tui.billing.invoices.planning import Books, Work, plan, renewals
from usagebill_tui.billing.invoices.rating import Rated, Rater
from usagebill_tui.billing.prepaid.applying import apply_credits, expected
from usagebill_tui.billing.prepaid.units import unit_pool
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.periods import Days
from usagebill_tui.errors import NotFound, UsagebillError
from usagebill_tui.store.adjustments import Accepted, adjustments_of, carry, pending_adjustments
from usagebill_tui.store.audit import Told, record_all
from usagebill_tui.store.catalogue import edition, load_catalogue
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import Billed, Item, billed_items, invoices, invoices_touching, to_minor
from usagebill_tui.store.postings import Posting, post

_ATTEMPTS = 5


class Failure(msgspec.Struct, frozen=True):
    """A customer that could not be billed, and why."""

    customer: str
    subscription: str
    reason: str


class NotRated(msgspec.Struct, frozen=True):
    """A line, by its number from 1, that could not be priced, and why; its invoice stays a draft."""

    customer: str
    invoice: str
    line: int
    product: str
    reason: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What a billing run did.

    `invoices` were made or changed; `unchanged` drafts came out as they were; `billed` periods have a final
    invoice; `unfinished` subscriptions have a period in the range that has not ended.
    `not_rated` lines keep the invoices that they are on drafts.
    """

    invoices: tuple[Invoice, ...]
    unchanged: int
    billed: int
    unfinished: tuple[str, ...]
    failures: tuple[Failure, ...]
    not_rated: tuple[NotRated, ...] = ()


class _Taken(Exception):
    """Somebody else billed, or changed the catalogue, meanwhile."""


class _TakeBack(Exception):
    """A dry run ends here."""


class _Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be billed, under which edition of the catalogue; `subscriptions` of None are all."""

    days: Days
    edition: int
    subscriptions: tuple[str, ...] | None
    dry_run: bool
    finalize: bool


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
        with suppress(_Taken), seldom_collecting():
            return _attempt(house, days, customers, dry_run=dry_run, finalize=finalize)
    raise _too_late()


def _too_late() -> UsagebillError:
    return UsagebillError(
        "others kept billing the same periods or changing the catalogue", mend="try again when they are done"
    )


def _attempt(house: House, days: Days, customers: tuple[str, ...], *, dry_run: bool, finalize: bool) -> Run:
    now = house.clock()
    with house.database.reading() as session:
        catalogue, agreed = load_catalogue(session), edition(session)
        _check_known(catalogue, customers)
        bound = list(contracts(catalogue, customers))
        named = tuple(c.subscription.id for c in bound) if customers else None
        books = Books(billed_items(session, days, named), invoices_touching(session, days, named))
        pending = pending_adjustments(session)
    work, finished = plan(bound, days, books, now)
    asked = _Bill(days=days, edition=agreed, subscriptions=named, dry_run=dry_run, finalize=finalize)
    run = _made(house, catalogue, work, books, pending, asked)
    unended = tuple(c.subscription.id for c in bound if unfinished(c, days, now))
    return msgspec.structs.replace(run, billed=finished, unfinished=unended)


def renew(house: House, drafts: Collection[str]) -> Run:
    """Make drafts anew, by id, for what they bill, as their contracts are now."""
    for _ in range(_ATTEMPTS):
        with suppress(_Taken):
            return _renewed(house, drafts)
    raise _too_late()


def _renewed(house: House, drafts: Collection[str]) -> Run:
    with house.database.reading() as session:
        catalogue, agreed = load_catalogue(session), edition(session)
        found = invoices(session, ids=sorted(drafts))
        days = _days_of(found)
        named = tuple(sorted({one.subscription for one in found}))
        books = Books(billed_items(session, days, named), invoices_touching(session, days, named))
        pending = pending_adjustments(session)
    bound = [one for one in contracts(catalogue) if one.subscription.id in named]
    work = renewals(bound, books, drafts)
    asked = _Bill(days=days, edition=agreed, subscriptions=named, dry_run=False, finalize=False)
    return _made(house, catalogue, work, books, pending, asked)


def _days_of(found: Iterable[Invoice]) -> Days:
    """Return days in UTC between which all periods of some invoices lie."""
    spans = [one.period for one in found]
    if not spans:
        return Days(date.min, date.min)
    margin = timedelta(days=1)
    return Days(
        min(span.start for span in spans).date() - margin, max(span.end for span in spans).date() + margin
    )


def _made(
    house: House,
    catalogue: Catalogue,
    work: Sequence[Work],
    books: Books,
    pending: Sequence[Accepted],
    asked: _Bill,
) -> Run:
    """Rate, compose and store what is to be made."""
    work = _with_settled(house, work)
    snapshot = house.events.snapshot()
    with house.database.reading() as session:
        owners = None if asked.subscriptions is None else sorted({w.due.contract.customer.id for w in work})
        units = unit_pool(session, owners, (w.identity for w in work))
    rated, failures = rate_each(Rater(house, Accounts(catalogue), snapshot, units=units), work)
    composed, unfit = _composed(rated, snapshot)
    made, carried = carry_on(composed, pending)
    with house.database.reading() as session:
        mine = [
            one
            for one in carried.left
            if asked.subscriptions is None or one.subscription in asked.subscriptions
        ]
        apart = settlements(session, catalogue, mine, snapshot, house.clock())
    made += [(one, invoice) for one, invoice, _ in apart]
    carried = carried.also({invoice.id: ids for _, invoice, ids in apart})
    changed = [
        (w, invoice)
        for w, invoice in made
        if _ready(invoice, finalize=asked.finalize) or not _same(w.renews, invoice)
    ]
    stored = _store(house, asked, changed, books.billed, carried)
    return Run(
        invoices=tuple(expected(house, stored)),
        unchanged=len(made) - len(changed),
        billed=0,
        unfinished=(),
        failures=(*failures, *unfit),
        not_rated=tuple(each for _, invoice in made for each in _not_rated(invoice)),
    )


def _with_settled(house: House, work: Sequence[Work]) -> list[Work]:
    """Return work that counts the other invoices of its period as what was settled of them leaves them."""
    final = {one.id for each in work for one in each.known if one.status in {"final", "paid"}}
    with house.database.reading() as session:
        accepted = adjustments_of(session, final)
    if not accepted:
        return list(work)
    return [
        msgspec.structs.replace(
            one, known=tuple(as_settled(known, accepted.get(known.id, ())) for known in one.known)
        )
        for one in work
    ]


def rate_each(rater: Rater, work: Sequence[Work]) -> tuple[list[tuple[Work, Rated]], list[Failure]]:
    """Rate all together; where that fails, in halves, so that one customer's fault stays its own."""
    try:
        return list(zip(work, rater.rate([(w.due, w.portions) for w in work]), strict=True)), []
    except UsagebillError as error:
        if len(work) == 1:
            return [], [_failure(work[0], error)]
    middle = len(work) // 2
    rated, failures = rate_each(rater, work[:middle])
    more_rated, more_failures = rate_each(rater, work[middle:])
    return rated + more_rated, failures + more_failures


def _composed(
    rated: Sequence[tuple[Work, Rated]], snapshot: int
) -> tuple[list[tuple[Work, Invoice]], list[Failure]]:
    """Return the invoices that have lines, each counting what those before it of the same period come to."""
    coming = {work.identity for work, _ in rated}
    made: dict[str, Invoice] = {}
    by_period: dict[tuple[str, str], list[Invoice]] = {}
    kept: list[tuple[Work, Invoice]] = []
    failures: list[Failure] = []
    for work, one in rated:
        period = work.due.contract.subscription.id, work.due.full.first.isoformat()
        stored = {invoice.id for invoice in work.known}
        new = [invoice for invoice in by_period.get(period, ()) if invoice.id not in stored]
        earlier = [*_earlier(work, made, coming), *new]
        try:
            invoice = compose(one, identity=work.identity, status="draft", snapshot=snapshot, earlier=earlier)
            to_minor(invoice.total, invoice.currency)
        except UsagebillError as error:
            failures.append(_failure(work, error))
            continue
        made[work.identity] = invoice
        by_period.setdefault(period, []).append(invoice)
        if invoice.lines or work.renews is not None:
            kept.append((work, invoice))
    return kept, failures


def _earlier(work: Work, made: Mapping[str, Invoice], coming: Collection[str]) -> list[Invoice]:
    """Return the other invoices of a period as this run leaves them; those yet to be made do not count."""
    return [
        made.get(invoice.id, invoice)
        for invoice in work.known
        if invoice.status != "void"
        and invoice.id != work.identity
        and (invoice.id in made or invoice.id not in coming)
    ]


def _store(
    house: House,
    asked: _Bill,
    made: Sequence[tuple[Work, Invoice]],
    seen: Mapping[Item, Billed],
    carried: Carried,
) -> list[Invoice]:
    touched = {work.due.contract.subscription.id for work, _ in made}
    stored: list[Invoice] = []
    with suppress(_TakeBack), house.database.writing() as session:
        if edition(session) != asked.edition:
            raise _Taken
        now = billed_items(session, asked.days, asked.subscriptions)
        if _only(touched, seen) != _only(touched, now):
            raise _Taken
        if not carried.holds(pending_adjustments(session)):
            raise _Taken
        stored += _written(house, session, made, finalize=asked.finalize)
        carry(session, carried.by(invoice.id for _, invoice in made))
        if asked.dry_run:
            raise _TakeBack
    return stored


def _written(
    house: House, session: Session, made: Sequence[tuple[Work, Invoice]], *, finalize: bool
) -> list[Invoice]:
    author = house.author()
    invoices = [invoice for _, invoice in made]
    ready = [place for place, invoice in enumerate(invoices) if _ready(invoice, finalize=finalize)]
    if ready:
        bound = [made[place][0].due.contract for place in ready]
        finals = as_final(session, [invoices[place] for place in ready], bound, author.at)
        for place, final in zip(ready, finals, strict=True):
            invoices[place] = final
    postings = [
        Posting(invoice, work.items, work.renews is not None)
        for (work, _), invoice in zip(made, invoices, strict=True)
    ]
    post(session, postings, author)
    record_all(session, author, (told for posting in postings for told in _told(posting)))
    standing = apply_credits(session, [invoices[place] for place in ready], author)
    for place, one in zip(ready, standing, strict=True):
        invoices[place] = one
    return invoices


def _told(posting: Posting) -> Iterator[Told]:
    """Yield what the audit says of an invoice that is made, renewed or made final."""
    invoice = posting.invoice
    action = "renew" if posting.renews else "add"
    yield Told(action, "invoice", invoice.id, after={"total": str(invoice.total)})
    if invoice.number is not None:
        yield Told("finalize", "invoice", invoice.id, after={"number": invoice.number})


def _ready(invoice: Invoice, *, finalize: bool) -> bool:
    """Tell whether an invoice is to be made final now."""
    return finalize and not invoice.not_rated


def _not_rated(invoice: Invoice) -> list[NotRated]:
    return [
        NotRated(invoice.customer, invoice.id, number, line.product or "", line.not_rated or "")
        for number, line in invoice.not_rated
    ]


def _only(subscriptions: Collection[str], billed: Mapping[Item, Billed]) -> dict[Item, Billed]:
    return {item: where for item, where in billed.items() if item.subscription in subscriptions}


def _same(draft: Invoice | None, invoice: Invoice) -> bool:
    return draft is not None and msgspec.structs.replace(draft, snapshot=invoice.snapshot) == invoice


def _failure(work: Work, error: UsagebillError) -> Failure:
    contract = work.due.contract
    return Failure(contract.customer.id, contract.subscription.id, str(error))


def _check_known(catalogue: Catalogue, customers: Iterable[str]) -> None:
    for customer in customers:
        if customer not in catalogue.customers:
            mend = suggestion(customer, catalogue.customers)
            raise NotFound(f"there is no customer {customer!r}", mend=mend)
