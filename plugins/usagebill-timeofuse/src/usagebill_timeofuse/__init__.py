"""Peak and off-peak prices by the customer's own clock, as a plugin of usagebill."""

from usagebill_timeofuse.pricing import TimeOfUse
from usagebill_tui.plugin import Registry, hookimpl


@hookimpl
def usagebill_register_pricing_models(registry: Registry) -> None:
    """Register `time_of_use`."""
    registry.add_pricing_model(TimeOfUse())
