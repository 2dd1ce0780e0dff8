"""A whole catalogue as one value: what a file says, what a store holds, what a change compares."""

import msgspec

from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.plan import Plan, PlanVersion
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.tax import Tax


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """What would be sold today, every plan version that is kept, and who is on them.

    All are keyed by code or id; `versions` by (plan code, version number).
    """

    metrics: dict[str, Metric] = {}
    products: dict[str, Product] = {}
    plans: dict[str, Plan] = {}
    versions: dict[tuple[str, int], PlanVersion] = {}
    taxes: dict[str, Tax] = {}
    customers: dict[str, Customer] = {}
    subscriptions: dict[str, Subscription] = {}

    def latest(self, plan: str) -> int:
        """Return the newest version number of a plan, 0 where it has none."""
        return max((number for code, number in self.versions if code == plan), default=0)

    def current(self, plan: str) -> PlanVersion:
        """Return the plan as it would be sold today, under the number its next version would have.

        Raises KeyError where the plan, a product of it or that product's metric is unknown.
        """
        head = self.plans[plan]
        products = tuple(self.products[code] for code in head.products)
        metrics = {p.metric: self.metrics[p.metric] for p in products if p.metric is not None}
        number = self.latest(plan) + 1
        return PlanVersion(version=number, plan=head, products=products, metrics=tuple(metrics.values()))
