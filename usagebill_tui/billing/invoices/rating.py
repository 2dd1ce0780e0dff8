"""Rating: the lines of billing periods, usage measured and priced, fees prorated."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.charges import Charges
from usagebill_tui.billing.invoices.due import Contract, DuePeriod, Portion
from usagebill_tui.billing.invoices.offers import Offer, Offers, charged_days
from usagebill_tui.billing.invoices.usage_lines import Priced, not_rated, usage_lines
from usagebill_tui.billing.prepaid.units import UnitSource
from usagebill_tui.billing.proofs.missing import missing
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.billing.usage.measuring import Measured, measure
from usagebill_tui.domain.invoice import Line
from usagebill_tui.domain.periods import Days, instants
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.zones import to_micros, zone
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.registry import NotRegistered


class Rated(msgspec.Struct, frozen=True):
    """A billing period with its lines, what they bill, and the plugins that took part (name: version)."""

    due: DuePeriod
    lines: tuple[Line, ...]
    plugins: Mapping[str, str] = {}
    portions: tuple[Portion, ...] = ()


class Usages(NamedTuple):
    """A billing period with what each of its portions is offered for, and what was measured of it.

    Where a product cannot be rated, the reason stands instead.
    """

    due: DuePeriod
    portions: Sequence[Portion]
    offers: Sequence[Offer]
    found: Sequence[Sequence[tuple[Priced, Measured]] | str]


class Rater:
    """Prices billing periods as of a snapshot, many at once; usage from `until` on does not count.

    `units` are prepaid ones, taken off usage before its price.
    """

    def __init__(
        self,
        house: House,
        accounts: Accounts,
        snapshot: int,
        until: datetime | None = None,
        units: UnitSource | None = None,
    ) -> None:
        self._house = house
        self._accounts = accounts
        self._snapshot = snapshot
        self._units = units
        self._offers = Offers(house.registry, until)
        self._charges = Charges()

    def rate(self, periods: Sequence[tuple[DuePeriod, Sequence[Portion]]]) -> list[Rated]:
        """Return the lines of these portions for each period, in their order."""
        return [self.rated(one) for one in self.measured(periods)]

    def measured(self, periods: Sequence[tuple[DuePeriod, Sequence[Portion]]]) -> list["Usages"]:
        """Measure what these portions are charged for, all periods together."""
        offered = [[self._offers.of(one.due, one.product) for one in portions] for _, portions in periods]
        prepared = [
            [
                self._prepared(one.due, offer) if offer.metered else ()
                for one, offer in zip(portions, offers, strict=True)
            ]
            for (_, portions), offers in zip(periods, offered, strict=True)
        ]
        asks = [each.ask for some in prepared for one in some if not isinstance(one, str) for each in one]
        found = iter(measure(self._house, asks, self._snapshot))
        return [
            Usages(
                due,
                portions,
                offers,
                [one if isinstance(one, str) else [(each, next(found)) for each in one] for one in some],
            )
            for (due, portions), offers, some in zip(periods, offered, prepared, strict=True)
        ]

    def rated(self, usages: "Usages") -> Rated:
        """Return the lines of a period whose usage was measured; units are taken in the order of calls."""
        lines: list[Line] = []
        for offer, found in zip(usages.offers, usages.found, strict=True):
            if offer.metered:
                lines += self._usage_lines(usages.due.contract, offer.line, found)
            else:
                lines.append(offer.line)
        return Rated(usages.due, tuple(lines), _plugins(usages.offers), tuple(usages.portions))

    def priced(self, due: DuePeriod, product: Product) -> tuple[Priced, ...]:
        """Return the parts of a metered product's price; raises InvalidInput where it cannot be rated."""
        return self._asked(due, self._offers.of(due, product))

    def _prepared(self, due: DuePeriod, offer: Offer) -> tuple[Priced, ...] | str:
        """Return the parts that are to be measured, or why the product cannot be rated."""
        try:
            return self._asked(due, offer)
        except NotRegistered as error:
            return missing(self._house, due.contract.subscription, error)
        except InvalidInput as error:
            return str(error)

    def _asked(self, due: DuePeriod, offer: Offer) -> tuple[Priced, ...]:
        """Return the parts of an offer as they are measured for the contract of a period."""
        if offer.problem is not None:
            raise offer.problem.with_traceback(None)  # else it would grow with each contract
        subscription = due.contract.subscription
        metric = due.contract.version.metric(offer.line.metric or "")
        since = None
        if metric.recurring:
            days = Days(subscription.origin, due.active.after)
            since = to_micros(instants(days, zone(due.contract.customer.timezone)).start)
        accounts = self._accounts.of_subscription(subscription, metric)
        return tuple(
            Priced(
                part,
                msgspec.structs.replace(
                    ask, customer=subscription.customer, accounts=accounts, state_since=since
                ),
                agreed,
            )
            for part, ask, agreed in offer.parts
        )

    def _usage_lines(
        self, contract: Contract, blank: Line, found: Sequence[tuple[Priced, Measured]] | str
    ) -> list[Line]:
        if isinstance(found, str):
            return [not_rated(blank, found)]
        take = None
        if self._units is not None:
            take = partial(self._units.take, contract.customer, contract.subscription.id)
        return usage_lines(self._house, self._charges, blank, found, take)


def is_metered(due: DuePeriod, product: Product) -> bool:
    """Tell whether a product is charged by usage in this period: in a trial it is not."""
    return product.fee == "metered" and charged_days(due) is not None


def _plugins(offers: Iterable[Offer]) -> dict[str, str]:
    """Return the plugins that measure and price what is offered."""
    return dict(sorted(named for offer in offers for named in offer.plugins))
