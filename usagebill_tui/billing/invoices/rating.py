"""Rating: the lines of billing periods, usage measured and priced, fees prorated."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial

import msgspec

from usagebill_tui.billing.catalogue.fees import fee_terms
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import DuePeriod, Portion
from usagebill_tui.billing.invoices.usage_lines import Priced, not_rated, part_ask, usage_lines
from usagebill_tui.billing.prepaid.units import UnitSource
from usagebill_tui.billing.proofs.missing import missing
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.billing.usage.measuring import Ask, Measured, measure
from usagebill_tui.domain.dialect import Choices, choices_of
from usagebill_tui.domain.invoice import Line, Span
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.origin import Origin
from usagebill_tui.domain.periods import Days, Period, instants
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import Part, Step, Terms, parts, terms
from usagebill_tui.domain.pricing.protocol import plain_step
from usagebill_tui.domain.pricing.words import counted
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.proration import active_share, prorated
from usagebill_tui.domain.quantity import exact_arithmetic, normalized, plain
from usagebill_tui.domain.zones import to_micros, zone
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.registry import NotRegistered, versioned


class Rated(msgspec.Struct, frozen=True):
    """A billing period with its lines, what they bill, and the plugins that took part (name: version)."""

    due: DuePeriod
    lines: tuple[Line, ...]
    plugins: Mapping[str, str] = {}
    portions: tuple[Portion, ...] = ()


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
        self._until = until
        self._units = units
        self._terms = lru_cache(maxsize=10_000)(self._agreed)

    def rate(self, periods: Sequence[tuple[DuePeriod, Sequence[Portion]]]) -> list[Rated]:
        """Return the lines of these portions for each period, in their order."""
        prepared = [
            self._prepared(one.due, one.product)
            for _, portions in periods
            for one in portions
            if is_metered(one.due, one.product)
        ]
        asks = [each.ask for one in prepared if not isinstance(one, str) for each in one]
        found = iter(measure(self._house, asks, self._snapshot))
        measured = iter(
            [one if isinstance(one, str) else [(each, next(found)) for each in one] for one in prepared]
        )
        rated = []
        for due, portions in periods:
            lines: list[Line] = []
            for one in portions:
                lines += (
                    self._usage_lines(one.due, one.product, next(measured))
                    if is_metered(one.due, one.product)
                    else [_unmetered_line(one.due, one.product)]
                )
            plugins = self._plugins(portions)
            rated.append(Rated(due, tuple(_plain(line) for line in lines), plugins, tuple(portions)))
        return rated

    def _prepared(self, due: DuePeriod, product: Product) -> tuple[Priced, ...] | str:
        """Return the parts that are to be measured, or why the product cannot be rated."""
        try:
            return self.priced(due, product)
        except NotRegistered as error:
            return missing(self._house, due.contract.subscription, error)
        except InvalidInput as error:
            return str(error)

    def _plugins(self, portions: Sequence[Portion]) -> dict[str, str]:
        """Return the plugins that measure and price these portions."""
        registry = self._house.registry
        origins: list[Origin | None] = []
        for due, product in ((one.due, one.product) for one in portions):
            if is_metered(due, product):
                metric = due.contract.version.metric(product.metric or "")
                aggregation = registry.aggregations.get(metric.aggregation)
                price = _price(due, product)
                models = [registry.pricing_models.get(each.model) for each in price.each()]
                origins += [thing.origin for thing in (aggregation, *models) if thing is not None]
        return dict(sorted(versioned(origin) for origin in origins if origin is not None))

    def priced(self, due: DuePeriod, product: Product) -> tuple[Priced, ...]:
        """Return the parts of a metered product's price; raises InvalidInput where it cannot be rated."""
        contract = due.contract
        metric = contract.version.metric(product.metric or "")
        self._house.registry.aggregation(metric.aggregation)
        price = msgspec.json.encode(_price(due, product), order="deterministic")
        plan = contract.version.plan
        agreed = self._terms(price, plan.currency, choices_of(plan.dialect))
        since = _instants(due, Days(contract.subscription.origin, due.active.after)).start
        whole = Ask(
            customer=contract.customer.id,
            metric=metric,
            accounts=self._accounts.of_subscription(contract.subscription, metric),
            period=self._measured(_instants(due, _charged_days(due) or due.active)),
            full=_instants(due, due.full),
            timezone=contract.customer.timezone,
            state_since=to_micros(since),
        )
        return tuple(Priced(part, part_ask(whole, part, each), each) for part, each in agreed)

    def _measured(self, period: Period) -> Period:
        if self._until is None or self._until >= period.end:
            return period
        return Period(period.start, max(period.start, self._until))

    def _usage_lines(
        self, due: DuePeriod, product: Product, found: Sequence[tuple[Priced, Measured]] | str
    ) -> list[Line]:
        line = msgspec.structs.replace(
            _blank(due, product, _charged_days(due) or due.active), kind="usage", metric=product.metric
        )
        if isinstance(found, str):
            return [not_rated(line, found)]
        if self._units is None:
            return usage_lines(self._house, line, found)
        contract = due.contract
        take = partial(self._units.take, contract.customer, contract.subscription.id)
        return usage_lines(self._house, line, found, take)

    def _agreed(self, price: bytes, currency: str, dialect: Choices) -> tuple[tuple[Part, Terms], ...]:
        models = self._house.registry.pricing_model
        divided = parts(msgspec.json.decode(price, type=Price))
        return tuple((one, terms(one.price, models(one.price.model), currency, dialect)) for one in divided)


def is_metered(due: DuePeriod, product: Product) -> bool:
    """Tell whether a product is charged by usage in this period: in a trial it is not."""
    return product.fee == "metered" and _charged_days(due) is not None


def _unmetered_line(due: DuePeriod, product: Product) -> Line:
    days = _charged_days(due)
    # A one-time fee is of the day of the start, so any trial makes it free.
    begun = product.fee != "one_time" or due.contract.subscription.origin in due.contract.charged_days
    return _fee_line(due, product, days) if days is not None and begun else _free_in_trial(due, product)


def _plain(line: Line) -> Line:
    return msgspec.structs.replace(line, steps=tuple(plain_step(step) for step in line.steps))


def _price(due: DuePeriod, product: Product) -> Price:
    return due.contract.subscription.prices.get(product.code, product.price)


def _charged_days(due: DuePeriod) -> Days | None:
    return due.active.overlap(due.contract.charged_days)


def _instants(due: DuePeriod, days: Days) -> Period:
    return instants(days, zone(due.contract.customer.timezone))


def _blank(due: DuePeriod, product: Product, days: Days) -> Line:
    period = _instants(due, days)
    return Line(
        kind="fee",
        product=product.code,
        period=Span(period.start, period.end),
        description=product.name or product.code,
        amount=round_money(Decimal(0), due.contract.version.plan.currency),
        tax_percent=due.contract.customer.tax_percent,
    )


def _free_in_trial(due: DuePeriod, product: Product) -> Line:
    why = "free during the trial" if due.active.count else "the subscription ended before"
    steps = (Step(description=why, amount=Decimal(0)),)
    kind = "usage" if product.fee == "metered" else "fee"
    line = _blank(due, product, due.active)
    return msgspec.structs.replace(line, kind=kind, metric=product.metric, steps=steps)


def _fee_line(due: DuePeriod, product: Product, days: Days) -> Line:
    currency = due.contract.version.plan.currency
    agreed = fee_terms(_price(due, product))
    with exact_arithmetic():
        full = agreed.unit_amount * agreed.quantity
        steps = [
            Step(
                description=plain(agreed.quantity),
                quantity=agreed.quantity,
                unit_amount=agreed.unit_amount,
                amount=full,
            )
        ]
        amount = full if product.fee == "one_time" else prorated(full, days, due.full)
        rounded = round_money(amount, currency)
        if amount != full:
            active, whole = active_share(days, due.full)
            text = f"{active} of {counted(Decimal(whole), 'day')}, rounded"
            steps.append(Step(description=text, amount=rounded - full))
        elif rounded != full:
            steps.append(Step(description="rounding", amount=rounded - full))
    line = _blank(due, product, days)
    return msgspec.structs.replace(
        line, units=normalized(agreed.quantity), amount=rounded, steps=tuple(steps)
    )
