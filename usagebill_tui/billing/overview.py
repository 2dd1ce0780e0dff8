"""The workspace at a glance: how it stands, how much comes in, what the current period may bring."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.estimating import estimate
from usagebill_tui.billing.prepaid.drafts import set_against_drafts
from usagebill_tui.billing.usage.unbilled import unbilled
from usagebill_tui.domain.zones import to_micros
from usagebill_tui.store.browsing.standing import Standing, Sum, standing

__all__ = ["Standing", "daily_events", "expected", "how_it_stands", "unbilled_events"]


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What the current periods would be invoiced at now: by currency, for how many subscriptions.

    `not_rated` are lines that could not be priced, as (subscription, product, reason), some of them.
    """

    totals: Mapping[str, Decimal]
    subscriptions: int
    not_rated: tuple[tuple[str, str, str], ...] = ()
    not_rated_lines: int = 0


class UnbilledEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Events that nobody is charged for, by reason; `accounts` are how many names they carry."""

    events: Mapping[str, int]
    accounts: int


_EXAMPLES = 5


def how_it_stands(house: House) -> Standing:
    """Return what there is, what is owed and what waits; of drafts what would be left to pay of them."""
    with house.database.reading() as session:
        found = standing(session, house.clock().astimezone(UTC).date())
    if not found.drafts:
        return found
    credited = set_against_drafts(house)
    drafts = {
        currency: Sum(one.invoices, one.amount - credited.get(currency, Decimal(0)))
        for currency, one in found.drafts.items()
    }
    return msgspec.structs.replace(found, drafts=drafts)


def daily_events(house: House, days: int) -> list[tuple[date, int]]:
    """Count the events of each of the last days (UTC), the current one last."""
    today = house.clock().astimezone(UTC).date()
    dates = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    edges = [to_micros(datetime.combine(day, time(), UTC)) for day in (*dates, today + timedelta(days=1))]
    counts = house.events.browser.counts(edges, house.events.snapshot())
    return list(zip(dates, counts, strict=True))


def expected(house: House) -> Expected:
    """Add up the estimates of all active subscriptions."""
    invoices = estimate(house)
    totals: dict[str, Decimal] = {}
    not_rated = []
    for invoice in invoices:
        totals[invoice.currency] = totals.get(invoice.currency, Decimal(0)) + invoice.total
        not_rated += [
            (invoice.subscription, line.product or "", line.not_rated or "") for _, line in invoice.not_rated
        ]
    return Expected(
        totals=dict(sorted(totals.items())),
        subscriptions=len(invoices),
        not_rated=tuple(not_rated[:_EXAMPLES]),
        not_rated_lines=len(not_rated),
    )


def unbilled_events(house: House) -> UnbilledEvents:
    """Count the usage that nobody is charged for, by reason."""
    found: dict[str, int] = {}
    rows = unbilled(house)
    for row in rows:
        found[row.reason] = found.get(row.reason, 0) + row.events
    return UnbilledEvents(events=found, accounts=len({row.account for row in rows}))
