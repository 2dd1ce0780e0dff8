"""What can be said of plugins without importing them."""

from collections.abc import Collection, Iterable, Iterator

from usagebill_tui.domain.origin import Origin
from usagebill_tui.plugin.discovery import Candidate, normal_name
from usagebill_tui.plugin.health import PluginState, Status


def screen(
    found: Iterable[Candidate], disabled: Collection[str]
) -> Iterator[tuple[Candidate, PluginState | None]]:
    """Yield each plugin, with its state where it is not to be imported: disabled, unsafe, its name taken."""
    off = {normal_name(name) for name in disabled}
    names: dict[str, Origin] = {}
    for candidate in found:
        origin = candidate.origin
        if normal_name(origin.name) in off:
            yield candidate, state_of(candidate, "disabled")
        elif candidate.flaw is not None:
            yield candidate, state_of(candidate, "failed", candidate.flaw)
        elif (earlier := names.setdefault(normal_name(origin.name), origin)) is not origin:
            places = f"{earlier.place} and {origin.place}"
            yield (
                candidate,
                state_of(candidate, "failed", f"two plugins are called {origin.name!r}: {places}"),
            )
        else:
            yield candidate, None


def state_of(candidate: Candidate, status: Status, reason: str | None = None) -> PluginState:
    """Return the state of a plugin that adds nothing."""
    origin = candidate.origin
    return PluginState(
        name=origin.name,
        version=origin.version,
        place=origin.place,
        fingerprint=candidate.fingerprint,
        status=status,
        reason=reason,
    )
