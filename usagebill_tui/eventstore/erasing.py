"""Taking personal data out of stored events, for good."""

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from usagebill_tui.store.database import Session


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to properties, by path, of some accounts' events.

    Those `removed` are gone. Those `renamed` hold other texts, made of the old ones and `salt`: equal ones
    stay equal, and without the salt nobody can tell what they were.
    """

    removed: frozenset[str] = frozenset()
    renamed: frozenset[str] = frozenset()
    salt: str = ""

    @property
    def touched(self) -> frozenset[str]:
        """Return all paths whose values change."""
        return self.removed | self.renamed


class Rewritten(msgspec.Struct, frozen=True, kw_only=True):
    """What was rewritten: how many stored rows of the accounts, in how many files.

    `left` are old files that could not be removed afterwards.
    """

    rows: int = 0
    files: int = 0
    left: tuple[str, ...] = ()


Decide = Callable[[Mapping[str, int]], Changes]
"""Told which properties there are, and of how many rows, says what happens to them."""
Also = Callable[[Session, Rewritten], None]
"""What else is changed in the transaction after which the rewritten rows count."""


class Eraser(Protocol):
    """Takes properties out of the events of some accounts, of every version that is kept of them.

    Identities, times and batches stay, and so does what tells deliveries apart: nothing counts twice.
    """

    def properties(self, accounts: frozenset[str]) -> dict[str, int]:
        """Return the properties, by path, that the accounts' rows have, and how many rows have each."""

    def erase(self, accounts: frozenset[str], decide: Decide, also: Also) -> Rewritten:
        """Rewrite the accounts' rows; all of it and of what `also` does, or nothing."""
