"""What every command is given: where to work, opened only when it is needed."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from usagebill_tui.config import chosen_home, chosen_workspace
from usagebill_tui.extensions import Extensions, chosen_extensions
from usagebill_tui.homes import Home

if TYPE_CHECKING:
    from usagebill_tui.plugin.health import Plugins
    from usagebill_tui.workspace import Workspace


class Place(msgspec.Struct, frozen=True):
    """The home, the workspace and the plugins that the global options name."""

    home: str | None
    workspace: str | None
    plugins_dirs: tuple[str, ...] = ()
    no_plugins: bool = False

    def open(self) -> "Workspace":
        """Open the workspace."""
        return self.open_named(self.name)

    def open_named(self, name: str) -> "Workspace":
        """Open a workspace of this home by its name."""
        from usagebill_tui.workspace import Workspace

        workspace = Workspace.open(name, home=chosen_home(self.home), plugins=self.plugins())
        workspace.on_waiting(narrate)
        return workspace

    def extensions(self) -> Extensions:
        """Return where plugins are looked for, and which are left alone."""
        return chosen_extensions(self.plugins_dirs, none=self.no_plugins)

    def plugins(self) -> "Plugins":
        """Load the plugins, saying of each that fails that it does."""
        plugins = self.extensions().load()
        for state in plugins.failed:
            narrate(f"plugin {state.name} was not loaded: {state.reason}")
        return plugins

    def all(self) -> Home:
        """Return the home of all workspaces."""
        return Home(chosen_home(self.home))

    @property
    def name(self) -> str:
        """Return the workspace's name."""
        return chosen_workspace(self.workspace)


pass_place = click.make_pass_decorator(Place)
"""Gives a command its Place."""


def instant_option(text: str | None) -> datetime | None:
    """Read `--at`: a date or an instant, in UTC where it names no offset."""
    from usagebill_tui.domain.periods import parse_instant
    from usagebill_tui.domain.zones import zone

    return None if text is None else parse_instant(text, zone("UTC")).astimezone(UTC)


def narrate(line: str) -> None:
    """Say something to whoever watches, apart from the data."""
    from usagebill_tui.foreign_text import safe

    # Where nobody can be told, what is done is done all the same.
    with suppress(OSError):
        click.echo(safe(line), err=True)
