"""A catalogue file, read and checked table by table."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from usagebill_tui.billing.catalogue import values
from usagebill_tui.billing.catalogue.customers import SubscriptionTable, read_customer, read_subscription
from usagebill_tui.billing.catalogue.file import Archived, CatalogueFile, Placed
from usagebill_tui.billing.catalogue.metrics import read_metric
from usagebill_tui.billing.catalogue.place import Place
from usagebill_tui.billing.catalogue.plans import PlanTable, read_dialect, read_plan
from usagebill_tui.billing.catalogue.prices import last_bounds
from usagebill_tui.billing.catalogue.products import read_product
from usagebill_tui.billing.catalogue.syntax import read_toml
from usagebill_tui.billing.catalogue.taxes import read_tax
from usagebill_tui.domain.catalogue import ARCHIVABLE, Archivable
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.dialect import Dialect
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.tax import Tax
from usagebill_tui.plugin.registry import Registry

_ARCHIVED = "archived"


def read_catalogue(text: str, name: str, registry: Registry) -> CatalogueFile:
    """Read a catalogue file named `name` and check everything that it says by itself.

    Raises InvalidInput with the file, the table and the key (for a syntax error the line) of the first thing
    that cannot be used. What tables refer to may stand elsewhere: `resolve` checks that.
    """
    return read_tables(read_toml(text, name), name, registry)


def read_tables(tables: Mapping[str, Any], name: str, registry: Registry) -> CatalogueFile:
    """Read and check what a catalogue file would say, from its tables as plain data."""
    reader = _FileReader(name, registry)
    for key, value in tables.items():
        reader.read(key, value)
    return reader.file()


class _FileReader:
    """Gathers the tables of one file."""

    def __init__(self, name: str, registry: Registry) -> None:
        self._place = Place(name)
        self._registry = registry
        self._defaults: dict[str, str] = {}
        self._dialect: Dialect | None = None
        self._metrics: dict[str, Placed[Metric]] = {}
        self._products: dict[str, Placed[Product]] = {}
        self._taxes: dict[str, Placed[Tax]] = {}
        self._plans: dict[tuple[str, int | None], PlanTable] = {}
        self._customers: dict[str, Placed[Customer]] = {}
        self._subscriptions: dict[str, SubscriptionTable] = {}
        self._last_bounds: list[Place] = []
        self._away: dict[Place, bool] = {}
        self._archived: list[Archived] = []
        self._readers: dict[str, Callable[[Any], None]] = {
            "currency": self._currency,
            "timezone": self._timezone,
            "dialect": self._own_dialect,
            "metric": self._all_metrics,
            "product": self._all_products,
            "tax": self._all_taxes,
            "plan": self._all_plans,
            "customer": self._all_customers,
        }

    def read(self, key: str, value: Any) -> None:
        """Read what stands under one key of the file."""
        if key not in self._readers:
            mend = suggestion(key, self._readers)
            raise self._place.key(key).error(f"unknown key or table {key!r}", mend=mend)
        self._readers[key](value)

    def file(self) -> CatalogueFile:
        """Return all that was read."""
        return CatalogueFile(
            name=self._place.file,
            metrics=tuple(self._metrics.values()),
            products=tuple(self._products.values()),
            taxes=tuple(self._taxes.values()),
            plans=tuple(self._plans.values()),
            customers=tuple(self._customers.values()),
            subscriptions=tuple(self._subscriptions.values()),
            last_bounds=tuple(self._last_bounds),
            archived=tuple(self._archived),
        )

    def _currency(self, value: Any) -> None:
        self._defaults["currency"] = values.currency(value, self._place.key("currency"))

    def _timezone(self, value: Any) -> None:
        self._defaults["timezone"] = values.timezone(value, self._place.key("timezone"))

    def _own_dialect(self, value: Any) -> None:
        self._dialect = read_dialect(value, self._place.key("dialect"))

    def _all_metrics(self, value: Any) -> None:
        for table, place in self._tables("metric", value):
            metric = read_metric(table, place, self._registry)
            _add(self._metrics, metric.code, Placed(place, metric), place.key("code"))
            self._note_archived("metric", metric.code, place)

    def _all_products(self, value: Any) -> None:
        for table, place in self._tables("product", value):
            product = read_product(table, place, self._registry)
            _add(self._products, product.code, Placed(place, product), place.key("code"))
            self._note_archived("product", product.code, place)
            self._note_last_bound(table["price"], place.key("price"))

    def _all_taxes(self, value: Any) -> None:
        for table, place in self._tables("tax", value):
            tax = read_tax(table, place)
            _add(self._taxes, tax.code, Placed(place, tax), place.key("code"))

    def _all_plans(self, value: Any) -> None:
        for table, place in self._tables("plan", value):
            plan = read_plan(table, place, self._registry, self._defaults.get("currency"), self._dialect)
            _add(self._plans, (plan.plan.code, plan.version), plan, place.key("code"))
            self._note_archived("plan", plan.plan.code, place)

    def _all_customers(self, value: Any) -> None:
        for table, place in self._tables("customer", value):
            customer, subscriptions = read_customer(table, place, self._defaults)
            _add(self._customers, customer.id, Placed(place, customer), place.key("id"))
            self._note_archived("customer", customer.id, place)
            self._subscriptions_of(customer.id, subscriptions)

    def _subscriptions_of(self, customer: str, tables: list[Any]) -> None:
        for table, place in self._tables("customer.subscription", tables):
            subscription = read_subscription(table, place, self._registry, customer)
            _add(self._subscriptions, subscription.id, subscription, place.key("id"))
            self._note_archived("subscription", subscription.id, place)
            for code, price in table.get("prices", {}).items():
                self._note_last_bound(price, place.key("prices").key(code))

    def _note_last_bound(self, price: Any, place: Place) -> None:
        self._last_bounds += last_bounds(price, place)

    def _tables(self, noun: str, value: Any) -> Iterator[tuple[Any, Place]]:
        """Yield the tables of a `[[noun]]` with the place of each."""
        if not isinstance(value, list):
            raise self._place.key(noun).error(f"{noun!r} is not a list of tables", mend=f"write [[{noun}]]")
        for index, table in enumerate(value):
            place = self._named(noun, table, index)
            yield self._without_archived(noun, table, place), place

    def _without_archived(self, noun: str, table: Any, place: Place) -> Any:
        """Return a table without its key `archived`, which is no part of what it defines."""
        kind = noun.rpartition(".")[2]
        if kind not in ARCHIVABLE or not isinstance(table, dict) or _ARCHIVED not in table:
            return table
        self._away[place] = values.flag(table[_ARCHIVED], place.key(_ARCHIVED))
        return {key: value for key, value in table.items() if key != _ARCHIVED}

    def _note_archived(self, noun: Archivable, key: str, place: Place) -> None:
        away = self._away.pop(place, None)
        if away is not None:
            self._archived.append(Archived((noun, key), away, place.key(_ARCHIVED)))

    def _named(self, noun: str, table: Any, index: int) -> Place:
        """Return the place of a table: by its code or id, else by its number among its like."""
        named = table.get("code", table.get("id")) if isinstance(table, dict) else None
        if isinstance(named, str) and named:
            return self._place.in_table(noun, named)
        return Place(self._place.file, f"[[{noun}]] number {index + 1}")


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _add(known: dict[_Key, _Value], key: _Key, value: _Value, place: Place) -> None:
    """Add a table under its key; raises InvalidInput where the file has it already."""
    if key in known:
        raise place.error("is defined twice in this file", mend="take one out or rename it")
    known[key] = value
