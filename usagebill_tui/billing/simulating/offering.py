"""Which contract each subscription has, and which one it would have under other prices."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import msgspec

from usagebill_tui.billing.catalogue import (
    check_double_billing,
    check_subscription,
    plan_reference,
    read_catalogue,
    resolve,
)
from usagebill_tui.billing.catalogue.versions import same
from usagebill_tui.billing.invoices.due import Contract, contracts
from usagebill_tui.billing.simulating.request import SimulationRequest
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.plan import PlanVersion
from usagebill_tui.errors import NotFound, UsagebillError, WrongCall
from usagebill_tui.plugin.registry import Registry


class Offer(NamedTuple):
    """A subscription's contract and the one it would have; `problem` is why it cannot have that."""

    customer: str
    before: Contract | None
    after: Contract
    problem: str = ""


class Offered(NamedTuple):
    """All offers, by customer and subscription, and the catalogue that they make."""

    offers: list[Offer]
    after: Catalogue


def offered(
    request: SimulationRequest, catalogue: Catalogue, used: Collection[tuple[str, int]], registry: Registry
) -> Offered:
    """Return what each subscription would be on; raises WrongCall, NotFound or why the file is refused."""
    if (request.plan is None) == (request.text is None):
        raise WrongCall("name a plan or a catalogue file", mend="give one of --plan and --catalog")
    for customer in request.customers:
        if customer not in catalogue.customers:
            mend = suggestion(customer, catalogue.customers)
            raise NotFound(f"there is no customer {customer!r}", mend=mend)
    if request.text is None:
        after = _on_plan(catalogue, found_version(catalogue, request.plan or ""), request)
    else:
        file = read_catalogue(request.text, request.name, registry)
        after = _moved(catalogue, resolve(file, catalogue, used))
    keeps_days = request.text is None
    found = _offers(catalogue, after, request.customers, keeps_days=keeps_days)
    chosen = set(request.subscriptions)
    return Offered([one for one in found if not chosen or one.after.subscription.id in chosen], after)


def found_version(catalogue: Catalogue, reference: str) -> PlanVersion:
    """Return the plan version that `pro@2` names; of `pro`, the newest. Raises NotFound."""
    plan, number = plan_reference(reference)
    if plan not in catalogue.plans:
        raise NotFound(f"there is no plan {plan!r}", mend=suggestion(plan, catalogue.plans))
    version = catalogue.versions.get((plan, number or catalogue.latest(plan)))
    if version is None:
        known = [f"{code}@{each}" for code, each in sorted(catalogue.versions) if code == plan]
        raise NotFound(f"there is no plan version {reference!r}", mend=f"known: {', '.join(known)}")
    return version


def _on_plan(catalogue: Catalogue, version: PlanVersion, request: SimulationRequest) -> Catalogue:
    """Put subscriptions on a plan version; overrides stay of the products that it sells."""
    sold = {product.code for product in version.products}
    customers, subscriptions = frozenset(request.customers), frozenset(request.subscriptions)
    moved = {
        key: msgspec.structs.replace(
            one,
            plan=version.plan.code,
            version=version.version,
            prices={code: price for code, price in one.prices.items() if code in sold},
        )
        for key, one in catalogue.subscriptions.items()
        if (not customers or one.customer in customers) and (not subscriptions or key in subscriptions)
    }
    return msgspec.structs.replace(catalogue, subscriptions={**catalogue.subscriptions, **moved})


def _moved(before: Catalogue, after: Catalogue) -> Catalogue:
    """Put the subscriptions of each plan that a file changes on the version which that makes."""
    changed = {
        code
        for code in after.plans
        if code not in before.plans or not same(before.current(code), after.current(code))
    }
    newest = {code: after.latest(code) for code in changed}
    moved = {
        key: msgspec.structs.replace(one, version=newest[one.plan])
        for key, one in after.subscriptions.items()
        if one.plan in changed
    }
    return msgspec.structs.replace(after, subscriptions={**after.subscriptions, **moved})


def _offers(
    before: Catalogue, after: Catalogue, customers: tuple[str, ...], *, keeps_days: bool
) -> Iterator[Offer]:
    old = {one.subscription.id: one for one in contracts(before, customers)}
    several = _with_several(after)
    for contract in contracts(after, customers):
        own = old.get(contract.subscription.id)
        customer = contract.customer.id
        problem = _problem(after, contract.subscription, twice=customer in several)
        wanted = _as_cut_by(own, contract) if own is not None and keeps_days else contract
        yield Offer(customer, own, wanted, problem)


def _with_several(catalogue: Catalogue) -> set[str]:
    seen: set[str] = set()
    several: set[str] = set()
    for one in catalogue.subscriptions.values():
        (several if one.customer in seen else seen).add(one.customer)
    return several


def _problem(catalogue: Catalogue, subscription: Subscription, *, twice: bool) -> str:
    """Return why a subscription cannot be on its plan version: its currency, its prices, another one."""
    try:
        check_subscription(subscription, catalogue)
        if twice:
            check_double_billing(catalogue, {subscription.customer})
    except UsagebillError as error:
        return str(error)
    return ""


def _as_cut_by(own: Contract, contract: Contract) -> Contract:
    """Return a contract with periods on the customer's own days: prices are compared, not calendars."""
    plan = msgspec.structs.replace(contract.version.plan, billing=own.version.plan.billing)
    if plan == contract.version.plan:
        return contract
    version = msgspec.structs.replace(contract.version, plan=plan)
    return msgspec.structs.replace(contract, version=version)
