"""How plugins fare: what each adds, or why it adds nothing."""

from typing import Literal

import msgspec

from usagebill_tui.plugin.registry import Registry

Status = Literal["ok", "disabled", "failed", "unknown"]
"""`unknown` is a plugin that was found and not loaded yet."""


class PluginState(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that was found: where it lies, what it adds, and, where it failed, the reason.

    `fingerprint` changes with the plugin's version or, for a single file, its content.
    """

    name: str
    version: str | None
    place: str
    fingerprint: str = ""
    status: Status
    adds: tuple[str, ...] = ()
    reason: str | None = None


class Plugins(msgspec.Struct, frozen=True):
    """What is known after loading, and how each plugin that was found fares."""

    registry: Registry
    health: tuple[PluginState, ...]

    @property
    def failed(self) -> list[PluginState]:
        """Return the plugins that could not be loaded."""
        return [state for state in self.health if state.status == "failed"]
