"""A folder into which others put event files: what lies there, and where it goes once it is imported."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path, PurePath
from typing import Literal, NamedTuple

import msgspec
from filelock import FileLock, Timeout

from usagebill_tui.errors import InvalidInput, NotFound, StorageFailed, UsagebillError
from usagebill_tui.locations import make_private_folder, write_private_file

UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".swp", "~")
"""How names of files end that are still being written; so are those that begin with a dot."""

Away = Literal["done", "failed"]

_MEND = "make the folder and its files writable, and free some space on the disk"
_COMPRESSED = {".gz", ".zst"}
_LONGEST = 200
_NOTE = ".usagebill-watch.begun"


class Sighting(NamedTuple):
    """What a file looked like: one that is written to looks different afterwards."""

    size: int
    modified: int
    inode: int


class Begun(msgspec.Struct, frozen=True):
    """A file whose import was begun: what it looked like, and the snapshot before it.

    Its `name` is in bytes, which need be no text; its `path` is what the batch calls it.
    """

    name: bytes
    path: str
    sighting: Sighting
    snapshot: int


class NotPutAway(StorageFailed):
    """A file was dealt with and cannot be moved out of the way."""

    exit_code = 3


class Inbox:
    """The folder, with `done` and `failed` below it; only files right in it count."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other watcher out. Raises where there is one, and where the folder cannot be used."""
        if not self.folder.is_dir():
            raise NotFound(
                "there is no such folder", where=str(self.folder), mend="make it, or check the path"
            )
        for away in ("done", "failed"):
            make_private_folder(self.folder / away)
            if self._device(self.folder / away) != self._device(self.folder):
                mend = "let it be a folder on the same disk, so that moving a file is one step"
                raise InvalidInput("is on another disk", where=str(self.folder / away), mend=mend)
        lock = FileLock(self.folder / ".usagebill-watch.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            mend = "let it do its work, or stop it first"
            raise UsagebillError("another usagebill watches it", where=str(self.folder), mend=mend) from None
        except OSError as error:
            raise self._unusable(error) from error
        try:
            yield
        finally:
            lock.release()

    def files(self) -> dict[str, Sighting]:
        """Return the files that do not say by their names that they are unfinished, by name."""
        try:
            with os.scandir(self.folder) as entries:
                names = sorted(e.name for e in entries if _is_named_finished(e.name) and e.is_file())
        except OSError as error:
            raise self._unusable(error) from error
        sightings = {name: self.sighting(name) for name in names}
        return {name: sighting for name, sighting in sightings.items() if sighting is not None}

    def sighting(self, name: str) -> Sighting | None:
        """Return what a file looks like; None where it is gone."""
        try:
            found = (self.folder / name).stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        return Sighting(found.st_size, found.st_mtime_ns, found.st_ino)

    def begin(self, begun: Begun) -> None:
        """Note a file before it is imported, for whoever comes after a watcher that was killed."""
        write_private_file(self.folder / _NOTE, msgspec.json.encode(begun), mend=_MEND)

    def begun(self) -> Begun | None:
        """Return the file whose import was begun and not told of as ended."""
        try:
            return msgspec.json.decode((self.folder / _NOTE).read_bytes(), type=Begun)
        except (OSError, msgspec.DecodeError):
            return None

    def end(self) -> None:
        """Forget what was begun."""
        try:
            (self.folder / _NOTE).unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(error) from error

    def put_away(self, name: str, away: Away, report: bytes) -> Path:
        """Move a file to `done` or `failed`, its report beside it; a name that is taken gets a number.

        The report is written first: without a file beside it, it is what an interrupted watcher left, which
        imports the file again.
        """
        try:
            return self._put_away(name, away, report)
        except (OSError, StorageFailed) as error:
            reason = error.what if isinstance(error, StorageFailed) else error.strerror
            raise NotPutAway(
                f"was dealt with, but cannot be moved to {away}: {reason}",
                where=str(self.folder / name),
                mend=f"{_MEND}; until then it would be imported again, as duplicates",
            ) from error

    def _put_away(self, name: str, away: Away, report: bytes) -> Path:
        for number in count(1):
            target = self.folder / away / _numbered(name, number)
            beside = target.with_name(_report_name(target.name, number))
            if os.path.lexists(target) or os.path.lexists(beside):
                continue
            write_private_file(beside, report)
            try:
                _move(self.folder / name, target)
            except FileExistsError:
                beside.unlink()
                continue
            return target
        raise AssertionError  # numbers do not end

    def _device(self, folder: Path) -> int:
        try:
            return folder.stat().st_dev
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> StorageFailed:
        return StorageFailed(f"cannot be used: {error.strerror}", where=str(self.folder), mend=_MEND)


def _is_named_finished(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(UNFINISHED)


def _numbered(name: str, number: int) -> str:
    """Return a file's name with a number before its ending, so that it stays what it is: `a-2.csv.gz`."""
    if number == 1:
        return name
    path = PurePath(name)
    ending = path.suffix
    if ending.lower() in _COMPRESSED:
        ending = PurePath(path.stem).suffix + ending
    room = _LONGEST - len(os.fsencode(ending))
    return f"{_cut(name.removesuffix(ending), room)}-{number}{ending}" if room > 0 else f"{number}"


def _report_name(name: str, number: int) -> str:
    """Return the name of a file's report, one for each number also where the file's name is cut."""
    cut = _cut(name, _LONGEST)
    return f"{name}.report.json" if cut == name else f"{cut}-{number}.report.json"


def _cut(name: str, size: int) -> str:
    """Return a name, or so many bytes of it: no file's name has more than 255."""
    raw = os.fsencode(name)
    return name if len(raw) <= size else raw[:size].decode("utf-8", "ignore")


def _move(source: Path, target: Path) -> None:
    """Rename a file; raises FileExistsError rather than replace another."""
    if source.is_symlink():
        source.rename(target)
        return
    try:
        target.hardlink_to(source)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        source.rename(target)
        return
    source.unlink()
