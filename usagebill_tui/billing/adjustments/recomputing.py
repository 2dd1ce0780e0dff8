"""Recomputing final invoices: what each would come to at a snapshot, by the very way in which it was made."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from usagebill_tui.billing.adjustments.carrying import with_adjustments
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.agreed import Agreed, Definitions
from usagebill_tui.billing.invoices.composing import compose
from usagebill_tui.billing.invoices.due import DuePeriod, due_on
from usagebill_tui.billing.invoices.planning import Work, closes, portions_of
from usagebill_tui.billing.invoices.rating import Rater
from usagebill_tui.billing.invoices.rating_each import rate_each
from usagebill_tui.billing.prepaid.units import RecordedUnits
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.errors import UsagebillError
from usagebill_tui.store.billed import (
    Stub,
    computed_at,
    earlier_contracts,
    items_of,
    period_of,
    stubs_of,
)
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import Item, invoices


class Recomputed(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice as it was billed and as it would be `now`, or the `problem` why that cannot be told."""

    billed: Invoice
    now: Invoice | None = None
    problem: str = ""


class Standing(msgspec.Struct, frozen=True):
    """The invoices of some periods, with what each bills and the contract that each was computed under."""

    invoices: tuple[Invoice, ...]
    items: Mapping[str, Sequence[Item]]
    agreed: Agreed


def standing(
    session: Session, catalogue: Catalogue, concerned: Sequence[Stub], definitions: Definitions
) -> Standing:
    """Return all invoices of the periods that some invoices are of, in the order in which they count."""
    periods = {stub.period for stub in concerned}
    members = [
        stub for stub in stubs_of(session, [s.subscription for s in concerned]) if stub.period in periods
    ]
    ids = [stub.id for stub in members]
    items = items_of(session, ids)
    places = {stub.id: (*stub.period, closes(items.get(stub.id, ())), stub.place) for stub in members}
    earlier = earlier_contracts(session)
    computed = computed_at(session, ids) if earlier else {}
    loaded = invoices(session, ids=ids)
    found = sorted(loaded, key=lambda invoice: places[invoice.id])
    return Standing(tuple(found), items, Agreed(catalogue, earlier, computed, definitions))


def recompute(house: House, catalogue: Catalogue, those: Standing, snapshot: int) -> list[Recomputed]:
    """Return the final ones, recomputed at a snapshot, each with those before it of its period."""
    work, problems = _works(those)
    units = RecordedUnits(those.invoices)
    rated, failures = rate_each(Rater(house, Accounts(catalogue), snapshot, units=units), work)
    failed = {failure.subscription: failure.reason for failure in failures}
    of_invoice = {one.identity: lines for one, lines in rated}
    told: list[Recomputed] = []
    before: dict[tuple[str, str], list[Invoice]] = {}
    for billed in those.invoices:
        earlier = before.setdefault(period_of(billed), [])
        if billed.status == "draft":
            earlier.append(billed)
            continue
        now, problem = None, problems.get(billed.id) or failed.get(billed.subscription, "")
        if billed.id in of_invoice:
            try:
                composed = compose(
                    of_invoice[billed.id],
                    identity=billed.id,
                    status=billed.status,
                    snapshot=snapshot,
                    earlier=earlier,
                )
                problem = _unlike(billed, composed)
                now = None if problem else with_adjustments(composed, billed.adjustments)
            except UsagebillError as error:
                problem = str(error)
        told.append(Recomputed(billed=billed, now=now, problem=problem))
        earlier.append(now or billed)
    return told


def _works(those: Standing) -> tuple[list[Work], dict[str, str]]:
    work: list[Work] = []
    problems: dict[str, str] = {}
    for invoice in those.invoices:
        items = those.items.get(invoice.id, ())
        if invoice.status == "draft" or not items:
            continue
        try:
            due = _due(those.agreed, invoice, items)
        except (KeyError, UsagebillError):
            problems[invoice.id] = f"its contract ({invoice.plan}) is not there any more"
            continue
        work.append(Work(due, portions_of(due, items), tuple(items), invoice.id, (), None))
    return work, problems


def _due(agreed: Agreed, invoice: Invoice, items: Sequence[Item]) -> DuePeriod:
    first = date.fromisoformat(period_of(invoice)[1])
    return due_on(agreed.contract(invoice), first, closes=closes(items))


def _unlike(billed: Invoice, now: Invoice) -> str:
    """Return why a recomputed invoice cannot be compared with the one that was billed."""
    for _, line in now.not_rated:
        return f"{line.product}: {line.not_rated}"
    if (billed.period.start, billed.currency) != (now.period.start, now.currency):
        return "the period or the currency of its contract is not what it was"
    return ""
