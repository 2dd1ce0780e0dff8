"""The life of an invoice: draft → final → paid, or void. What is final never changes."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import msgspec

from usagebill_tui.billing.adjustments.carrying import check_unsettled, release
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import Contract
from usagebill_tui.billing.prepaid.applying import apply_credits, check_not_moved, give_back, is_moved
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice, canonical, fixed_part
from usagebill_tui.domain.summary import Summary
from usagebill_tui.domain.zones import local_day, start_of_day, zone
from usagebill_tui.errors import NotFound, Refused
from usagebill_tui.store.audit import record
from usagebill_tui.store.billed import customer_of
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.counters import next_numbers
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import find_invoice
from usagebill_tui.store.postings import post_final, post_payment, post_status, post_void

SERIES = "INV"
_Either = TypeVar("_Either", Invoice, Summary)


def finalize(house: House, name: str) -> Invoice:
    """Make a draft final: it gets the next number, its dates, and is never changed again."""
    with house.database.writing() as session:
        invoice = _found(session, name)
        if invoice.status != "draft":
            raise Refused(
                f"invoice {_label(invoice)} is {invoice.status}", mend="only a draft can be made final"
            )
        check_rated(invoice)
        author = house.author()
        contract = contract_of(load_catalogue(session), invoice)
        _check_end(invoice, contract)
        final = as_final(session, [invoice], [contract], author.at)[0]
        post_final(session, [final], author)
        record(session, author, "finalize", "invoice", final.id, after={"number": final.number})
        return apply_credits(session, [final], author)[0]


def _check_end(invoice: Invoice, contract: Contract) -> None:
    """Raise Refused where a draft bills days after an end that its subscription was given since."""
    end = contract.subscription.end
    if end is None:
        return
    last = start_of_day(end, zone(contract.customer.timezone))
    own = [line.period.end for line in invoice.lines if line.kind != "adjustment"]
    if any(after > last for after in own):
        raise Refused(
            f"the draft {invoice.id} bills days after {end}, when {invoice.subscription!r} ends",
            mend="bill its period again, which renews it",
        )


def check_rated(invoice: Invoice) -> None:
    """Raise Refused, naming the line, where a line could not be priced."""
    for number, line in invoice.not_rated:
        raise Refused(
            f"line {number} ({line.product}) of invoice {_label(invoice)} is not rated: {line.not_rated}",
            mend="bill its period again when that is mended",
        )


def as_final(
    session: Session, invoices: Sequence[Invoice], bound: Sequence[Contract], now: datetime
) -> list[Invoice]:
    """Return invoices under their contracts as final ones, with the next numbers and their dates."""
    return [
        _with_document(
            numbered(one, number, contract.customer.timezone, contract.version.plan.payment_terms_days, now)
        )
        for one, contract, number in zip(
            invoices, bound, next_invoice_numbers(session, len(invoices)), strict=True
        )
    ]


def next_invoice_numbers(session: Session, count: int) -> range:
    """Return the next `count` numbers of the series of invoices."""
    return next_numbers(session, f"invoice {SERIES}", count)


def numbered(invoice: _Either, number: int, timezone: str, terms: int, now: datetime) -> _Either:
    """Return an invoice with a number and its dates, of a customer in a time zone, due `terms` days later."""
    issued = local_day(now, zone(timezone))
    return msgspec.structs.replace(
        invoice,
        number=f"{SERIES}-{number:04}",
        status="paid" if invoice.amount_due <= 0 else "final",
        issued=issued,
        due=issued + timedelta(days=terms),
    )


def _with_document(final: Invoice) -> Invoice:
    return msgspec.structs.replace(final, document=canonical(fixed_part(final)).decode())


def contract_of(catalogue: Catalogue, invoice: Invoice) -> Contract:
    """Return the contract that an invoice was made under: the plan version is the invoice's own."""
    plan, _, version = invoice.plan.rpartition("@")
    return Contract(
        catalogue.subscriptions[invoice.subscription],
        catalogue.customers[invoice.customer],
        catalogue.versions[plan, int(version)],
        catalogue.taxes,
    )


def void_draft(house: House, session: Session, identity: str) -> None:
    """Declare a draft void of which nothing remains to be billed, in a session that writes."""
    invoice = _found(session, identity)
    if invoice.status != "draft":
        raise Refused(f"invoice {_label(invoice)} is {invoice.status} by now", mend="try again")
    _voided(house, session, invoice)


def void(house: House, name: str) -> Invoice:
    """Declare an invoice void; what it billed may be billed again, and credits it used are given back.

    Refused once money was received, or what it owed back was set against another.
    """
    with house.database.writing() as session:
        invoice = _found(session, name)
        if invoice.status == "void":
            raise Refused(f"invoice {_label(invoice)} is void already", mend="there is nothing to do")
        if invoice.paid:
            raise Refused(
                f"invoice {_label(invoice)} has payments of {invoice.paid} {invoice.currency}",
                mend=f"record a refund first: usagebill pay {_label(invoice)} --amount -{invoice.paid}",
            )
        check_not_moved(invoice)
        if invoice.credited:
            raise Refused(
                f"invoice {_label(invoice)} has credit notes of {invoice.credited} {invoice.currency}",
                mend="it is credited in full already; leave it so"
                if invoice.credited >= invoice.total
                else f"credit the rest of it: usagebill credit-notes create {_label(invoice)} --reason TEXT",
            )
        check_unsettled(session, invoice)
        return _voided(house, session, invoice)


def _voided(house: House, session: Session, invoice: Invoice) -> Invoice:
    author = house.author()
    day = local_day(author.at, zone(customer_of(session, invoice.customer).timezone))
    voided = msgspec.structs.replace(give_back(session, invoice, day, author), status="void", applied=())
    post_void(session, voided, day, author)
    release(session, invoice)
    before = {"status": invoice.status}
    record(session, author, "void", "invoice", invoice.id, before=before, after={"status": "void"})
    return voided


def pay(house: House, name: str, amount: Decimal, day: date | None = None, reference: str = "") -> Invoice:
    """Record a payment (negative: a refund) and return the invoice as it stands then.

    Partial and over-payments are kept as they are. Refused for a draft or void invoice, and for a refund
    of more than was paid.
    """
    with house.database.writing() as session:
        invoice = _found(session, name)
        if invoice.status not in {"final", "paid"}:
            mend = "make it final first" if invoice.status == "draft" else "bill the period again"
            raise Refused(f"invoice {_label(invoice)} is {invoice.status} and takes no payment", mend=mend)
        if not amount:
            raise Refused("a payment of nothing", mend="give an amount, negative for a refund")
        # What it owed back and was set against another invoice cannot be given back as well.
        most = -invoice.amount_due if is_moved(invoice) else max(invoice.paid, -invoice.amount_due)
        if most + amount < 0:
            held = "that was paid" if most == invoice.paid else "that it owes back"
            raise Refused(
                f"a refund of {-amount} is more than the {most} {invoice.currency} {held}",
                mend=f"refund at most {most}",
            )
        author = house.author()
        post_payment(session, invoice, amount, day or author.at.date(), reference, author)
        paid = msgspec.structs.replace(invoice, paid=invoice.paid + amount)
        status = "paid" if paid.amount_due <= 0 else "final"
        changed = msgspec.structs.replace(paid, status=status)
        post_status(session, changed)
        payment = {"amount": str(amount), "reference": reference}
        record(session, author, "pay", "invoice", invoice.id, after=payment)
        return changed


def _found(session: Session, name: str) -> Invoice:
    invoice = find_invoice(session, name)
    if invoice is None:
        raise NotFound(f"there is no invoice {name!r}", mend="`usagebill invoices` lists them")
    return invoice


def _label(invoice: Invoice) -> str:
    return invoice.number or invoice.id
