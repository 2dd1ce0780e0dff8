"""Access logs of web servers as events, as a plugin of usagebill."""

from usagebill_accesslog.reader import AccessLogReader
from usagebill_tui.plugin import Registry, hookimpl


@hookimpl
def usagebill_register_event_readers(registry: Registry) -> None:
    """Register `accesslog`."""
    registry.add_event_reader(AccessLogReader())
