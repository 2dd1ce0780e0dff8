"""`usagebill plugins`: what plugins there are and how they fare; works even when one is broken."""

from collections.abc import Iterable
from typing import Any

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.laws import counted_laws, emit_laws, law_rows
from usagebill_tui.cli.new_plugin import new
from usagebill_tui.cli.output import Column, Format, chosen, emit, format_option
from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import NotFound
from usagebill_tui.extensions import BUILTINS, DISABLING
from usagebill_tui.locations import config_folder
from usagebill_tui.plugin.checking import Trial, try_plugins
from usagebill_tui.plugin.discovery import normal_name, same_name
from usagebill_tui.plugin.health import PluginState
from usagebill_tui.plugin.settings import disable_plugin, disabled_plugins, enable_plugin, remember
from usagebill_tui.testing.judging import judge

FAILED = 1
SECONDS = 10.0

_COLUMNS = [
    Column("name", "Name"),
    Column("version", "Version"),
    Column("status", "Status"),
    Column("adds", "Adds"),
    Column("place", "Place"),
    Column("reason", "Reason"),
]
_EMPTY = "No plugins: install a package that offers some, or put a file into the folder of plugins, {}."


@click.group(invoke_without_command=True)
@click.pass_context
def plugins(ctx: click.Context) -> None:
    """List, check, write, enable and disable plugins."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@plugins.command(name="list")
@format_option
@pass_place
def list_(place: Place, form: Format | None) -> None:
    """List plugins, and how each fared when it was last loaded; imports none of them."""
    _emit(place.extensions().listed(), form)


@plugins.command()
@click.argument("name", required=False)
@click.option(
    "--seconds",
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=SECONDS,
    show_default=True,
    help="How long loading each, and each law, may take.",
)
@format_option
@pass_place
@click.pass_context
def check(ctx: click.Context, place: Place, name: str | None, seconds: float, form: Format | None) -> None:
    """Load plugins, or one even if it is disabled, in a process apart, and try what each adds by the laws."""
    extensions = place.extensions()
    _check_known(name, [candidate.origin.name for candidate in extensions.find()])
    trial = Trial(
        builtins=BUILTINS,
        entry_points=extensions.entry_points,
        folders=extensions.folders,
        disabled=frozenset(n for n in extensions.disabled if name is None or not same_name(n, name)),
        seconds=seconds,
    )
    states = try_plugins(trial)
    if extensions.entry_points:
        remember(config_folder(), states)
    shown = [state for state in states if name is None or same_name(state.name, name)]
    rows = [{**_row(state), **_judged(state, trial)} for state in shown]
    emit(rows, [*_COLUMNS, Column("lawful", "Laws")], form, empty=_empty())
    laws = [law for row in rows for law in row["laws"]]
    if chosen(form) == "table":
        emit_laws(laws)
    if any(state.status == "failed" for state in shown) or not all(law["holds"] for law in laws):
        ctx.exit(FAILED)


plugins.add_command(new)


@plugins.command()
@click.argument("name")
@pass_place
def disable(place: Place, name: str) -> None:
    """Leave a plugin alone from now on."""
    _check_known(name, [candidate.origin.name for candidate in place.extensions().find()])
    changed = disable_plugin(config_folder(), name)
    narrate(f"plugin {name} is disabled" if changed else f"plugin {name} was disabled already")


@plugins.command()
@click.argument("name")
@pass_place
def enable(place: Place, name: str) -> None:
    """Let a plugin be loaded again."""
    found = [candidate.origin.name for candidate in place.extensions().find()]
    _check_known(name, [*found, *disabled_plugins(config_folder())])
    changed = enable_plugin(config_folder(), name)
    narrate(f"plugin {name} is enabled" if changed else f"plugin {name} was not disabled")
    if normal_name(name) in map(normal_name, place.extensions().disabled):
        narrate(f"{DISABLING} still disables it")


def _check_known(name: str | None, known: Iterable[str]) -> None:
    names = set(known)
    if name is not None and normal_name(name) not in map(normal_name, names):
        raise NotFound(f"there is no plugin {name!r}", mend=suggestion(name, names))


def _emit(states: Iterable[PluginState], form: Format | None) -> None:
    emit([_row(state) for state in states], _COLUMNS, form, empty=_empty())


def _empty() -> str:
    return _EMPTY.format(config_folder() / "plugins")


def _judged(state: PluginState, trial: Trial) -> dict[str, Any]:
    """Return how what a plugin adds fares before the laws, in numbers and one by one."""
    rows = law_rows(judge(state, trial)) if state.status == "ok" else []
    return {"lawful": counted_laws(rows), "laws": rows}


def _row(state: PluginState) -> dict[str, Any]:
    return {
        "name": state.name,
        "version": state.version,
        "place": state.place,
        "enabled": state.status != "disabled",
        "status": state.status,
        "adds": list(state.adds),
        "reason": state.reason,
    }
