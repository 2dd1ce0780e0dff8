"""An open workspace: its name, its folder, the time there and what is agreed."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from usagebill_tui.billing.browsing import Browsing
    from usagebill_tui.billing.house import House
    from usagebill_tui.domain.catalogue import Catalogue
    from usagebill_tui.plugin import Registry
    from usagebill_tui.plugin.health import PluginState


class Opened:
    """An open workspace: its name, its folder, the time there and what is agreed."""

    def __init__(
        self, name: str, folder: Path, house: "House", plugins: "tuple[PluginState, ...]" = ()
    ) -> None:
        self.name = name
        self.folder = folder
        self.plugins = plugins
        """How each plugin that was found fares."""
        self._house = house

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the workspace's files."""
        self._house.stores.close()

    def on_waiting(self, say: Callable[[str], None]) -> None:
        """Have a sentence said where an import or undo waits for another process for over a second."""
        self._house.stores.on_waiting(say)

    @property
    def registry(self) -> "Registry":
        """Return the known aggregation types, pricing models and readers."""
        return self._house.registry

    @property
    def browse(self) -> "Browsing":
        """Return what hands out long lists page by page."""
        from usagebill_tui.billing.browsing import Browsing

        return Browsing(self._house)

    def now(self) -> datetime:
        """Return what counts as now: in the demo's workspace, the time of its sample data."""
        return self._house.clock()

    def fingerprint(self) -> object:
        """Return what differs after anybody changed something here; cheap enough to be asked every second."""
        return self._house.database.fingerprint()

    def catalogue(self) -> "Catalogue":
        """Return metrics, products, plans and their versions, customers and subscriptions."""
        from usagebill_tui.store.catalogue import load_catalogue

        with self._house.database.reading() as session:
            return load_catalogue(session)

    def catalogue_around(self, *names: str) -> "Catalogue":
        """Return what is sold, and of customers and subscriptions only those that go by these names.

        With a subscription comes its customer, with a customer all its subscriptions.
        """
        from usagebill_tui.store.neighbourhood import load_around

        with self._house.database.reading() as session:
            return load_around(session, names)

    def snapshot(self) -> int:
        """Return the newest snapshot of the events."""
        return self._house.events.snapshot()
