"""Making the demo: built completely beside the old one, then put in its place in one step.

The workspace's folder holds each making in a folder of its own; which of them counts, its `workspace.toml`
says, and that file is replaced as a whole. Whatever interrupts this leaves the old demo or the new one.
"""

import shutil
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

from usagebill_tui.demo.filling import NOW, SIGNED, fill
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.errors import Refused, StorageFailed
from usagebill_tui.homes import DEMO, Fixed, Home
from usagebill_tui.locations import MEND_HOME, make_private_folder

_MADE = "made-"
_LOCK = ".demo.lock"


def make_demo(home: Home) -> None:
    """Make the workspace `demo` anew; raises Refused where that name belongs to somebody else's work.

    Raises Refused, too, while another demo is being made there.
    """
    folder = home.folder(DEMO)
    check_ours(home)
    make_private_folder(folder)
    try:
        with FileLock(folder / _LOCK, timeout=0):
            check_ours(home)
            _make(home, folder)
    except Timeout:
        raise Refused("another demo is being made there", where=str(folder), mend="try again soon") from None


def check_ours(home: Home) -> None:
    """Refuse a workspace or folder `demo` that the demo did not make."""
    folder = home.folder(DEMO)
    ours = home.fixed(DEMO, NOW).demo if home.exists(DEMO) else _is_left_over(folder)
    if not ours:
        raise Refused(
            "the demo did not make this workspace and leaves it alone",
            where=str(folder),
            mend="try the demo elsewhere: usagebill --home DIR demo",
        )


def _is_left_over(folder: Path) -> bool:
    """Tell whether a folder holds nothing but what an interrupted demo left, or does not exist."""
    try:
        return all(path.name == _LOCK or path.name.startswith(_MADE) for path in folder.iterdir())
    except FileNotFoundError:
        return True
    except OSError as error:
        raise _failed(folder, error) from error


def _make(home: Home, folder: Path) -> None:
    try:
        made = Path(tempfile.mkdtemp(prefix=_MADE, dir=folder))
    except OSError as error:
        raise _failed(folder, error) from error
    try:
        fixed = Home(made).create(DEMO, SIGNED, demo=True)
        fill(made)
        put_in_place(home, _within(made, fixed))
    except BaseException:
        if not _counts(home, made):
            shutil.rmtree(made, ignore_errors=True)
        raise
    _remove_others(folder, made)


def put_in_place(home: Home, fixed: Fixed) -> None:
    """Let the workspace be what was made: the one step that counts."""
    home.put(DEMO, fixed)


def _counts(home: Home, made: Path) -> bool:
    """Tell whether a making is in place already, as when the interruption came just after that step."""
    return home.exists(DEMO) and home.fixed(DEMO, NOW).database.startswith(f"{made.name}/")


def _within(made: Path, fixed: Fixed) -> Fixed:
    """Return what is fixed about a making as seen from the workspace's folder."""
    inside = f"{made.name}/{DEMO}"
    return Fixed(
        created=rfc3339(SIGNED),
        database=f"{inside}/{fixed.database}",
        events=f"{inside}/{fixed.events}",
        demo=True,
        now=rfc3339(NOW),
    )


def _remove_others(folder: Path, made: Path) -> None:
    """Remove earlier makings; one that somebody holds open is left for the next time."""
    for other in folder.glob(f"{_MADE}*"):
        if other != made:
            shutil.rmtree(other, ignore_errors=True)


def _failed(folder: Path, error: OSError) -> StorageFailed:
    return StorageFailed(f"cannot be used: {error.strerror}", where=str(folder), mend=MEND_HOME)
