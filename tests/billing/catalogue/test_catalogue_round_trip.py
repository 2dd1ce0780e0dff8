"""An exported catalogue reads back as itself, into its own workspace and into an empty one."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.billing.catalogue import (
    changes,
    check_metric,
    check_plan,
    check_product,
    read_catalogue,
    resolve,
    settle,
    write_catalogue,
)
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Filter, Metric, Rounding, Scalar
from usagebill_tui.domain.plan import Discount, Plan
from usagebill_tui.domain.price import Modifiers, Price, PriceWhen
from usagebill_tui.domain.product import Fee, Product
from usagebill_tui.plugin.registry import builtin_registry

REGISTRY = builtin_registry()
TEXTS = st.one_of(
    st.sampled_from(["", 'say "hi"', "back\\slash", "Größe", "two\nlines", "tab\there", "#=[]{}'", "日本"]),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=8),
)
CODES = ("a", "b.c", "d e", 'f"g', "h-1", "ü")
PATHS = ("n", "usage.output", '"a.b".c')
AMOUNTS = st.decimals("0", "10000000", places=6).map(abs)
PERCENTS = st.decimals("0", "100", places=3).map(abs)
SCALARS = st.one_of(TEXTS, st.booleans(), st.integers(-(2**40), 2**40))
DAYS = st.integers(0, 3000).map(lambda days: date(2020, 1, 1) + timedelta(days=days))


def plain(value: Decimal) -> str:
    return format(value, "f")


def filters() -> st.SearchStrategy[Filter]:
    paths = st.sampled_from(PATHS)
    return st.one_of(
        st.builds(Filter, property=paths, op=st.sampled_from(["eq", "ne"]), value=SCALARS),
        st.builds(Filter, property=paths, op=st.just("exists"), value=st.booleans()),
        st.builds(
            Filter,
            property=paths,
            op=st.sampled_from(["in", "not_in"]),
            value=st.lists(SCALARS, min_size=1, max_size=3).map(tuple),
        ),
        st.builds(Filter, property=paths, op=st.sampled_from(["gt", "le"]), value=st.integers(-5, 5)),
    )


@st.composite
def metrics(draw: st.DrawFn, code: str) -> Metric:
    aggregation = draw(st.sampled_from(["count", "sum", "max", "unique_count"]))
    counted = aggregation == "count"
    operation = draw(st.booleans()) and aggregation == "unique_count"
    metric = Metric(
        code=code,
        name=draw(TEXTS),
        event=draw(st.sampled_from(["", "request"])),
        aggregation=aggregation,
        property=None if counted else draw(st.sampled_from(PATHS)),
        unit=draw(st.sampled_from(["", "token"])),
        group_by=draw(st.lists(st.sampled_from(PATHS), unique=True, max_size=2).map(tuple)),
        filters=draw(st.lists(filters(), max_size=2).map(tuple)),
        exclude=draw(st.lists(st.fixed_dictionaries({PATHS[2]: SCALARS}), max_size=1).map(tuple)),
        rounding=draw(st.none() | st.builds(Rounding, digits=st.integers(-3, 3))),
        recurring=draw(st.booleans()) and aggregation in {"sum", "unique_count"},
        params={"operation_property": "op"} if operation else {},
    )
    return check_metric(metric, REGISTRY)


@st.composite
def tables_of_tiers(draw: st.DrawFn) -> dict[str, Any]:
    bounds = sorted(draw(st.sets(st.integers(1, 10**6), max_size=3)))
    tiers = [{"up_to": str(bound), "unit_amount": plain(draw(AMOUNTS))} for bound in bounds]
    return {"tiers": [*tiers, {"flat_amount": plain(draw(AMOUNTS))}]}


def prices(fee: str) -> st.SearchStrategy[Price]:
    amounts = st.fixed_dictionaries({"unit_amount": AMOUNTS.map(plain)})
    if fee != "metered":
        counted = st.fixed_dictionaries({"unit_amount": AMOUNTS.map(plain), "quantity": AMOUNTS.map(plain)})
        return st.builds(Price, model=st.just("per_unit"), params=amounts | counted)
    modifiers = st.builds(Modifiers, free_units=st.none() | AMOUNTS, discount_percent=st.none() | PERCENTS)
    whole = st.one_of(
        st.builds(Price, model=st.just("per_unit"), params=amounts, modifiers=modifiers),
        st.builds(Price, model=st.sampled_from(["tiered", "volume"]), params=tables_of_tiers()),
    )
    return st.one_of(whole, divided(whole))


@st.composite
def divided(draw: st.DrawFn, whole: st.SearchStrategy[Price]) -> Price:
    """Draw a price with others by property value, or one for each group."""
    one: st.SearchStrategy[Scalar] = st.sampled_from(["eu", "us", 'q"', "1.50", True])
    values: st.SearchStrategy[Scalar | tuple[Scalar, ...]] = st.one_of(
        one, st.lists(one, min_size=2, max_size=3, unique_by=str).map(tuple)
    )
    whens = draw(
        st.lists(
            st.dictionaries(st.sampled_from(PATHS), values, min_size=1, max_size=2),
            unique_by=lambda when: tuple(sorted(when)),
            max_size=2,
        )
    )
    groups = draw(st.lists(st.sampled_from(PATHS), unique=True, max_size=2))
    by = tuple(PriceWhen(when=when, price=draw(whole)) for when in whens)
    return msgspec.structs.replace(draw(whole), by=by, group_by=tuple(groups))


@st.composite
def products(draw: st.DrawFn, code: str) -> Product:
    fee: Fee = draw(st.sampled_from(get_args(Fee)))
    metered = fee == "metered"
    product = Product(
        code=code,
        name=draw(TEXTS),
        fee=fee,
        metric=draw(st.sampled_from(CODES[:3])) if metered else None,
        timing="arrears" if metered else draw(st.sampled_from(["arrears", "advance"])),
        price=draw(prices(fee)),
    )
    return check_product(product, REGISTRY)


@st.composite
def plans(draw: st.DrawFn, code: str) -> Plan:
    discounts = st.one_of(
        st.none(),
        st.builds(Discount, percent=PERCENTS, months=st.none() | st.integers(1, 24)),
        st.builds(Discount, amount=AMOUNTS),
    )
    plan = Plan(
        code=code,
        name=draw(TEXTS),
        currency="EUR",
        interval=draw(st.sampled_from(["week", "month", "quarter", "half_year", "year"])),
        billing=draw(st.sampled_from(["calendar", "anniversary"])),
        payment_terms_days=draw(st.sampled_from([0, 14, 30])),
        products=draw(st.lists(st.sampled_from(CODES[:3]), unique=True, max_size=3).map(tuple)),
        minimum_spend=draw(st.none() | PERCENTS),
        maximum_spend=draw(st.none() | AMOUNTS.map(lambda amount: amount + 100)),
        trial_days=draw(st.sampled_from([0, 7])),
        discount=draw(discounts),
    )
    return check_plan(plan)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """Draw a catalogue that has changed up to twice since its plans were first used."""
    catalogue = Catalogue()
    for _ in range(draw(st.integers(1, 3))):
        changed = msgspec.structs.replace(
            catalogue,
            metrics={code: draw(metrics(code)) for code in CODES[:3]},
            products={code: draw(products(code)) for code in CODES[:3]},
            plans={code: draw(plans(code)) for code in CODES[1:3]},
        )
        catalogue = settle(changed, changed.versions)
    customers = {
        code: Customer(
            id=code,
            name=draw(TEXTS),
            aliases=(f"{code} alias",),
            timezone=draw(st.sampled_from(["UTC", "Asia/Kathmandu"])),
            currency="EUR",
            tax_percent=draw(PERCENTS),
            email=draw(st.sampled_from(["", "a@b.example"])),
            address=draw(TEXTS),
        )
        for code in draw(st.sets(st.sampled_from(CODES), max_size=3))
    }
    subscriptions = {f"{code}!": draw(subscription(code, catalogue)) for code in customers}
    return msgspec.structs.replace(catalogue, customers=customers, subscriptions=subscriptions)


@st.composite
def subscription(draw: st.DrawFn, customer: str, catalogue: Catalogue) -> Subscription:
    version = draw(st.sampled_from(list(catalogue.versions.values())))
    start = draw(DAYS)
    return Subscription(
        id=f"{customer}!",
        customer=customer,
        plan=version.plan.code,
        version=version.version,
        start=start,
        end=draw(st.none() | st.just(start + timedelta(days=40))),
        aliases=draw(st.sampled_from([(), (f"{customer}?",)])),
        prices={product.code: product.price for product in version.products if draw(st.booleans())},
    )


@given(catalogues())
@settings(max_examples=20, deadline=None)
def test_export_reads_back_as_the_same_catalogue(catalogue: Catalogue) -> None:
    text = write_catalogue(catalogue)
    file = read_catalogue(text, "export.toml", REGISTRY)
    assert resolve(file, catalogue) == catalogue
    assert resolve(file, catalogue, catalogue.versions) == catalogue
    empty = resolve(file, Catalogue())
    assert empty == catalogue
    assert write_catalogue(empty) == text
    assert changes(catalogue, empty) == []


@given(catalogues(), catalogues())
@settings(max_examples=10, deadline=None)
def test_applying_an_export_elsewhere_twice_changes_nothing_more(one: Catalogue, other: Catalogue) -> None:
    """Where versions in use agree, a second run finds nothing left to do."""
    heads = msgspec.structs.replace(one, versions={}, subscriptions={})
    file = read_catalogue(write_catalogue(heads), "heads.toml", REGISTRY)
    once = resolve(file, other, other.versions)
    assert resolve(file, once, once.versions) == once


def test_stored_numbers_survive_their_storage() -> None:
    """A metric that went through JSON, as stores keep it, equals the one that its file says."""
    text = (
        '[[metric]]\ncode = "m"\naggregation = "count"\n'
        'filters = [{ property = "n", op = "gt", value = 0.50 }, { property = "n", value = 1e3 }]\n'
        "exclude = [{ n = [1.25, 99999999999999999999, 7] }]\n"
    )
    metric = resolve(read_catalogue(text, "c.toml", REGISTRY), Catalogue()).metrics["m"]
    assert [each.value for each in metric.filters] == ["0.5", 1000]
    assert metric.exclude == ({"n": ("1.25", "99999999999999999999", 7)},)
    assert msgspec.json.decode(msgspec.json.encode(metric), type=Metric) == metric
