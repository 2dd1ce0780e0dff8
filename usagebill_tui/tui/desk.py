"""The desk: the workspace that the interface works in, opened when it is first needed."""

import threading
from typing import TYPE_CHECKING

from usagebill_tui.clock import Clock, system_clock
from usagebill_tui.extensions import Extensions
from usagebill_tui.homes import ALWAYS_THERE, Home

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace


class Desk:
    """Hands out the open workspace; any worker's thread may ask.

    Opening takes the slow imports with it, so it happens in the first worker, after the first frame.
    """

    def __init__(self, name: str, home: Home, extensions: Extensions, clock: Clock = system_clock) -> None:
        self.name = name
        self.home = home
        self.extensions = extensions
        self.clock = clock
        self._lock = threading.Lock()
        self._open: Workspace | None = None

    def workspace(self) -> "Workspace":
        """Return the open workspace, opening it first; raises what opening it raises."""
        with self._lock:
            if self._open is None:
                self._open = self.named(self.name)
            return self._open

    def named(self, name: str) -> "Workspace":
        """Open a workspace of the home by its name, beside the one at hand; whoever asks closes it."""
        from usagebill_tui.workspace import Workspace, use_cases

        use_cases.load()
        return Workspace.open(name, home=self.home.path, clock=self.clock, plugins=self.extensions.load())

    def separate(self) -> "Workspace":
        """Open the workspace at hand once more, for a long work of its own; whoever asks closes it."""
        return self.named(self.name)

    def names(self) -> list[str]:
        """Return the workspaces that there are, and those that are made when they are first opened."""
        return sorted({*self.home.names(), *ALWAYS_THERE, self.name})

    def fingerprint(self) -> object:
        """Return what differs after any change in the workspace; None while it is not open.

        Never waits: the screen asks, and opening may take a while.
        """
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return None if self._open is None else self._open.fingerprint()
        finally:
            self._lock.release()

    def switch(self, name: str) -> None:
        """Work in another workspace from now on; raises what opening it raises and stays then."""
        other = self.named(name)
        with self._lock:
            before, self._open, self.name = self._open, other, name
        if before is not None:
            before.close()

    def close(self) -> None:
        """Let go of the workspace's files."""
        with self._lock:
            if self._open is not None:
                self._open.close()
            self._open = None
