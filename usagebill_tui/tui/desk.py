"""The desk: the workspace that the interface works in, opened when it is first needed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from usagebill_tui.clock import Clock, system_clock
from usagebill_tui.errors import Refused
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
        self._open: _Lent | None = None
        self._left = False

    def workspace(self) -> "Workspace":
        """Return the open workspace, opening it first; raises what that raises, or Refused once closed."""
        with self._lock:
            return self._opened().workspace

    @contextmanager
    def using(self) -> "Iterator[Workspace]":
        """Lend the open workspace: it stays open to the end of the block, though others switch or leave."""
        with self._lock:
            lent = self._opened()
            lent.users += 1
        try:
            yield lent.workspace
        finally:
            with self._lock:
                lent.users -= 1
                self._close_unused(lent)

    def _opened(self) -> "_Lent":
        if self._left:
            raise Refused("the interface was left already", mend="start it again")
        if self._open is None:
            self._open = _Lent(self.named(self.name))
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
            return None if self._open is None else self._open.workspace.fingerprint()
        finally:
            self._lock.release()

    def switch(self, name: str) -> None:
        """Work in another workspace from now on; raises what opening it raises and stays then."""
        other = self.named(name)
        with self._lock:
            self._replace(_Lent(other))
            self.name = name

    def close(self) -> None:
        """Let go of the workspace's files for good: at once, or when the last work with them is done."""
        with self._lock:
            self._left = True
            self._replace(None)

    def _replace(self, other: "_Lent | None") -> None:
        before, self._open = self._open, other
        if before is not None:
            self._close_unused(before)

    def _close_unused(self, lent: "_Lent") -> None:
        """Close a workspace that was let go of, unless some thread still works with it."""
        if lent is not self._open and not lent.users:
            lent.workspace.close()


class _Lent:
    """An open workspace, and how many threads work with it."""

    def __init__(self, workspace: "Workspace") -> None:
        self.workspace = workspace
        self.users = 0
