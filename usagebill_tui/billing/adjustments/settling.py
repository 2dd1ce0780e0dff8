"""Settling: accepted adjustments become lines of the next invoice, or credit notes. Final invoices stay."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from usagebill_tui.billing.adjustments.adjusting import Proposal, proposals
from usagebill_tui.billing.adjustments.crediting import check_creditable, post_credit
from usagebill_tui.billing.collecting import seldom_collecting
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.agreed import Definitions
from usagebill_tui.domain.adjustment import SettledLine, taxed, together
from usagebill_tui.domain.credit_note import CreditLine
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.errors import NotFound, Refused, UsagebillError
from usagebill_tui.store.adjustments import Accepted, add_adjustment, adjustments, adjustments_of
from usagebill_tui.store.audit import record
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import find_invoice, invoices

Form = Literal["line", "credit-note"]


class Left(msgspec.Struct, frozen=True):
    """An invoice, by number, whose proposal was not accepted, and why."""

    invoice: str
    reason: str


class Acceptance(msgspec.Struct, frozen=True):
    """What was accepted, and what was not."""

    accepted: tuple[Accepted, ...]
    left: tuple[Left, ...] = ()


def accept(house: House, name: str, form: Form = "line", definitions: Definitions = "today") -> Accepted:
    """Accept what is left to settle of an invoice, as lines of the customer's next one or a credit note.

    Raises NotFound for an unknown invoice, Refused where there is nothing to settle or it cannot be told,
    and for a credit note of what is to be billed more.
    """
    with house.database.reading() as session:
        invoice = _found(session, name)
    check_creditable(invoice)
    found = proposals(house, [invoice.customer], definitions, invoice.id)
    if not found:
        mend = "`usagebill report adjustments` shows what there is"
        raise Refused(f"invoice {invoice.number} comes out as it was billed and settled", mend=mend)
    with house.database.writing() as session:
        return accept_proposal(house, session, found[0], form, AsStored(session, found[:1]))


@seldom_collecting()
def accept_all(
    house: House,
    form: Form = "line",
    definitions: Definitions | None = None,
    customers: Sequence[str] = (),
) -> Acceptance:
    """Accept all proposals, of all customers or these, all of them at once or none.

    Unless definitions are named, invoices whose metrics were redefined are left: a contract keeps its own.
    Those of which only units change have nothing to accept.
    """
    accepted: list[Accepted] = []
    left: list[Left] = []
    found = proposals(house, customers, definitions or "today")
    with house.database.writing() as session:
        stored = AsStored(session, found)
        for one in found:
            number = one.invoice.number or one.invoice.id
            if not one.problem and not _amounts_change(one):
                continue
            if definitions is None and one.redefined:
                mend = "accept it by its number, or with --definitions today or agreed"
                left.append(Left(number, f"a metric of it was redefined; {mend}"))
                continue
            try:
                accepted.append(accept_proposal(house, session, one, form, stored))
            except Refused as error:
                left.append(Left(number, str(error)))
    return Acceptance(tuple(accepted), tuple(left))


def listed(house: House, customers: Sequence[str] = ()) -> list[Accepted]:
    """Return accepted adjustments, of all customers or these, in the order of acceptance."""
    with house.database.reading() as session:
        return adjustments(session, customers)


def _found(session: Session, name: str) -> Invoice:
    invoice = find_invoice(session, name)
    if invoice is None:
        raise NotFound(f"there is no invoice {name!r}", mend="`usagebill invoices` lists them")
    return invoice


def _amounts_change(one: Proposal) -> bool:
    return bool(one.rest.total) or any(line.amount for line in one.rest.differences)


class AsStored:
    """The invoices of proposals as they stand in a session that writes, before anything is accepted."""

    def __init__(self, session: Session, those: Sequence[Proposal]) -> None:
        ids = [one.invoice.id for one in those]
        self._invoices = {one.id: one for one in invoices(session, ids=ids)}
        self._accepted = adjustments_of(session, ids)

    def of(self, one: Proposal) -> Invoice:
        """Return a proposal's invoice; an error where somebody settled or voided it meanwhile."""
        invoice = self._invoices[one.invoice.id]
        check_creditable(invoice)
        before = [each.id for each in one.accepted]
        if [each.id for each in self._accepted.get(invoice.id, ())] != before:
            raise UsagebillError(f"somebody settled invoice {invoice.number} meanwhile", mend="try again")
        return invoice


def accept_proposal(house: House, session: Session, one: Proposal, form: Form, stored: AsStored) -> Accepted:
    """Keep what is left to settle of an invoice as accepted, in a session that writes: once for each."""
    invoice = stored.of(one)
    lines, total = taxed(one.rest), one.rest.total
    number = invoice.number or invoice.id
    if one.problem:
        raise Refused(f"invoice {number} cannot be recomputed: {one.problem}")
    if not _amounts_change(one):
        raise Refused(f"there is nothing to settle of invoice {number}", mend="only its units change")
    note = None
    if form == "credit-note":
        if total >= 0:
            raise Refused(
                f"invoice {number} is to be {total} {invoice.currency} more", mend="accept it as a line"
            )
        reason = together(line.reason for line in lines)
        credited = [_credit_line(line) for line in lines if line.amount or line.tax]
        note = post_credit(house, session, invoice, credited, reason).number
    author = house.author()
    accepted = Accepted(
        invoice=invoice.id,
        number=number,
        customer=invoice.customer,
        subscription=invoice.subscription,
        currency=invoice.currency,
        total=total,
        lines=tuple(lines),
        snapshot=one.snapshot,
        credit_note=note,
        at=author.at,
        who=author.who,
    )
    identity = add_adjustment(session, accepted, author)
    told = {"invoice": invoice.id, "total": str(total), "credit_note": note}
    record(session, author, "accept", "adjustment", str(identity), after=told)
    return msgspec.structs.replace(accepted, id=identity)


def _credit_line(settled: SettledLine) -> CreditLine:
    return CreditLine(
        line=settled.line,
        product=settled.figure.product,
        description=settled.figure.description,
        amount=settled.amount,
        tax=settled.tax,
        tax_percent=settled.figure.tax_percent,
        taxes=settled.figure.taxes,
    )
