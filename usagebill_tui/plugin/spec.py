"""The hooks that a plugin may implement. Each is called once, with a registry to add to.

A plugin whose hook raises, or adds something that cannot be used, adds nothing at all; the reason is shown by
`usagebill plugins`, and everything else goes on.
"""

from typing import TYPE_CHECKING

from usagebill_tui.plugin.markers import hookspec

if TYPE_CHECKING:
    from usagebill_tui.plugin.registry import Registry


@hookspec
def usagebill_register_aggregations(registry: "Registry") -> None:
    """Call `registry.add_aggregation` for each aggregation type of this plugin.

    A metric names the type in `aggregation`, and its parameters in `params`.
    """


@hookspec
def usagebill_register_pricing_models(registry: "Registry") -> None:
    """Call `registry.add_pricing_model` for each pricing model of this plugin.

    A price names the model in `model`; its other keys are the model's parameters.
    """


@hookspec
def usagebill_register_event_readers(registry: "Registry") -> None:
    """Call `registry.add_event_reader` for each reader of event files of this plugin.

    `usagebill import` chooses it by a file's ending, by its content, or by `--input-format`.
    """
