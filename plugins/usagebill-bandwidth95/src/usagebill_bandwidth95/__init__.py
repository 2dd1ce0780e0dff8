"""Bandwidth as carriers bill it, as a plugin of usagebill."""

from usagebill_bandwidth95.aggregation import Bandwidth95
from usagebill_tui.plugin import Registry, hookimpl


@hookimpl
def usagebill_register_aggregations(registry: Registry) -> None:
    """Register `bandwidth_95`."""
    registry.add_aggregation(Bandwidth95())
