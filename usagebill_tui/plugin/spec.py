"""The hooks that a plugin may implement."""

from typing import TYPE_CHECKING

from usagebill_tui.plugin import hookspec

if TYPE_CHECKING:
    from usagebill_tui.plugin.registry import Registry


@hookspec
def usagebill_register_aggregations(registry: "Registry") -> None:
    """Call `registry.add_aggregation` for each aggregation type of this plugin."""


@hookspec
def usagebill_register_pricing_models(registry: "Registry") -> None:
    """Call `registry.add_pricing_model` for each pricing model of this plugin."""
