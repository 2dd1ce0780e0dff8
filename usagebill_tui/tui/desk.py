"""The desk: the workspace that the interface works in, opened when it is first needed."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from usagebill_tui.clock import Clock, system_clock

if TYPE_CHECKING:
    from usagebill_tui.extensions import Extensions
    from usagebill_tui.homes import Home
    from usagebill_tui.workspace import Workspace

Opener = Callable[[str], "Workspace"]
"""Opens a workspace by its name."""


class Desk:
    """Hands out the open workspace; any worker's thread may ask.

    Opening takes the slow imports with it, so it happens in the first worker, after the first frame.
    """

    def __init__(self, name: str, opener: Opener) -> None:
        self.name = name
        self._opener = opener
        self._lock = threading.Lock()
        self._open: Workspace | None = None

    def workspace(self) -> "Workspace":
        """Return the open workspace, opening it first; raises what opening it raises."""
        with self._lock:
            if self._open is None:
                self._open = self._opener(self.name)
            return self._open

    def separate(self) -> "Workspace":
        """Open the workspace once more, for a long work of its own; whoever asks closes it."""
        return self._opener(self.name)

    def named(self, name: str) -> "Workspace":
        """Open another workspace beside it; whoever asks closes it."""
        return self._opener(name)

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
        other = self._opener(name)
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


def opener(home: "Home", extensions: "Extensions", clock: Clock = system_clock) -> Opener:
    """Return what opens the workspaces of a home, each with the plugins that load then."""

    def open_named(name: str) -> "Workspace":
        from usagebill_tui.workspace import Workspace

        return Workspace.open(name, home=home.path, clock=clock, plugins=extensions.load())

    return open_named
