"""Comparing our invoices with another system's amounts, and sorting what differs by its likely cause."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.parity import arithmetic, dialects, usage
from usagebill_tui.billing.parity.case import Case, Finding, recharge
from usagebill_tui.billing.parity.difference import CAUSES, Difference
from usagebill_tui.billing.parity.ours import Key, Ours, ours
from usagebill_tui.billing.parity.statement import Stated
from usagebill_tui.billing.usage.accounts import active_days
from usagebill_tui.billing.usage.unbilled import Unbilled, UnbilledRequest, unbilled
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.names import nearest
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.store.catalogue import load_catalogue

_ZERO = Decimal(0)


class ParityRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to compare with; amounts that differ by `tolerance` or less count as equal."""

    stated: Sequence[Stated]
    tolerance: Decimal = _ZERO


class Parity(msgspec.Struct, frozen=True):
    """The differences, by likely cause, customer, product and period, and how many amounts are equal."""

    differences: tuple[Difference, ...]
    equal: int


def compare_with(house: House, request: ParityRequest) -> Parity:
    """Return where their amounts differ from our lines before discounts and tax, and likely why."""
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
    names = _Names(catalogue)
    theirs: dict[Key, Decimal] = defaultdict(lambda: _ZERO)
    with exact_arithmetic():
        for one in request.stated:
            theirs[names.key(one)] += one.amount
    periods = sorted({key.period for key in theirs})
    found = ours(house, catalogue, periods)
    both = [key for key in theirs if key in found]
    cases = [Case(key, found[key], theirs[key]) for key in both]
    differing = [case for case in cases if not _equal(case.amount, case.theirs, request.tolerance)]
    equal = [case for case in cases if _equal(case.amount, case.theirs, request.tolerance)]
    alone = [
        *(_without_ours(key, theirs[key], found, names) for key in theirs if key not in found),
        *(_without_theirs(key, found[key], theirs) for key in found if key not in theirs),
    ]
    kept = [one for one in alone if not _equal(one.ours or _ZERO, one.theirs or _ZERO, request.tolerance)]
    alike = {(case.key.product, case.key.currency) for case in equal if case.amount}
    causes = _causes(house, differing, alike)
    told = [_difference(case, finding) for case, finding in zip(differing, causes, strict=True)]
    return Parity(tuple(sorted([*kept, *told], key=_place)), len(equal))


def _equal(one: Decimal, other: Decimal, tolerance: Decimal) -> bool:
    with exact_arithmetic():
        return abs(one - other) <= tolerance


def _place(one: Difference) -> tuple[int, str, str, Days, str]:
    return CAUSES.index(one.cause), one.customer, one.product, one.period, one.currency


def _difference(case: Case, finding: Finding) -> Difference:
    return Difference(
        cause=finding.cause,
        customer=case.key.customer,
        product=case.key.product,
        period=case.key.period,
        currency=case.key.currency,
        ours=case.amount,
        theirs=case.theirs,
        invoices=case.ours.invoices,
        evidence=finding.evidence,
    )


def _causes(house: House, cases: Sequence[Case], priced_alike: set[tuple[str, str]]) -> list[Finding]:
    """Return the likely cause of each case, the strongest evidence first.

    `priced_alike` are products, by currency, that others are charged the same for on both sides.
    """
    known = (
        (place, arithmetic.rounding(case) or arithmetic.proration(case)) for place, case in enumerate(cases)
    )
    found = {place: finding for place, finding in known if finding is not None}
    found |= {
        place: finding
        for place, case in enumerate(cases)
        if (finding := dialects.matching(house, case)) is not None
    }
    left = [place for place in range(len(cases)) if place not in found]
    lines = {place: line for place in left if (line := recharge(house, cases[place])) is not None}
    places = list(lines)
    for of_events in (usage.came_late, usage.boundaries):
        open_ = [place for place in places if place not in found]
        told = of_events(house, [lines[place] for place in open_])
        found |= {open_[place]: finding for place, finding in told.items()}
    lost = {period: _unbilled(house, period) for period in {cases[p].key.period for p in places}}
    for place in places:
        exact = usage.unbilled_usage(lines[place], lost[cases[place].key.period])
        if place not in found and exact is not None and exact.evidence.endswith("exactly"):
            found[place] = exact
    left = [place for place in range(len(cases)) if place not in found]
    ratios = arithmetic.shared_ratios([cases[place] for place in left])
    sharing = _customers(cases, left, ratios)
    for place_left, place in enumerate(left):
        case, line = cases[place], lines.get(place)
        product = case.key.product, case.key.currency
        finding = arithmetic.price(case, ratios.get(place_left), sharing.get(product, 0))
        if finding is None and line is not None:
            finding = usage.unbilled_usage(line, lost[case.key.period])
        if finding is None and line is not None and product in priced_alike:
            finding = usage.whole_units(line)
        finding = finding or arithmetic.single_price(case)
        found[place] = finding or arithmetic.unexplained(case)
    return [found[place] for place in range(len(cases))]


def _customers(
    cases: Sequence[Case], left: Sequence[int], ratios: Mapping[int, Decimal]
) -> dict[tuple[str, str], int]:
    """Return how many customers share the ratio of a product."""
    customers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for place in ratios:
        key = cases[left[place]].key
        customers[key.product, key.currency].add(key.customer)
    return {product: len(found) for product, found in customers.items()}


def _unbilled(house: House, period: Days) -> list[Unbilled]:
    request = UnbilledRequest(first=period.first.isoformat(), last=period.after.isoformat())
    return unbilled(house, request)


class _Names:
    """Whom and what the other system's names mean here."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._customers: dict[str, str] = {}
        for subscription in catalogue.subscriptions.values():
            self._customers |= dict.fromkeys(subscription.names, subscription.customer)
        for customer in catalogue.customers.values():
            self._customers |= dict.fromkeys(customer.names, customer.id)
        sold = [product for version in catalogue.versions.values() for product in version.products]
        self.products = {product.code for product in [*sold, *catalogue.products.values()]}
        by_name: dict[str, set[str]] = defaultdict(set)
        for product in sold:
            by_name[(product.name or product.code).casefold()].add(product.code)
        self._by_name = {name: codes.pop() for name, codes in by_name.items() if len(codes) == 1}

    def key(self, stated: Stated) -> Key:
        """Return what a row is about: the customer by any of its names, the product by code or name."""
        customer = self._customers.get(stated.customer, stated.customer)
        product = stated.product
        if product not in self.products:
            product = self._by_name.get(product.casefold(), product)
        known = self.catalogue.customers.get(customer)
        currency = stated.currency or (known.currency if known else "")
        return Key(customer, product, stated.period, currency)

    def near(self, customer: str) -> str:
        """Return a hint at the customer that a name may mean."""
        match = nearest(customer, self._customers)
        return f"; did they mean {match!r}?" if match else "; add it to a customer's aliases"


def _without_ours(key: Key, amount: Decimal, found: Mapping[Key, Ours], names: _Names) -> Difference:
    customers = names.catalogue.customers
    if key.customer not in customers:
        finding = Finding(
            "missing customer", f"no customer here is called {key.customer!r}{names.near(key.customer)}"
        )
    elif _currencies(key, found):
        others = ", ".join(sorted(_currencies(key, found)))
        finding = Finding("missing product", f"it is charged in {others} here")
    elif not any((one.customer, one.period) == (key.customer, key.period) for one in found):
        finding = Finding("missing customer", _why_nothing(key, names.catalogue))
    elif key.product not in names.products:
        near = nearest(key.product, names.products)
        hint = f"; did they mean {near!r}?" if near else ""
        finding = Finding("missing product", f"no product here is called {key.product!r}{hint}")
    else:
        finding = Finding("missing product", "the customer's plan does not charge it here in this period")
    return _alone(key, finding, theirs=amount)


def _currencies(key: Key, found: Iterable[Key]) -> set[str]:
    same = (key.customer, key.product, key.period)
    return {one.currency for one in found if (one.customer, one.product, one.period) == same}


def _why_nothing(key: Key, catalogue: Catalogue) -> str:
    bound = [one for one in catalogue.subscriptions.values() if one.customer == key.customer]
    if not any(active_days(one).overlap(key.period) for one in bound):
        return "the customer has no subscription here in this period"
    return "nothing is billed to the customer here in this period, or it has not ended"


def _without_theirs(key: Key, lines: Ours, theirs: Iterable[Key]) -> Difference:
    if any((one.customer, one.period) == (key.customer, key.period) for one in theirs):
        finding = Finding("missing product", "the file charges the customer other products, not this one")
    else:
        finding = Finding("missing customer", "the file has nothing of this customer in this period")
    return _alone(key, finding, lines=lines)


def _alone(
    key: Key, finding: Finding, *, lines: Ours | None = None, theirs: Decimal | None = None
) -> Difference:
    return Difference(
        cause=finding.cause,
        customer=key.customer,
        product=key.product,
        period=key.period,
        currency=key.currency,
        ours=None if lines is None else lines.amount,
        theirs=theirs,
        invoices=() if lines is None else lines.invoices,
        evidence=finding.evidence,
    )


def by_cause(found: Parity) -> Iterator[tuple[str, int]]:
    """Yield the causes that occur, in their order, each with how many differences it has."""
    for cause in CAUSES:
        count = sum(one.cause == cause for one in found.differences)
        if count:
            yield cause, count
