"""Loading plugins one by one: what fails in one is remembered and stops nothing else."""

import sys
import traceback
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType

import msgspec

from usagebill_tui.domain.origin import Origin, described
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.discovery import Candidate, installed, single_files
from usagebill_tui.plugin.health import Plugins, PluginState
from usagebill_tui.plugin.hooks import call_hooks
from usagebill_tui.plugin.registry import Registry
from usagebill_tui.plugin.screening import screen, state_of


def find_plugins(*, entry_points: bool = True, folders: Iterable[Path] = ()) -> list[Candidate]:
    """Return the plugins that there are, in the order in which they are loaded; none is imported."""
    return [*(installed() if entry_points else ()), *single_files(folders)]


def load_plugins(
    builtins: Sequence[ModuleType],
    *,
    entry_points: bool = True,
    folders: Iterable[Path] = (),
    disabled: Collection[str] = frozenset(),
) -> Plugins:
    """Register the built-ins, then every plugin that is found and not disabled.

    A plugin that fails in any way adds nothing at all, and its state says why. Only what is wrong with a
    built-in, and an interruption, is raised.
    """
    registry = Registry()
    for builtin in builtins:
        call_hooks(builtin, builtin.__name__, registry)
    found = find_plugins(entry_points=entry_points, folders=folders)
    return Plugins(registry, tuple(load_each(registry, found, disabled)))


def load_each(
    registry: Registry, found: Iterable[Candidate], disabled: Collection[str] = frozenset()
) -> Iterator[PluginState]:
    """Add plugins to a registry, yielding the state of each."""
    for candidate, screened in screen(found, disabled):
        state = screened or _loaded(candidate, registry)
        if state.status != "ok":
            registry.not_loaded = (*registry.not_loaded, f"{state.name} ({state.status})")
        yield state


def _loaded(candidate: Candidate, registry: Registry) -> PluginState:
    origin = candidate.origin
    adding = Registry(origin, registry)
    try:
        with redirect_stdout(sys.stderr):
            call_hooks(candidate.load(), origin.name, adding)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin raises stops only itself
        return state_of(candidate, "failed", _reason(error, origin))
    registry.take_over(adding)
    return msgspec.structs.replace(state_of(candidate, "ok"), adds=adding.names())


def _reason(error: BaseException, origin: Origin) -> str:
    """Return in one line what was raised and, for a single file, in which line."""
    if isinstance(error, SyntaxError):
        return f"syntax error in line {error.lineno} of {error.filename}: {error.msg}"
    what = str(error) if isinstance(error, InvalidInput) else described(error)
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == origin.place]
    return f"{what} (line {lines[-1]})" if lines else what
