"""Offers: what all contracts on equal terms have in common of a product over a period.

Ten thousand invoices are of a few offers, so that only usage has to be worked out for each.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import msgspec

from usagebill_tui.billing.catalogue.fees import fee_terms
from usagebill_tui.billing.invoices.due import DuePeriod
from usagebill_tui.billing.invoices.usage_lines import part_ask
from usagebill_tui.billing.usage.measuring import Ask
from usagebill_tui.domain.dialect import Choices, choices_of
from usagebill_tui.domain.invoice import Line, Span
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.periods import Days, Period, instants
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import Part, Step, Terms, parts, terms
from usagebill_tui.domain.pricing.protocol import plain_step
from usagebill_tui.domain.pricing.words import counted
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.proration import active_share, prorated
from usagebill_tui.domain.quantity import exact_arithmetic, normalized, plain
from usagebill_tui.domain.zones import zone
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin import Registry
from usagebill_tui.plugin.registry import versioned

_MOST = 10_000
_Key = tuple[int, int, bool]
"""A product and its price, each by its identity, and whether it has begun."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A product over a period, as all contracts on the same terms are charged for it.

    `line` is all there is to say of what is not `metered`, else what usage is filled in. `parts` are measured
    for each contract by asks that say its names; where there is a `problem`, they cannot be priced. `plugins`
    take part, by name and version. What it was made `of` lives as long, since it is told by its identity.
    """

    line: Line
    metered: bool
    of: tuple[object, ...]
    parts: tuple[tuple[Part, Ask, Terms], ...] = ()
    problem: InvalidInput | None = None
    plugins: tuple[tuple[str, str], ...] = ()


class Offers:
    """The offers that were met so far; usage from `until` on does not count."""

    def __init__(self, registry: Registry, until: datetime | None) -> None:
        self._registry = registry
        self._until = until
        self._known: dict[tuple[object, ...], dict[_Key, Offer]] = {}
        self._terms = lru_cache(maxsize=_MOST)(self._agreed)
        self._last: tuple[DuePeriod, Days | None, dict[_Key, Offer]] | None = None

    def of(self, due: DuePeriod, product: Product) -> Offer:
        """Return what a period offers of a product; what cannot be measured or priced says so."""
        contract = due.contract
        price = contract.subscription.prices.get(product.code, product.price)
        charged, known = self._terms_of(due)
        begun = product.fee != "one_time" or contract.subscription.origin in contract.charged_days
        key = id(product), id(price), begun
        offer = known.get(key)
        if offer is None:
            if len(known) >= _MOST:
                known.clear()
            offer = known[key] = self._made(due, product, price, charged if begun else None)
        return offer

    def _terms_of(self, due: DuePeriod) -> tuple[Days | None, dict[_Key, Offer]]:
        """Return the charged days of a period, and the offers on its terms."""
        # Its products are asked for one after the other.
        if self._last is None or self._last[0] is not due:
            customer, charged = due.contract.customer, charged_days(due)
            terms_ = (
                id(due.contract.version),
                *(due.full, due.active, charged),
                *(customer.timezone, customer.tax_percent),
            )
            if len(self._known) >= _MOST:
                self._known.clear()
            self._last = due, charged, self._known.setdefault(terms_, {})
        return self._last[1:]

    def _made(self, due: DuePeriod, product: Product, price: Price, charged: Days | None) -> Offer:
        of = product, price, due.contract.version
        if charged is None:
            return Offer(line=_free_in_trial(due, product), metered=False, of=of)
        if product.fee != "metered":
            return Offer(line=_fee_line(due, product, price, charged), metered=False, of=of)
        blank = _blank(due, product, charged)
        line = msgspec.structs.replace(blank, kind="usage", metric=product.metric)
        try:
            asked = tuple(self._parts(due, product, price, charged))
        except InvalidInput as error:
            return Offer(
                line=line, metered=True, of=of, problem=error, plugins=self._plugins(due, product, price)
            )
        return Offer(line=line, metered=True, of=of, parts=asked, plugins=self._plugins(due, product, price))

    def _parts(
        self, due: DuePeriod, product: Product, price: Price, charged: Days
    ) -> Iterator[tuple[Part, Ask, Terms]]:
        version = due.contract.version
        metric = version.metric(product.metric or "")
        self._registry.aggregation(metric.aggregation)
        choices = choices_of(version.plan.dialect)
        agreed = self._terms(
            msgspec.json.encode(price, order="deterministic"), version.plan.currency, choices
        )
        whole = Ask(
            customer="",
            metric=metric,
            accounts=(),
            period=self._counted(_instants(due, charged)),
            full=_instants(due, due.full),
            timezone=due.contract.customer.timezone,
        )
        for part, each in agreed:
            yield part, part_ask(whole, part, each), each

    def _counted(self, period: Period) -> Period:
        if self._until is None or self._until >= period.end:
            return period
        return Period(period.start, max(period.start, self._until))

    def _agreed(self, price: bytes, currency: str, dialect: Choices) -> tuple[tuple[Part, Terms], ...]:
        models = self._registry.pricing_model
        divided = parts(msgspec.json.decode(price, type=Price))
        return tuple((one, terms(one.price, models(one.price.model), currency, dialect)) for one in divided)

    def _plugins(self, due: DuePeriod, product: Product, price: Price) -> tuple[tuple[str, str], ...]:
        """Return the plugins that measure and price a product."""
        metric = due.contract.version.metric(product.metric or "")
        aggregation = self._registry.aggregations.get(metric.aggregation)
        models = [self._registry.pricing_models.get(each.model) for each in price.each()]
        origins = [thing.origin for thing in (aggregation, *models) if thing is not None]
        return tuple(versioned(origin) for origin in origins if origin is not None)


def charged_days(due: DuePeriod) -> Days | None:
    """Return the days of a period that are charged: those after the trial, None where there are none."""
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


def _fee_line(due: DuePeriod, product: Product, price: Price, days: Days) -> Line:
    currency = due.contract.version.plan.currency
    agreed = fee_terms(price)
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
        line,
        units=normalized(agreed.quantity),
        amount=rounded,
        steps=tuple(plain_step(step) for step in steps),
    )
