"""A bucket as the place of a store's files: written here first, then there, and only then listed."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.bucket.cache import ARRIVING, is_cached, sweep, trim
from usagebill_tui.eventstore.bucket.objects import Objects
from usagebill_tui.eventstore.parquet.files import SegmentAltered, digest_of, forget
from usagebill_tui.eventstore.parquet.verifying import remove_all, unlisted
from usagebill_tui.eventstore.turns import turn
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import Segment
from usagebill_tui.store.merges import files_in_use

MARKER = "usagebill-events"
"""The object that says that a prefix holds the events of a workspace."""
_AT_ONCE = 4


class BucketPlace:
    """Segments in a bucket, with a folder as the cache of them; `most` bytes of it are kept."""

    def __init__(self, engine: Engine, objects: Objects, folder: Path, most: int) -> None:
        self.folder = folder
        self._engine = engine
        self._objects = objects
        self._most = most
        self._sent: set[str] = set()
        self._is_swept = False

    def turn(self, waiting: Callable[[str], None]) -> AbstractContextManager[None]:
        """Hold the catalogue's lock, on whichever machine."""
        return turn(self._engine, self.folder, waiting)

    def fetch(self, needed: Iterable[Segment]) -> None:
        """Have the files of segments in the cache, each held against its digest before it gets its name."""
        wanted = {segment.file: segment for segment in needed}
        if not self._is_swept:
            self._is_swept = True
            self._sweep()
        missing = [segment for segment in wanted.values() if not is_cached(self.folder, segment)]
        if missing:
            _all(self._bring, missing)
            trim(self.folder, self._most, wanted)

    def publish(self, written: Sequence[Segment]) -> None:
        """Send what was written to the bucket, under names that nothing there has."""
        _all(self._send, written)
        trim(self.folder, self._most, {segment.file for segment in written})

    def withdraw(self, written: Iterable[Segment]) -> None:
        """Remove what was sent and not listed; what cannot be removed now is found by `loose`."""
        segments = list(written)
        forget(self.folder, segments)
        with suppress(StorageFailed):
            self._objects.delete([one.file for one in segments if one.file in self._sent])

    def remove(self, files: Iterable[str]) -> list[str]:
        """Remove files from cache and bucket; return those that could not be."""
        names = list(files)
        remove_all([self.folder / name for name in names])
        try:
            self._objects.delete(names)
        except StorageFailed:
            return names
        return []

    @contextmanager
    def fresh(self, segment: Segment) -> Iterator[Path]:
        """Give a segment's file as the bucket has it; a copy in the cache that differs is thrown away."""
        cached = self.folder / segment.file
        if cached.is_file() and digest_of(cached) != segment.sha256:
            cached.unlink(missing_ok=True)
            what = "this machine's copy had been altered and was thrown away; verify again"
            raise SegmentAltered(what, where=str(cached), mend="run `usagebill verify` again")
        path = self._arriving(segment)
        try:
            self._objects.get(segment.file, path)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def loose(self, known: AbstractSet[str]) -> list[Path]:
        """Return what is not among the files known: objects by name, here what was never finished.

        Whole segments in the cache that are listed no more are no harm: `clear` removes them as well.
        """
        there = [Path(name) for name in self._objects.names() if name not in known and name != MARKER]
        here = [path for path in unlisted(self.folder, known) if path.suffix != ".parquet"]
        return [*sorted(there), *here]

    def clear(self, found: Sequence[Path]) -> None:
        """Remove it."""
        there = [path.name for path in found if not path.is_absolute()]
        remove_all([path for path in found if path.is_absolute()])
        self._objects.delete(there)
        self._sweep(at_once=True)

    def _send(self, segment: Segment) -> None:
        self._objects.put(segment.file, self.folder / segment.file, segment.bytes, segment.sha256)
        self._sent.add(segment.file)

    def _bring(self, segment: Segment) -> None:
        path = self._arriving(segment)
        try:
            if self._objects.get(segment.file, path) != segment.sha256:
                raise SegmentAltered(
                    "is not what was stored there (SHA-256 differs)",
                    where=f"{self._objects.place}: {segment.file}",
                    mend="run `usagebill verify`, and restore the object",
                )
            path.replace(self.folder / segment.file)
        except OSError as error:
            mend = "check the disk and its space"
            raise StorageFailed(
                f"cannot keep a copy: {error.strerror or error}", where=str(path), mend=mend
            ) from error
        finally:
            path.unlink(missing_ok=True)

    def _arriving(self, segment: Segment) -> Path:
        return self.folder / f".{segment.file}.{secrets.token_hex(4)}{ARRIVING}"

    def _sweep(self, *, at_once: bool = False) -> None:
        """Throw away what the manifest lists no more."""
        with reading(self._engine) as session:
            known = files_in_use(session)
        sweep(self.folder, known, at_once=at_once)


def _all(work: Callable[[Segment], None], segments: Sequence[Segment]) -> None:
    """Do it for all segments, a few at once; the first failure stops what has not begun."""
    with ThreadPoolExecutor(_AT_ONCE, "usagebill-bucket") as workers:
        waiting = [workers.submit(work, segment) for segment in segments]
        try:
            for one in waiting:
                one.result()
        except BaseException:
            workers.shutdown(wait=False, cancel_futures=True)
            raise
