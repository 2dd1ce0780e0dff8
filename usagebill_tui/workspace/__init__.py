"""A workspace: everything that can be done, in one place. Command line, screens and notebooks start here.

with Workspace.open("sandbox") as workspace:
    workspace.apply_catalogue(Path("catalogue.toml"))
    workspace.import_events(["events.jsonl"])
    for invoice in workspace.bill("2023-11").invoices:
        print(invoice.customer, invoice.total, invoice.currency)

Use cases are imported where they are called, so that what needs one of them does not wait for all.
"""

import getpass
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from usagebill_tui.clock import Clock, StoppedClock, system_clock
from usagebill_tui.config import DEFAULT_WORKSPACE, chosen_home
from usagebill_tui.homes import Home
from usagebill_tui.stores import OpenStores, open_stores
from usagebill_tui.workspace.agreements import Agreements
from usagebill_tui.workspace.care import Care
from usagebill_tui.workspace.events import Events
from usagebill_tui.workspace.imports import Imports
from usagebill_tui.workspace.prices import Prices
from usagebill_tui.workspace.reports import Reports
from usagebill_tui.workspace.settlements import Settlements
from usagebill_tui.workspace.text_files import read_text

if TYPE_CHECKING:
    from usagebill_tui.plugin import Registry
    from usagebill_tui.plugin.health import Plugins

__all__ = ["Workspace", "login_name", "read_text"]


class Workspace(Agreements, Imports, Events, Reports, Prices, Settlements, Care):
    """One workspace, open. Use it as a context manager, or `close` it."""

    @classmethod
    def open(
        cls,
        name: str = DEFAULT_WORKSPACE,
        *,
        home: str | Path | None = None,
        clock: Clock = system_clock,
        who: str | None = None,
        registry: "Registry | None" = None,
        plugins: "Plugins | None" = None,
        plugins_dir: str | Path | Sequence[str | Path] = (),
        stores: OpenStores = open_stores,
    ) -> Self:
        """Open a workspace below `home` (default: the user's data folder).

        `production` and `sandbox` are created when first opened; others raise NotFound until created. Raises
        StorageFailed where the folder cannot be written, Refused where a newer usagebill has written it.

        Plugins are those installed, those in the user's folder and the single files in `plugins_dir` (one
        folder or several), unless `plugins` are given as loaded, or a `registry` stands for all of them.
        `stores` opens database and event store; by default those that were named when it was created.
        """
        from usagebill_tui.billing.house import House
        from usagebill_tui.extensions import chosen_extensions
        from usagebill_tui.plugin.health import Plugins

        place = Home(chosen_home(None if home is None else str(home)))
        fixed = place.fixed(name, clock())
        if fixed.now is not None and clock is system_clock:
            clock = StoppedClock(datetime.fromisoformat(fixed.now))
        folder = place.folder(name)
        opened = stores(folder, fixed)
        author = who or login_name()
        if registry is not None:
            loaded = Plugins(registry, ())
        else:
            loaded = plugins or chosen_extensions(_folders(plugins_dir)).load()
        return cls(name, folder, House(opened, loaded.registry, clock, author), loaded.health)


def _folders(plugins_dir: str | Path | Sequence[str | Path]) -> Sequence[str | Path]:
    return [plugins_dir] if isinstance(plugins_dir, str | Path) else plugins_dir


def login_name() -> str:
    """Return the login name of whoever runs this, `unknown` where the system has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
