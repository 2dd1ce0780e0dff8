"""The hooks of one plugin: found, compared with the specification, and called."""

import inspect
from collections.abc import Iterator
from types import FunctionType

import pluggy

from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin import spec
from usagebill_tui.plugin.markers import API_VERSION, PROJECT
from usagebill_tui.plugin.registry import Registry

PREFIX = "usagebill_"
VERSION = "usagebill_api_version"
HOOKS = tuple(name for name in vars(spec) if name.startswith(f"{PREFIX}register_"))
"""The names of all hooks."""


def call_hooks(plugin: object, name: str, registry: Registry) -> None:
    """Let a plugin add what it has to a registry; raises InvalidInput where its hooks cannot be right.

    Whatever a hook raises itself comes through. Each plugin has a manager of its own, so that nothing of
    one can stop or outlast another.
    """
    _check_version(plugin)
    manager = pluggy.PluginManager(PROJECT)
    marked = {each for each in dir(plugin) if manager.parse_hookimpl_opts(plugin, each) is not None}
    _check_names(plugin, marked)
    for each in sorted(marked):
        _check_signature(plugin, each)
    manager.add_hookspecs(spec)
    manager.register(plugin, name)
    for hook in HOOKS:
        getattr(manager.hook, hook)(registry=registry)


def _check_version(plugin: object) -> None:
    wanted = getattr(plugin, VERSION, API_VERSION)
    if wanted != API_VERSION or isinstance(wanted, bool):
        what = f"is written for version {wanted!r} of the plugin interface, this usagebill has {API_VERSION}"
        raise InvalidInput(what, mend="install versions of both that fit together")


def _check_names(plugin: object, marked: set[str]) -> None:
    known = (*HOOKS, VERSION)
    for name in _claimed(plugin, marked):
        if name not in known:
            raise InvalidInput(f"there is no hook {name!r}", mend=suggestion(name, known))
        if name in HOOKS and name not in marked:
            raise InvalidInput(f"the hook {name!r} is not marked", mend="write @hookimpl above it")
    if not marked:
        raise InvalidInput("has no hooks", mend=f"implement one of {', '.join(HOOKS)}")


def _claimed(plugin: object, marked: set[str]) -> Iterator[str]:
    """Yield the names that are marked as hooks or look like one."""
    for name in dir(plugin):
        own = inspect.getattr_static(plugin, name, None)
        if name in marked or (name.startswith(PREFIX) and isinstance(own, FunctionType | int | str)):
            yield name


def _check_signature(plugin: object, name: str) -> None:
    """Refuse a hook that does not take exactly the registry; pluggy would let one go that takes nothing."""
    parameters = list(inspect.signature(getattr(plugin, name)).parameters)
    if parameters != ["registry"]:
        what = f"the hook {name} takes ({', '.join(parameters)})"
        raise InvalidInput(what, mend=f"write def {name}(registry)")
