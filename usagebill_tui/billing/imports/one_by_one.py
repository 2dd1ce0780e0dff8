"""Importing files one by one: a batch and an outcome for each, and a bad file costs only itself."""

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Literal

import msgspec
from msgspec.structs import asdict

from usagebill_tui.billing.house import House
from usagebill_tui.billing.imports.importing import ImportReport, ImportRequest, Progress, import_events
from usagebill_tui.errors import StorageFailed, UsagebillError
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source, as_text, open_source
from usagebill_tui.store.manifest import Counts

INTERRUPTED = "Query interrupted"
"""What DuckDB says where Ctrl-C came while it worked."""

Result = Literal["done", "partly", "failed"]


class FileOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: the report of its import, or why nothing of it was imported."""

    file: str
    report: ImportReport | None = None
    error: UsagebillError | None = None

    @property
    def result(self) -> Result:
        """Return `partly` where rows were rejected or are in unresolved conflict."""
        return "failed" if self.report is None else self.report.outcome


def import_each(
    house: House,
    files: Iterable[str],
    request: ImportRequest,
    progress: Callable[[str], Progress | None] = lambda _: None,
) -> Iterator[FileOutcome]:
    """Import files (`-`: standard input), each as a batch of its own; the request holds for each.

    `progress` gives what is told how far a file has come. Raises WrongCall, before anything is imported,
    where the request makes no sense for any file.
    """
    check_request(house, request)
    for file in files:
        yield import_one(house, file, request, progress(file))


def outcome_data(outcome: FileOutcome) -> dict[str, object]:
    """Return what became of a file as data; where it failed, all but the error is null."""
    report = outcome.report
    counts = dict.fromkeys(Counts.__struct_fields__) if report is None else asdict(report.counts)
    return {
        "file": as_text(outcome.file),
        "outcome": outcome.result,
        "batch": None if report is None else report.batch,
        "format": None if report is None else report.format,
        **counts,
        "error": None if outcome.error is None else str(outcome.error),
    }


def import_one(house: House, file: str, request: ImportRequest, progress: Progress | None) -> FileOutcome:
    """Import one file and say what became of it."""
    try:
        report = import_events(house, [open_source(file)], request, progress)
    except UsagebillError as error:
        return FileOutcome(file=file, error=error)
    except OSError as error:
        # What is wrong with the file itself is no bare OSError, so this is our own disk.
        mend = "free some space on the disk, or make it writable, and try again"
        failed = StorageFailed(error.strerror or str(error), where=error.filename, mend=mend)
        return FileOutcome(file=file, error=failed)
    except Exception as error:
        # What goes wrong with one file must not stop the others.
        if str(error) == INTERRUPTED:
            raise KeyboardInterrupt from error
        what = f"internal error: {type(error).__name__}: {error}"
        mend = "import it alone with --debug, which shows where"
        return FileOutcome(file=file, error=UsagebillError(what, where=as_text(file), mend=mend))
    return FileOutcome(file=file, report=report)


def check_request(house: House, request: ImportRequest) -> None:
    """Raise WrongCall, or what the options' values are refused with, before any file is looked at."""
    read_events(Source("", BytesIO), request.options, readers=house.registry.event_readers)
