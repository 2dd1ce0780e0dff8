"""Versions of plans: when a change makes the next one, and when it may edit one."""

from collections.abc import Collection, Mapping

import msgspec

from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.plan import Plan, PlanVersion
from usagebill_tui.domain.product import Product

VersionKey = tuple[str, int]
"""A plan's code and a version number."""


def settle(
    catalogue: Catalogue, used: Collection[VersionKey], numbers: Mapping[str, int] | None = None
) -> Catalogue:
    """Return the catalogue in which the newest version of every plan is the plan as it would be sold today.

    A newest version that is not `used` is edited, a used one stays and is followed by the next. `numbers`
    says for some plans which number a version beyond the newest is to have.
    """
    wanted = {} if numbers is None else numbers
    settled = (_settled(catalogue, plan, used, wanted.get(plan, 0)) for plan in catalogue.plans)
    added = {(version.plan.code, version.version): version for version in settled}
    return msgspec.structs.replace(catalogue, versions={**catalogue.versions, **added})


def _settled(catalogue: Catalogue, plan: str, used: Collection[VersionKey], number: int) -> PlanVersion:
    """Return the version that stands for a plan as sold today."""
    current, latest = catalogue.current(plan), catalogue.latest(plan)
    if number > latest:
        return msgspec.structs.replace(current, version=number)
    stored = catalogue.versions.get((plan, latest))
    if stored is None or (not same(stored, current) and (plan, latest) in used):
        return current
    return msgspec.structs.replace(current, version=latest)


def same(one: PlanVersion, other: PlanVersion) -> bool:
    """Tell whether two versions sell the same, whatever their numbers."""
    return msgspec.structs.replace(one, version=other.version) == other


def definition(
    plan: Plan,
    version: int,
    products: Mapping[str, Product],
    metrics: Mapping[str, Metric],
    place: Place = NOWHERE,
) -> PlanVersion:
    """Return the plan with its products and their metrics; raises InvalidInput for one that is not known."""
    for index, code in enumerate(plan.products):
        if code not in products:
            at = place.key("products").item(index)
            raise at.error(f"unknown product {code!r}", mend=suggestion(code, products))
    sold = tuple(products[code] for code in plan.products)
    measured = list(dict.fromkeys(product.metric for product in sold if product.metric is not None))
    for code in measured:
        if code not in metrics:
            raise place.key("products").error(f"unknown metric {code!r}", mend=suggestion(code, metrics))
    return PlanVersion(
        version=version, plan=plan, products=sold, metrics=tuple(metrics[code] for code in measured)
    )
