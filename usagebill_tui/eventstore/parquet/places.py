"""Where the files of a store lie: in its folder alone, or elsewhere, with the folder as a cache of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from usagebill_tui.eventstore.parquet.files import forget
from usagebill_tui.eventstore.parquet.locking import locked
from usagebill_tui.eventstore.parquet.verifying import remove_all, unlisted
from usagebill_tui.store.manifest import Segment


class Place(Protocol):
    """Keeps the files of one store. What it is asked for lies in `folder` when the call returns."""

    @property
    def folder(self) -> Path:
        """Return the folder in which files are written and read."""

    def turn(self, waiting: Callable[[str], None]) -> AbstractContextManager[None]:
        """Hold the lock under which identities are decided: one import or undo at a time, anywhere."""

    def fetch(self, needed: Iterable[Segment]) -> None:
        """Have the files of segments in the folder; raises SegmentGone, or StorageFailed."""

    def publish(self, written: Sequence[Segment]) -> None:
        """Have what was written kept before the manifest lists it; raises StorageFailed."""

    def withdraw(self, written: Iterable[Segment]) -> None:
        """Remove what the manifest did not come to list, as far as that succeeds; the rest is left over."""

    def remove(self, files: Iterable[str]) -> list[str]:
        """Remove files that the manifest lists no more; return those that could not be."""

    def fresh(self, segment: Segment) -> AbstractContextManager[Path]:
        """Give a segment's file as it is kept, not as it is cached."""

    def loose(self, known: AbstractSet[str]) -> list[Path]:
        """Return what lies there and is not among the files known: left by interrupted imports."""

    def clear(self, found: Sequence[Path]) -> None:
        """Remove what `loose` has found."""


class FolderPlace:
    """A folder that has all files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def turn(self, waiting: Callable[[str], None]) -> AbstractContextManager[None]:
        """Hold the folder's lock."""
        return locked(self.folder, waiting)

    def fetch(self, needed: Iterable[Segment]) -> None:
        """Do nothing: they are there."""

    def publish(self, written: Sequence[Segment]) -> None:
        """Do nothing: they are there, and synced."""

    def withdraw(self, written: Iterable[Segment]) -> None:
        """Remove them."""
        forget(self.folder, written)

    def remove(self, files: Iterable[str]) -> list[str]:
        """Remove files; return those that could not be."""
        return [file for file in files if not _is_removed(self.folder / file)]

    @contextmanager
    def fresh(self, segment: Segment) -> Iterator[Path]:
        """Give a segment's file."""
        yield self.folder / segment.file

    def loose(self, known: AbstractSet[str]) -> list[Path]:
        """Return what is not among the files known."""
        return unlisted(self.folder, known)

    def clear(self, found: Sequence[Path]) -> None:
        """Remove it."""
        remove_all(found)


def _is_removed(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
