import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.databases import open_database
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Filter, Metric, Rounding
from usagebill_tui.domain.plan import Discount, Plan, PlanVersion
from usagebill_tui.domain.price import Modifiers, Price
from usagebill_tui.domain.product import Product
from usagebill_tui.store.audit import Author, Entry, entries
from usagebill_tui.store.catalogue import load_catalogue, save_catalogue, used_versions
from usagebill_tui.store.database import Database

AUTHOR = Author("anna", datetime(2024, 5, 6, 7, 8, 9, 10, tzinfo=UTC))
METRIC = Metric(
    code="tokens",
    name="Tokens · Ωμέγα",
    event="llm",
    aggregation="unique_count",
    property='usage."a.b"',
    group_by=("model",),
    filters=(Filter(property="n", op="in", value=("us", True, 10**18)), Filter(property="x", op="exists")),
    exclude=({"region": ("eu", "uk"), "tier": "free"}, {"test": True}),
    rounding=Rounding(mode="ceil", digits=-2),
    recurring=True,
    params={"operation_property": "op"},
)
PRICE = Price(
    model="tiered",
    params={"tiers": [{"up_to": "1000", "unit_amount": "0.000000000000000001"}, {"unit_amount": "2"}]},
    modifiers=Modifiers(free_units=Decimal("0.10"), minimum_amount=Decimal("1E+2")),
)
PRODUCT = Product(code="calls", metric="tokens", price=PRICE)
PLAN = Plan(
    code="pro",
    currency="KWD",
    interval="quarter",
    billing="anniversary",
    products=("calls",),
    minimum_spend=Decimal("5.125"),
    discount=Discount(percent=Decimal("12.5"), months=3),
)
VERSION = PlanVersion(version=1, plan=PLAN, products=(PRODUCT,), metrics=(METRIC,))
CUSTOMER = Customer(id="acme", aliases=("a1", "a2"), timezone="Europe/Berlin", tax_percent=Decimal("19.0"))
SUBSCRIPTION = Subscription(
    id="acme-pro",
    customer="acme",
    plan="pro",
    version=1,
    start=date(2024, 2, 29),
    end=date(2025, 1, 1),
    aliases=("s1",),
    prices={"calls": PRICE},
)
WHOLE = Catalogue(
    metrics={"tokens": METRIC},
    products={"calls": PRODUCT},
    plans={"pro": PLAN},
    versions={("pro", 1): VERSION},
    customers={"acme": CUSTOMER},
    subscriptions={"acme-pro": SUBSCRIPTION},
)


@pytest.fixture(name="database")
def new_database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path)
    yield database
    database.close()


def save(database: Database, after: Catalogue) -> int:
    with database.writing() as session:
        return save_catalogue(session, load_catalogue(session), after, AUTHOR)


def load(database: Database) -> Catalogue:
    with database.reading() as session:
        return load_catalogue(session)


def audited(database: Database) -> list[Entry]:
    with database.reading() as session:
        return entries(session)


def names(database: Database, table: str) -> dict[str, str]:
    with database.reading() as session:
        found = session.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - a table of ours
        return {row[0]: row[1] for row in found}


def with_customers(*customers: Customer) -> Catalogue:
    return msgspec.structs.replace(WHOLE, customers={c.id: c for c in customers})


def test_every_noun_comes_back_as_it_was(database: Database) -> None:
    assert load(database) == Catalogue()
    assert save(database, WHOLE) == 6
    back = load(database)
    assert back == WHOLE
    assert str(back.customers["acme"].tax_percent) == "19.0"
    assert names(database, "customer_names") == {"acme": "acme", "a1": "acme", "a2": "acme"}
    assert names(database, "subscription_names") == {"acme-pro": "acme-pro", "s1": "acme-pro"}


def test_what_is_searched_by_lies_in_columns(database: Database) -> None:
    save(database, WHOLE)
    with database.reading() as session:
        row = session.execute(text('SELECT customer, plan, version, start, "end" FROM subscriptions')).one()
        assert tuple(map(str, row)) == ("acme", "pro", "1", "2024-02-29", "2025-01-01")
        assert used_versions(session) == {("pro", 1)}


def test_saving_the_same_again_changes_nothing(database: Database) -> None:
    save(database, WHOLE)
    before = audited(database)
    assert save(database, WHOLE) == 0
    assert audited(database) == before


def test_each_addition_is_on_record(database: Database) -> None:
    save(database, WHOLE)
    found = audited(database)
    assert [(e.action, e.noun, e.key) for e in found] == [
        ("add", "metric", "tokens"),
        ("add", "product", "calls"),
        ("add", "plan", "pro"),
        ("add", "plan version", "pro@1"),
        ("add", "customer", "acme"),
        ("add", "subscription", "acme-pro"),
    ]
    assert {(e.who, e.at, e.before) for e in found} == {("anna", AUTHOR.at, None)}
    assert msgspec.json.decode(found[0].after or "", type=Metric) == METRIC


def test_a_change_is_on_record_with_before_and_after(database: Database) -> None:
    save(database, WHOLE)
    changed = msgspec.structs.replace(CUSTOMER, name="ACME", aliases=("a2",))
    assert save(database, with_customers(changed)) == 1
    assert load(database).customers == {"acme": changed}
    entry = audited(database)[-1]
    assert (entry.action, entry.noun, entry.key) == ("change", "customer", "acme")
    before, after = json.loads(entry.before or ""), json.loads(entry.after or "")
    assert (before["aliases"], after["aliases"], after["name"]) == (["a1", "a2"], ["a2"], "ACME")
    assert names(database, "customer_names") == {"acme": "acme", "a2": "acme"}


@pytest.mark.parametrize("ids", [("x", "y"), ("y", "x")])
def test_an_alias_may_pass_from_one_customer_to_another(database: Database, ids: tuple[str, str]) -> None:
    one, other = ids
    save(database, with_customers(CUSTOMER, Customer(id=one, aliases=("n1",)), Customer(id=other)))
    save(database, with_customers(CUSTOMER, Customer(id=one), Customer(id=other, aliases=("n1",))))
    assert names(database, "customer_names")["n1"] == other
    swapped = [Customer(id=one, aliases=("n1",)), Customer(id=other, aliases=("n2",))]
    save(database, with_customers(CUSTOMER, *swapped))
    save(
        database,
        with_customers(CUSTOMER, Customer(id=one, aliases=("n2",)), Customer(id=other, aliases=("n1",))),
    )
    assert {n: o for n, o in names(database, "customer_names").items() if n in {"n1", "n2"}} == {
        "n1": other,
        "n2": one,
    }


def test_one_name_for_two_customers_changes_nothing(database: Database) -> None:
    save(database, WHOLE)
    with pytest.raises(IntegrityError):
        save(database, with_customers(CUSTOMER, Customer(id="other", aliases=("a1",))))
    assert load(database) == WHOLE
    assert len(audited(database)) == 6


def test_what_is_left_out_stays(database: Database) -> None:
    save(database, WHOLE)
    assert save(database, Catalogue()) == 0
    assert load(database) == WHOLE


def test_many_customers_in_one_go(database: Database) -> None:
    many = [Customer(id=f"c{k}", aliases=(f"alias{k}",)) for k in range(1200)]
    assert save(database, with_customers(CUSTOMER, *many)) == 1206
    renamed = [msgspec.structs.replace(c, aliases=(f"new-{c.id}",)) for c in many]
    assert save(database, with_customers(CUSTOMER, *renamed)) == 1200
    assert load(database).customers == {c.id: c for c in (CUSTOMER, *renamed)}
    assert len(names(database, "customer_names")) == 3 + 2400
