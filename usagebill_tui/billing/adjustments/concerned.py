"""Which final invoices later imports, undone batches and new definitions concern, and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.agreed import Definitions, redefined
from usagebill_tui.billing.invoices.due import Contract
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.periods import Days, instants
from usagebill_tui.domain.plan import PlanVersion
from usagebill_tui.domain.zones import local_day, to_micros, zone
from usagebill_tui.eventstore.types import Change, Epoch, Watched
from usagebill_tui.store.billed import Earlier, Stub, final_stubs
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.manifest import Batch, batches


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why a metric's usage on an invoice is not what it was: events, by what brought or took them."""

    late: int = 0
    replaced: int = 0
    undone: Mapping[int, int] = {}
    redefined: bool = False

    def __str__(self) -> str:
        said = [f"late events {self.late:,}"] if self.late else []
        said += [f"replaced events {self.replaced:,}"] if self.replaced else []
        said += [f"undone batch {batch} ({count:,} events)" for batch, count in sorted(self.undone.items())]
        said += ["definition changed"] if self.redefined else []
        return ", ".join(said)


Causes = dict[str, dict[str, Cause]]
"""By the invoice's id and the metric's code."""


def causes(
    house: House,
    catalogue: Catalogue,
    stubs: Sequence[Stub],
    committed: Iterable[Batch],
    snapshot: int,
    definitions: Definitions,
) -> Causes:
    """Return why invoices may come out otherwise at a snapshot than at their own."""
    watching = _Watching(catalogue, stubs)
    changes = house.events.changes(watching.epochs(), watching.watch, snapshot)
    found: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in changes:
        found[watching.places[change.key]].append(change)
    undoings = {batch.id: batch.undoes for batch in committed if batch.undoes is not None}
    told: Causes = defaultdict(dict)
    for (invoice, metric), some in found.items():
        told[invoice][metric] = _cause(some, undoings)
    if definitions == "today":
        for invoice, metric in watching.redefined():
            so_far = told[invoice].get(metric, Cause())
            told[invoice][metric] = msgspec.structs.replace(so_far, redefined=True)
    return told


def touched_invoices(house: House, since: int) -> list[Stub]:
    """Return the final invoices that count events which batches after a snapshot brought or took."""
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        stubs = {stub.id: stub for stub in final_stubs(session)}
        known = batches(session)
    later = [msgspec.structs.replace(s, snapshot=max(s.snapshot, since)) for s in stubs.values()]
    told = causes(house, catalogue, later, known, house.events.snapshot(), "agreed")
    return [stub for key, stub in stubs.items() if key in told]


def renamed(catalogue: Catalogue, earlier: Iterable[Earlier]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the customers and subscriptions of other names, or of another end, than they once had."""
    customers, subscriptions = set(), set()
    for one in earlier:
        match one.definition:
            case Customer(id=key):
                if catalogue.customers[key].names != one.definition.names:
                    customers.add(key)
            case Subscription(id=key):
                known = catalogue.subscriptions[key]
                if (known.names, known.end) != (one.definition.names, one.definition.end):
                    subscriptions.add(key)
    return frozenset(customers), frozenset(subscriptions)


class _Watching:
    """The windows that invoices were computed from, by what events they count."""

    def __init__(self, catalogue: Catalogue, stubs: Sequence[Stub]) -> None:
        self._catalogue = catalogue
        self._accounts = Accounts(catalogue)
        self._stubs = stubs
        self._names: dict[tuple[str, str], tuple[str, ...]] = {}
        self._plain = {key: _is_plain(version) for key, version in catalogue.versions.items()}
        self.places: list[tuple[str, str]] = []
        """The invoice and the metric of each key that was watched."""

    def epochs(self) -> list[Epoch]:
        """Return what times were looked at, and as of when."""
        found: dict[Epoch, None] = {}
        seen: set[tuple[int, datetime, datetime]] = set()
        for stub in self._stubs:
            subscription = self._catalogue.subscriptions[stub.subscription]
            if self._plain[subscription.plan, subscription.version]:
                alike = stub.snapshot, stub.start, stub.end
                if alike in seen:
                    continue
                seen.add(alike)
            found[Epoch(stub.snapshot, self._since(stub), self._until(stub))] = None
        return list(found)

    def watch(self, accounts: frozenset[str]) -> list[Watched]:
        """Return the windows that count events of any of these accounts."""
        watched = []
        for stub in self._stubs:
            for metric in self._metrics(stub):
                names = self._names_of(stub, metric)
                if accounts.isdisjoint(names):
                    continue
                for since, until in self._windows(stub, metric):
                    self.places.append((stub.id, metric.code))
                    watched.append(
                        Watched(
                            key=len(self.places) - 1,
                            accounts=names,
                            metric=metric.event_code,
                            since=self._since(stub) if metric.recurring else since,
                            until=until,
                            snapshot=stub.snapshot,
                        )
                    )
        return watched

    def _windows(self, stub: Stub, metric: Metric) -> list[tuple[int, int]]:
        """Return the times whose events a metric's products count on an invoice, each from and until.

        A product with an interval of its own counts those of its periods that end within the invoice's.
        """
        span = to_micros(stub.start), to_micros(stub.end)
        contract = self._contract(stub)
        products = [one for one in contract.version.products if one.metric == metric.code]
        if all(product.interval is None for product in products):
            return [span]
        windows = {span: None} if any(product.interval is None for product in products) else {}
        zone_ = zone(contract.customer.timezone)
        first, after = local_day(stub.start, zone_), local_day(stub.end, zone_)
        for product in products:
            if product.interval is not None:
                for part in contract.own_periods(product, Days(first, after)):
                    own = instants(part, zone_)
                    windows[to_micros(own.start), to_micros(own.end)] = None
        return list(windows)

    def redefined(self) -> Iterator[tuple[str, str]]:
        """Yield each invoice with each of its metrics that measures something else today."""
        of_version = {
            key: redefined(version, self._catalogue) for key, version in self._catalogue.versions.items()
        }
        for stub in self._stubs:
            subscription = self._catalogue.subscriptions[stub.subscription]
            for code in of_version[subscription.plan, subscription.version]:
                yield stub.id, code

    def _until(self, stub: Stub) -> int:
        """Return up to when events count."""
        windows = [span for metric in self._metrics(stub) for span in self._windows(stub, metric)]
        return max((until for _, until in windows), default=to_micros(stub.end))

    def _contract(self, stub: Stub) -> Contract:
        subscription = self._catalogue.subscriptions[stub.subscription]
        version = self._catalogue.versions[subscription.plan, subscription.version]
        return Contract(subscription, self._catalogue.customers[stub.customer], version)

    def _metrics(self, stub: Stub) -> Sequence[Metric]:
        subscription = self._catalogue.subscriptions[stub.subscription]
        return self._catalogue.versions[subscription.plan, subscription.version].metrics

    def _names_of(self, stub: Stub, metric: Metric) -> tuple[str, ...]:
        key = stub.subscription, metric.code
        if key not in self._names:
            subscription = self._catalogue.subscriptions[stub.subscription]
            self._names[key] = self._accounts.of_subscription(subscription, metric)
        return self._names[key]

    def _since(self, stub: Stub) -> int:
        """Return from when on events count: a metric that carries its state counts earlier ones too."""
        windows = [span for metric in self._metrics(stub) for span in self._windows(stub, metric)]
        start = min((since for since, _ in windows), default=to_micros(stub.start))
        if not any(metric.recurring for metric in self._metrics(stub)):
            return start
        first = self._catalogue.subscriptions[stub.subscription].origin
        zone_ = zone(self._catalogue.customers[stub.customer].timezone)
        return min(start, to_micros(instants(Days(first, first), zone_).start))


def _is_plain(version: PlanVersion) -> bool:
    """Tell whether the events that count for an invoice are those of its own time, whoever's it is."""
    own = any(product.interval is not None for product in version.products)
    return not own and not any(metric.recurring for metric in version.metrics)


def _cause(changes: Iterable[Change], undoings: Mapping[int, int]) -> Cause:
    late = replaced = 0
    undone: dict[int, int] = defaultdict(int)
    for change in changes:
        if change.batch in undoings:
            undone[undoings[change.batch]] += max(change.added, change.hidden)
        else:
            replaced += change.hidden
            late += max(0, change.added - change.hidden)
    return Cause(late=late, replaced=replaced, undone=dict(undone))
