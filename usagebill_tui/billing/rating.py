"""Rating: the lines of billing periods, usage measured and priced, fees prorated."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import msgspec

from usagebill_tui.billing.accounts import Accounts
from usagebill_tui.billing.catalogue.fees import fee_terms
from usagebill_tui.billing.due import DuePeriod
from usagebill_tui.billing.house import House
from usagebill_tui.billing.measuring import Ask, Measured, measure, needed_amounts
from usagebill_tui.billing.missing import missing
from usagebill_tui.domain.invoice import Line, Span
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.origin import Origin
from usagebill_tui.domain.periods import Days, Period, instants
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import Charge, Step, Terms, charge_under, terms
from usagebill_tui.domain.pricing.protocol import plain_step
from usagebill_tui.domain.pricing.words import counted
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.proration import active_share, prorated
from usagebill_tui.domain.quantity import exact_arithmetic, normalized, plain
from usagebill_tui.domain.zones import to_micros, zone
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.registry import NotRegistered, versioned


class Rated(msgspec.Struct, frozen=True):
    """A billing period with its lines, and the plugins that took part, by name and version."""

    due: DuePeriod
    lines: tuple[Line, ...]
    plugins: Mapping[str, str] = {}


class Rater:
    """Prices billing periods as of a snapshot, many at once; usage from `until` on does not count."""

    def __init__(
        self, house: House, accounts: Accounts, snapshot: int, until: datetime | None = None
    ) -> None:
        self._house = house
        self._accounts = accounts
        self._snapshot = snapshot
        self._until = until
        self._terms = lru_cache(maxsize=10_000)(self._agreed)

    def rate(self, periods: Sequence[tuple[DuePeriod, Sequence[Product]]]) -> list[Rated]:
        """Return the lines of these products for each period, in the plan's order."""
        prepared = [
            self._prepared(due, product)
            for due, products in periods
            for product in products
            if is_metered(due, product)
        ]
        found = iter(measure(self._house, [one for one in prepared if isinstance(one, Ask)], self._snapshot))
        measured = iter([(one, next(found) if isinstance(one, Ask) else None) for one in prepared])
        rated = []
        for due, products in periods:
            lines: list[Line] = []
            for product in products:
                lines += (
                    self._usage_lines(due, product, *next(measured))
                    if is_metered(due, product)
                    else [_unmetered_line(due, product)]
                )
            rated.append(Rated(due, tuple(_plain(line) for line in lines), self._plugins(due, products)))
        return rated

    def _prepared(self, due: DuePeriod, product: Product) -> Ask | str:
        """Return what is to be measured, or why the product cannot be rated."""
        try:
            return self.ask(due, product)
        except NotRegistered as error:
            return missing(self._house, due.contract.subscription, error)
        except InvalidInput as error:
            return str(error)

    def _plugins(self, due: DuePeriod, products: Sequence[Product]) -> dict[str, str]:
        """Return the plugins that measure and price these products."""
        registry = self._house.registry
        origins: list[Origin | None] = []
        for product in products:
            if is_metered(due, product):
                metric = due.contract.version.metric(product.metric or "")
                aggregation = registry.aggregations.get(metric.aggregation)
                model = registry.pricing_models.get(_price(due, product).model)
                origins += [thing.origin for thing in (aggregation, model) if thing is not None]
        return dict(sorted(versioned(origin) for origin in origins if origin is not None))

    def ask(self, due: DuePeriod, product: Product) -> Ask:
        """Return what is measured for a metered product; raises InvalidInput where it cannot be rated."""
        contract = due.contract
        metric = contract.version.metric(product.metric or "")
        self._house.registry.aggregation(metric.aggregation)
        agreed = self.price_terms(due, product)
        since = _instants(due, Days(contract.subscription.origin, due.active.after)).start
        return Ask(
            customer=contract.customer.id,
            metric=metric,
            accounts=self._accounts.of_subscription(contract.subscription, metric),
            period=self._measured(_instants(due, _charged_days(due) or due.active)),
            full=_instants(due, due.full),
            timezone=contract.customer.timezone,
            state_since=to_micros(since),
            amounts_of=needed_amounts(agreed.model, agreed.params, metric),
        )

    def _measured(self, period: Period) -> Period:
        if self._until is None or self._until >= period.end:
            return period
        return Period(period.start, max(period.start, self._until))

    def _usage_lines(
        self, due: DuePeriod, product: Product, ask: Ask | str, measured: Measured | None
    ) -> list[Line]:
        line = msgspec.structs.replace(
            _blank(due, product, _charged_days(due) or due.active), kind="usage", metric=product.metric
        )
        if measured is None or isinstance(ask, str):
            return [_not_rated(line, str(ask))]
        usage = measured.usage[0]
        line = msgspec.structs.replace(
            line, units=usage.units, events=usage.events, left_out=usage.left_out, accounts=ask.accounts
        )
        if usage.failure is not None:
            return [_not_rated(line, usage.failure)]
        try:
            charged = charge_under(self.price_terms(due, product), usage.units, measured.amounts)
        except InvalidInput as error:
            return [_not_rated(line, str(error))]
        line = msgspec.structs.replace(
            line, amount=charged.rounded, steps=charged.steps, warnings=charged.warnings
        )
        return _split_top_up(line, charged, due.contract.version.plan.currency) if charged.top_up else [line]

    def price_terms(self, due: DuePeriod, product: Product) -> Terms:
        """Return what a metered product is charged by; raises InvalidInput where that is impossible."""
        price = _price(due, product)
        return self._terms(
            msgspec.json.encode(price, order="deterministic"), due.contract.version.plan.currency
        )

    def _agreed(self, price: bytes, currency: str) -> Terms:
        decoded = msgspec.json.decode(price, type=Price)
        return terms(decoded, self._house.registry.pricing_model(decoded.model), currency)


def is_metered(due: DuePeriod, product: Product) -> bool:
    """Tell whether a product is charged by usage in this period: in a trial it is not."""
    return product.fee == "metered" and _charged_days(due) is not None


def _unmetered_line(due: DuePeriod, product: Product) -> Line:
    days = _charged_days(due)
    return _free_in_trial(due, product) if days is None else _fee_line(due, product, days)


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


def _not_rated(line: Line, why: str) -> Line:
    """Return a line that could not be priced as one of no amount that says so."""
    step = Step(description="not rated", amount=Decimal(0))
    return msgspec.structs.replace(line, steps=(step,), warnings=(f"not rated: {why}",), not_rated=why)


def _free_in_trial(due: DuePeriod, product: Product) -> Line:
    steps = (Step(description="free during the trial", amount=Decimal(0)),)
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


def _split_top_up(line: Line, charged: Charge, currency: str) -> list[Line]:
    """Show the top-up to a price's minimum as a line of its own."""
    with exact_arithmetic():
        rounded_steps = 1 if charged.rounded != charged.amount else 0
        steps = charged.steps[: len(charged.steps) - rounded_steps]
        usage = charged.amount - charged.top_up
        shown = round_money(usage, currency)
        own = [*steps[:-1], *_rounding(shown - usage)]
        top_up = round_money(charged.rounded - shown, currency)
        raised = [steps[-1], *_rounding(top_up - charged.top_up)]
    name = f"{line.description}: minimum charge"
    return [
        msgspec.structs.replace(line, amount=shown, steps=tuple(own)),
        msgspec.structs.replace(
            line,
            kind="minimum",
            description=name,
            amount=top_up,
            steps=tuple(raised),
            units=None,
            events=0,
            left_out=0,
            accounts=(),
            warnings=(),
        ),
    ]


def _rounding(difference: Decimal) -> list[Step]:
    return [Step(description="rounding", amount=difference)] if difference else []
