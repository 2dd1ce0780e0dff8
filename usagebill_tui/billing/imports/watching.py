"""Watching a folder: each file is imported once it is complete, and moved out of the way with its report."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.imports.importing import ImportReport, ImportRequest, Progress
from usagebill_tui.billing.imports.inbox import Away, Begun, Inbox, Sighting
from usagebill_tui.billing.imports.one_by_one import FileOutcome, check_request, import_one, outcome_data
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.errors import StorageFailed, UsagebillError
from usagebill_tui.events.source import as_text
from usagebill_tui.store.manifest import batches


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a watcher is, in seconds.

    A file is complete when it looks the same after `settle`. The folder is looked at every `poll`. Where
    the store's own disk fails, the file stays and is tried again after `retry`.
    """

    settle: float = 2.0
    poll: float = 1.0
    retry: float = 60.0


class Waiting(msgspec.Struct, frozen=True):
    """How a watcher knows what time it is (seconds since some instant) and lets some pass."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file; `moved_to` is None where it stays to be tried again."""

    outcome: FileOutcome
    moved_to: Path | None


class Watcher:
    """Watches one folder for one workspace."""

    def __init__(
        self,
        house: House,
        inbox: Inbox,
        request: ImportRequest,
        waiting: Waiting,
        pace: Pace,
        progress: Callable[[str], Progress | None],
    ) -> None:
        self._house = house
        self._inbox = inbox
        self._request = request
        self._waiting = waiting
        self._pace = pace
        self._progress = progress
        self._seen: dict[str, tuple[Sighting, float]] = {}
        self._not_before: dict[str, float] = {}

    def watch(self, *, once: bool) -> Iterator[Handled]:
        """Yield what became of each file, for ever; with `once`, of those that are there now.

        Files are taken by name. A file that is imported a second time, because something came between its
        import and its move, brings duplicates only. What a watcher imported that was killed before it saw
        that the file had changed meanwhile is taken back first. Raises before anything is done where another
        watches the folder or the request makes no sense; StorageFailed where files cannot be moved.
        """
        check_request(self._house, self._request)
        with self._inbox.held():
            yield from self._after_a_kill()
            if once:
                self._complete()
                if self._seen:
                    self._waiting.sleep(self._pace.settle)
                yield from self._round()
                return
            while True:
                yield from self._round()
                self._waiting.sleep(self._pace.poll)

    def _round(self) -> Iterator[Handled]:
        for name in self._complete():
            sighting = self._seen[name][0]
            # Those before it may have taken a while.
            if self._inbox.sighting(name) == sighting:
                handled = self._handle(name, sighting)
                if handled is not None:
                    yield handled

    def _complete(self) -> list[str]:
        """Look at the folder, and return the files that look as they did a while ago."""
        now = self._waiting.clock()
        found = self._inbox.files()
        self._seen = {
            name: before if (before := self._seen.get(name)) and before[0] == sighting else (sighting, now)
            for name, sighting in found.items()
        }
        self._not_before = {name: at for name, at in self._not_before.items() if name in found}
        return [
            name
            for name, (_, since) in self._seen.items()
            if now - since >= self._pace.settle and now >= self._not_before.get(name, now)
        ]

    def _handle(self, name: str, sighting: Sighting) -> Handled | None:
        """Import a file and put it away; None where it vanished."""
        path = str(self._inbox.folder / name)
        self._inbox.begin(Begun(os.fsencode(name), as_text(path), sighting, self._house.events.snapshot()))
        outcome = import_one(self._house, path, self._request, self._progress(path))
        handled = self._settled(name, sighting, outcome)
        self._inbox.end()
        return handled

    def _settled(self, name: str, sighting: Sighting, outcome: FileOutcome) -> Handled | None:
        """Put a file away whose import ended, or leave it to be tried again; None where it vanished."""
        after = self._inbox.sighting(name)
        if after is None:
            return None if outcome.report is None else Handled(outcome=outcome, moved_to=None)
        if after != sighting:
            return Handled(outcome=self._taken_back(outcome), moved_to=None)
        if isinstance(outcome.error, StorageFailed):
            self._not_before[name] = self._waiting.clock() + self._pace.retry
            return Handled(outcome=outcome, moved_to=None)
        away: Away = "failed" if outcome.report is None else "done"
        report = report_json(outcome, rfc3339(self._house.clock()))
        return Handled(outcome=outcome, moved_to=self._inbox.put_away(name, away, report))

    def _taken_back(self, outcome: FileOutcome) -> FileOutcome:
        """Undo the import of a file that went on changing: its last row may have been half a row."""
        if outcome.report is not None and outcome.report.batch is not None:
            self._house.events.undo(outcome.report.batch, self._house.author())
        return _changed(outcome.file)

    def _after_a_kill(self) -> Iterator[Handled]:
        """Take back what a killed watcher imported of a file that was written to since it began.

        Another file of this name is none of its business: the one that it imported may be in `done`.
        """
        begun = self._inbox.begun()
        if begun is None:
            return
        name = os.fsdecode(begun.name)
        now = self._inbox.sighting(name)
        if now is not None and now != begun.sighting and now.inode == begun.sighting.inode:
            for batch in self._imports_of(begun):
                self._house.events.undo(batch, self._house.author())
                yield Handled(outcome=_changed(str(self._inbox.folder / name)), moved_to=None)
        self._inbox.end()

    def _imports_of(self, begun: Begun) -> list[int]:
        with self._house.database.reading() as session:
            return [
                batch.id
                for batch in batches(session)
                if batch.seq > begun.snapshot
                and batch.undone_by is None
                and [file.name for file in batch.files] == [begun.path]
            ]


def _changed(file: str) -> FileOutcome:
    mend = "nothing of it counts; it is imported once it is complete"
    error = UsagebillError("was changed while it was imported", where=file, mend=mend)
    return FileOutcome(file=file, error=error)


def report_json(outcome: FileOutcome, at: str) -> bytes:
    """Return what became of a file at an instant, as JSON for the file beside it."""
    data: dict[str, object] = {**outcome_data(outcome), "at": at}
    if outcome.report is not None:
        data |= _details(outcome.report)
    return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"


def _details(report: ImportReport) -> dict[str, object]:
    return {
        "first_rejects": [{"line": line, "reason": reason} for _, line, reason in report.first_rejects],
        "first_conflicts": [
            {"line": one.line, "source": one.incoming.source, "id": one.incoming.id}
            for one in report.examples
        ],
    }
