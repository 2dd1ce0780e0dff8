"""Writing what a run made: everything in one transaction, or nothing.

Invoices are read from the shelf and written some hundred at a time. Only here do they get numbers, since
those have no gaps.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.lifecycle import next_invoice_numbers, numbered
from usagebill_tui.billing.invoices.making import Making
from usagebill_tui.billing.invoices.pieces import pieces
from usagebill_tui.billing.invoices.shelf import Made, Shelved, Standing, whole
from usagebill_tui.billing.prepaid.applying import apply_credits, expected, having_credits
from usagebill_tui.domain.bookkeeping import Leg
from usagebill_tui.domain.invoice import Invoice, filled
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.summary import Summary
from usagebill_tui.store.adjustments import Accepted, carry, pending_adjustments
from usagebill_tui.store.audit import Author, Told, record_all
from usagebill_tui.store.billed import billed_since
from usagebill_tui.store.catalogue import edition
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import Item
from usagebill_tui.store.postings import Posting, post

_TOGETHER = 500
"""Invoices that are written by one statement a table."""


class Taken(Exception):
    """Somebody else billed, or changed the catalogue, meanwhile."""


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was made from, with which it must agree as it is written: nobody billed or changed it since.

    `edition` is the catalogue's, `entry` the audit's, `days` those that are billed.
    """

    edition: int
    entry: int
    pending: tuple[Accepted, ...]
    days: Days

    def check_not_billed(self, session: Session, subscriptions: Collection[str]) -> None:
        """Raise Taken where somebody else billed one of these subscriptions since."""
        if not billed_since(session, self.entry, self.days).isdisjoint(subscriptions):
            raise Taken

    def check(self, session: Session, subscriptions: Collection[str]) -> None:
        """Raise Taken where anything is not as it was, of what these subscriptions are billed by."""
        if edition(session) != self.edition or tuple(pending_adjustments(session)) != self.pending:
            raise Taken
        self.check_not_billed(session, subscriptions)


class _TakeBack(Exception):
    """A dry run ends here."""


def write(house: House, making: Making, before: Before, *, dry_run: bool, finalize: bool) -> Shelved:
    """Write all that was made and return it as it stands then; a dry run takes it back.

    Raises Taken, and writes nothing, where what it was made from is not as it was.
    """
    standing: dict[str, Standing] = {}
    with suppress(_TakeBack), house.database.writing() as session:
        before.check(session, {one.subscription for one in making.summaries})
        author = house.author()
        renewed = _write(session, making, author, finalize=finalize)
        carry(session, {**dict.fromkeys(renewed, ()), **making.carried})
        standing |= _applied(session, making, author)
        if dry_run:
            raise _TakeBack
    standing |= _expected(house, making)
    return Shelved(making.shelf, making.summaries, standing)


def _write(session: Session, making: Making, author: Author, *, finalize: bool) -> list[str]:
    """Write invoices, final ones with the next numbers; return the ids of those that renew drafts."""
    unfit = {one.invoice for one in making.not_rated}
    ready = sum(one.id not in unfit for one in making.summaries) if finalize else 0
    numbers = iter(next_invoice_numbers(session, ready)) if ready else iter(())
    renewed: list[str] = []
    for start in range(0, len(making.shelf), _TOGETHER):
        postings = []
        stop = min(start + _TOGETHER, len(making.shelf))
        for place, made in enumerate(making.shelf.some(start, stop), start):
            one = making.summaries[place]
            if finalize and made.rated:
                one = numbered(one, next(numbers), made.timezone, made.terms, author.at)
                making.summaries[place] = one
            postings.append(_posting(made, one))
        post(session, postings, author)
        record_all(session, author, (told for posting in postings for told in _told(posting)))
        renewed += [one.invoice.id for one in postings if one.renews]
    return renewed


def _posting(made: Made, one: Summary) -> Posting:
    return Posting(
        invoice=one,
        document=filled(made.form, number=one.number, issued=one.issued, due=one.due),
        items=[Item(one.subscription, product, first) for product, first in made.items],
        legs=[Leg(*leg) for leg in made.legs],
        renews=made.renews,
    )


def _told(posting: Posting) -> Iterator[Told]:
    """Yield what the audit says of an invoice that is made, renewed or made final."""
    invoice = posting.invoice
    action = "renew" if posting.renews else "add"
    yield Told(action, "invoice", invoice.id, after={"total": str(invoice.total)})
    if invoice.number is not None:
        yield Told("finalize", "invoice", invoice.id, after={"number": invoice.number})


def _applied(session: Session, making: Making, author: Author) -> dict[str, Standing]:
    """Set balances and credits against final invoices, and return what that changed."""
    final = [place for place, one in enumerate(making.summaries) if one.number is not None]
    names = {making.summaries[place].customer for place in final}
    having = having_credits(session, sorted(names))
    standing: dict[str, Standing] = {}
    for places in _by_customers(making.summaries, final, having):
        standing |= _stand(making, places, apply_credits(session, _wholes(making, places), author))
    return standing


def _expected(house: House, making: Making) -> dict[str, Standing]:
    """Return what would be set against drafts if they were made final now."""
    drafts = [place for place, one in enumerate(making.summaries) if one.status == "draft"]
    if not drafts:
        return {}
    having = {one.customer for one in map(making.summaries.__getitem__, drafts) if one.amount_due < 0}
    names = {making.summaries[place].customer for place in drafts}
    with house.database.reading() as session:
        having |= having_credits(session, sorted(names))
    standing: dict[str, Standing] = {}
    for places in _by_customers(making.summaries, drafts, having):
        standing |= _stand(making, places, expected(house, _wholes(making, places)))
    return standing


def _by_customers(
    summaries: Sequence[Summary], places: Iterable[int], having: Collection[str]
) -> Iterator[list[int]]:
    """Yield the places of invoices of some customers, many at a time, all of a customer's together."""

    def customer_of(place: int) -> str:
        return summaries[place].customer

    wanted = sorted((place for place in places if customer_of(place) in having), key=customer_of)
    return pieces(wanted, customer_of, _TOGETHER)


def _wholes(making: Making, places: Iterable[int]) -> list[Invoice]:
    return [whole(making.shelf, place, making.summaries[place]) for place in places]


def _stand(making: Making, places: Iterable[int], found: Iterable[Invoice]) -> dict[str, Standing]:
    """Take down how invoices stand now; return what is set against those that anything is set against."""
    standing: dict[str, Standing] = {}
    for place, one in zip(places, found, strict=True):
        making.summaries[place] = msgspec.structs.replace(
            making.summaries[place], status=one.status, amount_due=one.amount_due
        )
        if one.applied:
            standing[one.id] = Standing(one.credits, one.applied)
    return standing
