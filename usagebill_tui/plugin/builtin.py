"""The aggregation types and pricing models that ship with the project, registered like any plugin's."""

from typing import TYPE_CHECKING

from usagebill_tui.domain.aggregation.builtin import AGGREGATIONS
from usagebill_tui.domain.pricing import MODELS
from usagebill_tui.plugin.markers import hookimpl

if TYPE_CHECKING:
    from usagebill_tui.plugin.registry import Registry


@hookimpl
def usagebill_register_aggregations(registry: "Registry") -> None:
    """Register the built-in aggregation types."""
    for aggregation in AGGREGATIONS:
        registry.add_aggregation(aggregation)


@hookimpl
def usagebill_register_pricing_models(registry: "Registry") -> None:
    """Register the built-in pricing models."""
    for model in MODELS:
        registry.add_pricing_model(model)
