"""Whose code may run: only what nobody but its owner, or the system's, can write."""

import os
import stat
from pathlib import Path

from usagebill_tui.errors import InvalidInput

_SYSTEM = 0
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def check_trusted(path: Path) -> None:
    """Raise InvalidInput where somebody else could have written a file or folder, or put it there.

    On Windows folders of users are their own by default, and modes say nothing: nothing is checked there.
    """
    if os.name == "nt":
        return
    resolved = path.resolve()
    for place in (resolved, *resolved.parents):
        _check(place, sticky_will_do=place != resolved)


def _check(place: Path, *, sticky_will_do: bool) -> None:
    """Refuse one place; in a sticky folder, such as /tmp, others cannot replace what is mine."""
    found = place.stat()
    if found.st_uid not in {os.geteuid(), _SYSTEM}:
        what = f"belongs to another user (uid {found.st_uid})"
        raise InvalidInput(
            what, where=str(place), mend="plugins run as you: keep them in a place of your own"
        )
    if found.st_mode & _OTHERS_WRITE and not (sticky_will_do and found.st_mode & stat.S_ISVTX):
        raise InvalidInput("others may write to it", where=str(place), mend=f"chmod go-w {place}")
