"""The life of an invoice: draft → final → paid, or void. What is final never changes."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import NotFound, Refused
from usagebill_tui.store.audit import record
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.counters import next_number
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import add_payment, find_invoice, put_changed

SERIES = "INV"


def finalize(house: House, name: str) -> Invoice:
    """Make a draft final: it gets the next number, its dates, and is never changed again."""
    with house.database.writing() as session:
        invoice = _found(session, name)
        if invoice.status != "draft":
            raise Refused(
                f"invoice {_label(invoice)} is {invoice.status}", mend="only a draft can be made final"
            )
        catalogue = load_catalogue(session)
        subscription = catalogue.subscriptions[invoice.subscription]
        version = catalogue.versions[subscription.plan, subscription.version]
        customer = catalogue.customers[invoice.customer]
        return finalized(house, session, invoice, version.plan.payment_terms_days, customer)


def finalized(
    house: House, session: Session, invoice: Invoice, terms_days: int, customer: Customer
) -> Invoice:
    """Make a stored draft final within a transaction that is under way."""
    issued = local_day(house.clock(), zone(customer.timezone))
    final = msgspec.structs.replace(
        invoice,
        number=f"{SERIES}-{next_number(session, f'invoice {SERIES}'):04}",
        status="paid" if invoice.amount_due <= 0 else "final",
        issued=issued,
        due=issued + timedelta(days=terms_days),
    )
    put_changed(session, final)
    record(session, house.author(), "finalize", "invoice", invoice.id, after={"number": final.number})
    return final


def void(house: House, name: str) -> Invoice:
    """Declare an invoice void; what it billed may be billed again. Refused once money was received."""
    with house.database.writing() as session:
        invoice = _found(session, name)
        if invoice.status == "void":
            raise Refused(f"invoice {_label(invoice)} is void already", mend="there is nothing to do")
        if invoice.paid:
            raise Refused(
                f"invoice {_label(invoice)} has payments of {invoice.paid} {invoice.currency}",
                mend=f"record a refund first: usagebill pay {_label(invoice)} --amount -{invoice.paid}",
            )
        voided = msgspec.structs.replace(invoice, status="void")
        put_changed(session, voided)
        before = {"status": invoice.status}
        record(
            session, house.author(), "void", "invoice", invoice.id, before=before, after={"status": "void"}
        )
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
        if invoice.paid + amount < 0:
            raise Refused(
                f"a refund of {-amount} is more than the {invoice.paid} {invoice.currency} that was paid",
                mend=f"refund at most {invoice.paid}",
            )
        author = house.author()
        add_payment(session, invoice, amount, day or author.at.date(), reference, author)
        paid = msgspec.structs.replace(invoice, paid=invoice.paid + amount)
        status = "paid" if paid.amount_due <= 0 else "final"
        changed = msgspec.structs.replace(paid, status=status)
        put_changed(session, changed)
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
