"""A whole catalogue as one value: what a file says, what a store holds, what a change compares."""

from typing import Literal, get_args

import msgspec

from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.plan import Plan, PlanVersion
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.tax import Tax

Archivable = Literal["metric", "product", "plan", "customer", "subscription"]
Thing = tuple[Archivable, str]
"""What can be archived: its kind, and its code or id."""
ARCHIVABLE: tuple[Archivable, ...] = get_args(Archivable)


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """What would be sold today, every plan version that is kept, and who is on them.

    All are keyed by code or id; `versions` by (plan code, version number). What is `archived` is used no
    more: lists leave it out, and past periods are billed by it all the same.
    """

    metrics: dict[str, Metric] = {}
    products: dict[str, Product] = {}
    plans: dict[str, Plan] = {}
    versions: dict[tuple[str, int], PlanVersion] = {}
    taxes: dict[str, Tax] = {}
    customers: dict[str, Customer] = {}
    subscriptions: dict[str, Subscription] = {}
    archived: frozenset[Thing] = frozenset()

    def without_archived(self) -> "Catalogue":
        """Return the catalogue without what is archived; plan versions stay."""
        if not self.archived:
            return self
        gone = self.archived
        return msgspec.structs.replace(
            self,
            metrics={key: one for key, one in self.metrics.items() if ("metric", key) not in gone},
            products={key: one for key, one in self.products.items() if ("product", key) not in gone},
            plans={key: one for key, one in self.plans.items() if ("plan", key) not in gone},
            customers={key: one for key, one in self.customers.items() if ("customer", key) not in gone},
            subscriptions={
                key: one for key, one in self.subscriptions.items() if ("subscription", key) not in gone
            },
        )

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
