"""Prepaid units: taken off a product's usage before its price, once per unit, in the order of the credits."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from usagebill_tui.domain.bookkeeping import earned_legs
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.invoice import Invoice, Line, PrepaidUnits, canonical
from usagebill_tui.domain.prepaid import Credit
from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import Refused
from usagebill_tui.store.audit import Author
from usagebill_tui.store.credits import Move, add_moves, author_of, credits_of
from usagebill_tui.store.database import Session
from usagebill_tui.store.entries import Movement, enter
from usagebill_tui.store.ledger import invoices

_ZERO = Decimal(0)
_Key = tuple[str, str, str, str]


class UnitSource(Protocol):
    """Where a line's prepaid units come from."""

    def take(
        self, customer: Customer, subscription: str, line: Line, wanted: Decimal
    ) -> tuple[PrepaidUnits, ...]:
        """Return what is taken of credits for a line, at most so many units; asked again, the same."""
        ...


class UnitPool:
    """What is left of credits in units, less what other drafts take; a run of bills draws on it in its order.

    A credit can be used for a period that begins before it expires.
    """

    def __init__(self, known: Iterable[Credit], drafts: Iterable[Invoice] = ()) -> None:
        self._left = {one.id: one for one in known if one.units_left is not None and not one.is_void}
        self._units = {one.id: one.units_left or _ZERO for one in self._left.values()}
        self._told: dict[_Key, tuple[PrepaidUnits, ...]] = {}
        labels = {one.label: one.id for one in self._left.values()}
        with exact_arithmetic():
            for use in (use for draft in drafts for line in draft.lines for use in line.prepaid):
                if use.credit in labels:
                    self._units[labels[use.credit]] -= use.units

    def __bool__(self) -> bool:
        """Tell whether there are any such credits."""
        return bool(self._left)

    def take(
        self, customer: Customer, subscription: str, line: Line, wanted: Decimal
    ) -> tuple[PrepaidUnits, ...]:
        """Return what is taken of credits for a line, at most so many units; asked again, the same."""
        key = _key(subscription, line)
        if key not in self._told:
            self._told[key] = tuple(self._drawn(customer, line, wanted))
        return self._told[key]

    def _drawn(self, customer: Customer, line: Line, wanted: Decimal) -> Iterable[PrepaidUnits]:
        first = local_day(line.period.start, zone(customer.timezone))
        fitting = [one for one in self._left.values() if _fits(one, customer, line, first)]
        with exact_arithmetic():
            for credit in sorted(fitting, key=lambda one: one.order):
                part = min(wanted, self._units[credit.id])
                if part > 0:
                    wanted -= part
                    self._units[credit.id] -= part
                    yield PrepaidUnits(credit.label, part)


class RecordedUnits:
    """What the lines of invoices say that was taken for them; of less usage not more than that."""

    def __init__(self, billed: Iterable[Invoice]) -> None:
        self._told = {
            _key(one.subscription, line): line.prepaid for one in billed for line in one.lines if line.prepaid
        }

    def take(
        self, customer: Customer, subscription: str, line: Line, wanted: Decimal
    ) -> tuple[PrepaidUnits, ...]:
        """Return what was taken for the same line."""
        del customer
        found = []
        with exact_arithmetic():
            for use in self._told.get(_key(subscription, line), ()):
                part = min(use.units, wanted)
                if part > 0:
                    wanted -= part
                    found.append(PrepaidUnits(use.credit, part))
        return tuple(found)


def unit_pool(session: Session, customers: Sequence[str] | None, renewed: Iterable[str] = ()) -> UnitPool:
    """Return what customers have, or all; drafts of these ids are to be made anew and hold nothing."""
    known = [one for one in credits_of(session, customers) if one.units is not None]
    if not known:
        return UnitPool(())
    coming = set(renewed)
    drafts = invoices(session, sorted({one.customer for one in known}), ["draft"])
    return UnitPool(known, (one for one in drafts if one.id not in coming))


def use_units(session: Session, finals: Sequence[Invoice], author: Author) -> None:
    """Keep and enter what final invoices took; what was paid for the units is earned then.

    Raises Refused where a credit does not hold that any more.
    """
    wanted = [(one, use) for one in finals for line in one.lines for use in line.prepaid]
    if not wanted:
        return
    known = {one.label: one for one in credits_of(session, sorted({one.customer for one, _ in wanted}))}
    moves: list[Move] = []
    movements: list[Movement] = []
    with exact_arithmetic():
        for invoice, use in wanted:
            credit = known[use.credit]
            if credit.is_void or credit.units_left is None or credit.units_left < use.units:
                raise Refused(
                    f"credit {credit.label} has not the {plain(use.units)} units that {invoice.id} takes",
                    mend="bill its period again, which renews the draft",
                )
            day = invoice.issued or author.at.date()
            amount = credit.worth(use.units)
            known[use.credit] = credit.less(amount, use.units)
            moves.append(
                Move(
                    kind="use",
                    credit=credit.id,
                    invoice=invoice.id,
                    currency=credit.currency,
                    amount=amount,
                    units=use.units,
                    day=day,
                    **author_of(author),
                )
            )
            movements.append(
                Movement(
                    kind="credit_use",
                    reference=credit.label,
                    day=day,
                    invoice=invoice,
                    legs=earned_legs(amount, credit.product or ""),
                )
            )
    add_moves(session, moves)
    enter(session, movements, author)


def _fits(credit: Credit, customer: Customer, line: Line, first: date) -> bool:
    mine = (credit.customer, credit.product) == (customer.id, line.product)
    return mine and (credit.expires is None or first < credit.expires)


def _key(subscription: str, line: Line) -> _Key:
    group = "" if line.group is None else canonical(line.group).decode()
    return subscription, line.product or "", line.period.start.isoformat(), f"{line.description} {group}"
