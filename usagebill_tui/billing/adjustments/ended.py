"""Final settlement: what was accepted of customers who get no further invoice goes on one of its own."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from usagebill_tui.billing.adjustments.carrying import lines, with_adjustments
from usagebill_tui.billing.invoices.due import Contract, due_on
from usagebill_tui.billing.invoices.lifecycle import contract_of
from usagebill_tui.billing.invoices.planning import Work
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.store.adjustments import Accepted
from usagebill_tui.store.billed import next_identity, period_of
from usagebill_tui.store.catalogue import billed_subscriptions
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import invoices

Settled = tuple[Work, Invoice, tuple[int, ...]]
"""A settlement invoice, the work that it is, and the ids of the adjustments on it."""


def settlements(
    session: Session,
    catalogue: Catalogue,
    left: Iterable[Accepted],
    snapshot: int,
    now: datetime,
) -> list[Settled]:
    """Return an invoice for each customer and currency with something left to carry that no other will carry.

    It has the period and the plan of the first invoice that it settles, and may come to less than nothing:
    that is owed back then. `left` are accepted adjustments that the invoices of a run do not carry.
    """
    waiting: dict[tuple[str, str], list[Accepted]] = {}
    for one in left:
        if one.billed_on is None and one.credit_note is None:
            waiting.setdefault((one.customer, one.currency), []).append(one)
    if not waiting:
        return []
    billed = billed_subscriptions(session)
    return [
        _settlement(session, catalogue, those, snapshot)
        for (customer, _), those in sorted(waiting.items())
        if not _more_to_come(catalogue, customer, billed, now)
    ]


def _more_to_come(
    catalogue: Catalogue, customer: str, billed: Mapping[str, date | None], now: datetime
) -> bool:
    """Tell whether a customer is on a plan, or was until a period that no final invoice bills yet."""
    today = local_day(now, zone(catalogue.customers[customer].timezone))
    own = [one for one in catalogue.subscriptions.values() if one.customer == customer]
    return any(_open(catalogue, one, billed, today) for one in own)


def _open(
    catalogue: Catalogue, subscription: Subscription, billed: Mapping[str, date | None], today: date
) -> bool:
    if subscription.end is None or subscription.end > today:
        return True
    if subscription.id not in billed:
        return False
    last = billed[subscription.id]
    version = catalogue.versions[subscription.plan, subscription.version]
    contract = Contract(subscription, catalogue.customers[subscription.customer], version)
    return last is None or contract.cycle.containing(last).after < subscription.end


def _settlement(session: Session, catalogue: Catalogue, those: Sequence[Accepted], snapshot: int) -> Settled:
    (about,) = invoices(session, ids=[those[0].invoice])
    subscription, first = period_of(about)
    identity = next_identity(session, subscription, first)
    zero = round_money(Decimal(0), about.currency)
    blank = Invoice(
        id=identity,
        status="draft",
        customer=about.customer,
        subscription=subscription,
        plan=about.plan,
        currency=about.currency,
        period=about.period,
        lines=(),
        subtotal=zero,
        discount=zero,
        tax=zero,
        total=zero,
        credits=zero,
        paid=zero,
        snapshot=snapshot,
    )
    invoice = with_adjustments(blank, [line for one in those for line in lines(one)])
    due = due_on(contract_of(catalogue, about), date.fromisoformat(first), closes=False)
    return Work(due, (), (), identity, (), None), invoice, tuple(one.id for one in those)
