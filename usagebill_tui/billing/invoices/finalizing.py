"""Making many drafts final at once: those that cannot be are named, the others are done."""

from collections.abc import Iterator, Sequence

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.lifecycle import as_final, check_rated, contract_of
from usagebill_tui.billing.prepaid.applying import apply_credits
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.errors import Refused
from usagebill_tui.store.audit import record
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import invoices
from usagebill_tui.store.postings import post_final


class Finalized(msgspec.Struct, frozen=True, kw_only=True):
    """What was made final, in the order in which it was numbered, and why the rest was not, by id."""

    invoices: tuple[Invoice, ...]
    refused: dict[str, str]


def finalize_drafts(house: House, ids: Sequence[str]) -> Finalized:
    """Make drafts final, by period, customer and id, in one transaction.

    One that is no draft any more, or that holds a line without a price, stays as it is and is named.
    """
    with house.database.writing() as session:
        found = invoices(session, ids=ids)
        refused = dict.fromkeys({*ids} - {one.id for one in found}, "there is no such invoice")
        refused |= dict(_refused(found))
        ready = [one for one in found if one.id not in refused]
        finals = _made_final(house, session, load_catalogue(session), ready) if ready else []
    return Finalized(invoices=tuple(finals), refused=refused)


def _made_final(
    house: House, session: Session, catalogue: Catalogue, ready: Sequence[Invoice]
) -> list[Invoice]:
    author = house.author()
    finals = as_final(session, ready, [contract_of(catalogue, one) for one in ready], author.at)
    post_final(session, finals, author)
    for final in finals:
        record(session, author, "finalize", "invoice", final.id, after={"number": final.number})
    return apply_credits(session, finals, author)


def _refused(found: Sequence[Invoice]) -> Iterator[tuple[str, str]]:
    for invoice in found:
        if invoice.status != "draft":
            yield invoice.id, f"it is {invoice.status}, no draft"
            continue
        try:
            check_rated(invoice)
        except Refused as error:
            yield invoice.id, str(error)
