"""Plans: products with a currency and an interval; a version of a plan is frozen once it is used."""

from decimal import Decimal
from typing import Literal

import msgspec

from usagebill_tui.domain.dialect import Dialect
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.product import Interval, Product

Billing = Literal["calendar", "anniversary"]


class Discount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A percentage or an amount off each invoice, for the first `months` of a subscription or for ever."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    months: int | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Products by code, and the terms they are sold on. Money is in `currency`, unrounded.

    The `dialect` says where prices follow another billing system's choices; None is our own.
    """

    code: str
    name: str = ""
    currency: str
    interval: Interval = "month"
    billing: Billing = "calendar"
    payment_terms_days: int = 30
    products: tuple[str, ...] = ()
    minimum_spend: Decimal | None = None
    maximum_spend: Decimal | None = None
    trial_days: int = 0
    discount: Discount | None = None
    dialect: Dialect | None = None


class PlanVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A plan with the products and metrics it had when it was fixed: all that an invoice depends on."""

    version: int
    plan: Plan
    products: tuple[Product, ...] = ()
    metrics: tuple[Metric, ...] = ()

    @property
    def label(self) -> str:
        """Return the name people use for it: `pro@2`."""
        return f"{self.plan.code}@{self.version}"

    def product(self, code: str) -> Product:
        """Return the product as this version fixed it; KeyError where the version has none."""
        return {p.code: p for p in self.products}[code]

    def metric(self, code: str) -> Metric:
        """Return the metric as this version fixed it; KeyError where the version has none."""
        return {m.code: m for m in self.metrics}[code]
