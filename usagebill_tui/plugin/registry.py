"""The aggregation types and pricing models that are known, by name."""

from functools import cache
from typing import TypeVar

import pluggy

from usagebill_tui.domain.aggregation import Aggregation
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.pricing.protocol import PricingModel
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin import PROJECT, builtin, spec

_T = TypeVar("_T")


class Registry:
    """What the hooks have registered. Two things of one name are refused."""

    def __init__(self) -> None:
        self.aggregations: dict[str, Aggregation] = {}
        self.pricing_models: dict[str, PricingModel] = {}

    def add_aggregation(self, aggregation: Aggregation) -> None:
        """Register an aggregation type; raises InvalidInput where its name is taken."""
        _add(self.aggregations, aggregation.name, aggregation, "aggregation type")

    def add_pricing_model(self, model: PricingModel) -> None:
        """Register a pricing model; raises InvalidInput where its name is taken."""
        _add(self.pricing_models, model.name, model, "pricing model")

    def aggregation(self, name: str) -> Aggregation:
        """Return an aggregation type; raises InvalidInput, with the nearest name, where there is none."""
        return _find(self.aggregations, name, "aggregation type")

    def pricing_model(self, name: str) -> PricingModel:
        """Return a pricing model; raises InvalidInput, with the nearest name, where there is none."""
        return _find(self.pricing_models, name, "pricing model")


@cache
def builtin_registry() -> Registry:
    """Return the registry of what ships with the project."""
    plugins = pluggy.PluginManager(PROJECT)
    plugins.add_hookspecs(spec)
    plugins.register(builtin)
    registry = Registry()
    plugins.hook.usagebill_register_aggregations(registry=registry)
    plugins.hook.usagebill_register_pricing_models(registry=registry)
    return registry


def _add(known: dict[str, _T], name: str, value: _T, kind: str) -> None:
    if name in known:
        raise InvalidInput(f"two {kind}s are called {name!r}")
    known[name] = value


def _find(known: dict[str, _T], name: str, kind: str) -> _T:
    if name not in known:
        raise InvalidInput(f"unknown {kind} {name!r}", mend=suggestion(name, known))
    return known[name]
