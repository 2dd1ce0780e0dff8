"""Which properties of events are read by what is sold, so that amounts depend on them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from usagebill_tui.billing.usage.measuring import parameters_of
from usagebill_tui.domain.aggregation import AnyAggregation, Distinct, FoldAggregation
from usagebill_tui.domain.aggregation.measures import paths_read
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.origin import contained
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import parameters
from usagebill_tui.errors import UsagebillError
from usagebill_tui.plugin.registry import Registry


class Readers(msgspec.Struct, frozen=True):
    """Who reads which property, in words; of those `told_apart`, only whether values are the same."""

    by: Mapping[str, tuple[str, ...]]
    told_apart: frozenset[str]


def readers(catalogue: Catalogue, registry: Registry) -> Readers:
    """Return all properties that metrics and prices read, those of plan versions and overrides included."""
    by: dict[str, dict[str, None]] = defaultdict(dict)
    exact: set[str] = set()
    for path, reader, told_apart in _all_reads(catalogue, registry):
        by[path][reader] = None
        if not told_apart:
            exact.add(path)
    return Readers({path: tuple(each) for path, each in by.items()}, frozenset(by) - exact)


def _all_reads(catalogue: Catalogue, registry: Registry) -> Iterator[tuple[str, str, bool]]:
    """Yield (path, what reads it, whether it only tells values apart)."""
    versions = catalogue.versions.values()
    metrics = [*catalogue.metrics.values(), *(each for one in versions for each in one.metrics)]
    for metric in metrics:
        reader = f"metric {metric.code}"
        yield from ((path, reader, False) for path in _conditions(metric))
        yield from ((path, reader, apart) for path, apart in _aggregated(metric, registry))
    products = [*catalogue.products.values(), *(each for one in versions for each in one.products)]
    for product in products:
        for path in _priced(product.price, registry):
            yield path, f"the price of {product.code}", False
    for subscription in catalogue.subscriptions.values():
        for price in subscription.prices.values():
            for path in _priced(price, registry):
                yield path, f"a price of {subscription.id}", False


def _conditions(metric: Metric) -> Iterator[str]:
    yield from (one.property for one in metric.filters)
    yield from (path for exclusion in metric.exclude for path in exclusion)
    yield from metric.group_by


def _aggregated(metric: Metric, registry: Registry) -> Iterator[tuple[str, bool]]:
    """Yield what the aggregation type reads; of one that cannot say, whatever may name a property."""
    known = registry.aggregations.get(metric.aggregation)
    path = metric.property or ""
    try:
        if known is not None:
            with contained("aggregation type", known, "failed to say what it reads"):
                yield from _read_by(known, path, parameters_of(known, metric))
            return
    except UsagebillError:
        pass
    yield path, False
    yield from ((text, False) for text in _texts(metric.params))


def _read_by(known: AnyAggregation, path: str, params: msgspec.Struct) -> list[tuple[str, bool]]:
    if isinstance(known, FoldAggregation):
        needs = known.needs(path, params).values()
        return [(path, False), *((need.property, False) for need in needs)]
    found = []
    for measure in known.measures(path, params).values():
        apart = isinstance(measure, Distinct)
        found += [(one, apart and one == path) for one in paths_read(measure)]
    return found


def _priced(price: Price, registry: Registry) -> Iterator[str]:
    yield from price.group_by
    for part in price.by:
        yield from part.when
        yield from _priced(part.price, registry)
    model = registry.pricing_models.get(price.model)
    if model is None:
        yield from _texts(price.params)
        return
    try:
        path = model.event_property(parameters(price, model), None)
    except UsagebillError:
        yield from _texts(price.params)
        return
    if path is not None:
        yield path


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts among parameters: any of them may be the path of a property."""
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _texts(each)
        case list() | tuple():
            for each in value:
                yield from _texts(each)
