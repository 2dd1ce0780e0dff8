"""Estimates: what the current period would be invoiced at if it ended now."""

from datetime import datetime

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.composing import compose
from usagebill_tui.billing.invoices.due import contracts, current_period
from usagebill_tui.billing.invoices.rating import Rater
from usagebill_tui.billing.prepaid.units import unit_pool
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import NotFound
from usagebill_tui.store.catalogue import load_catalogue


def estimate(house: House, customers: tuple[str, ...] = (), at: datetime | None = None) -> list[Invoice]:
    """Return the current period of each active subscription as an invoice of status `estimate`.

    All its fees and the usage so far are in it. Raises NotFound for an unknown customer.
    """
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
    for customer in customers:
        if customer not in catalogue.customers:
            raise NotFound(
                f"there is no customer {customer!r}", mend=suggestion(customer, catalogue.customers)
            )
    now = at or house.clock()
    running = [due for c in contracts(catalogue, customers) if (due := current_period(c, now)) is not None]
    snapshot = house.events.snapshot()
    with house.database.reading() as session:
        units = unit_pool(session, customers or None)
    rater = Rater(house, Accounts(catalogue), snapshot, until=now, units=units)
    rated = rater.rate([(due, due.portions()) for due in running])
    return [
        compose(
            one,
            identity=f"{one.due.contract.subscription.id}_{one.due.full.first.isoformat()}",
            status="estimate",
            snapshot=snapshot,
            earlier=(),
        )
        for one in rated
    ]
