"""Bringing event files in, and taking them back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from usagebill_tui.errors import NotFound
from usagebill_tui.workspace.base import Opened

if TYPE_CHECKING:
    from usagebill_tui.billing.imports.importing import ImportReport, ImportRequest, Progress
    from usagebill_tui.billing.imports.one_by_one import FileOutcome
    from usagebill_tui.billing.imports.previewing import FilePreview
    from usagebill_tui.billing.imports.watching import Handled, Pace, Waiting
    from usagebill_tui.events.source import Source
    from usagebill_tui.events.types import Options
    from usagebill_tui.store import manifest, rejects


class Imports(Opened):
    """Bringing event files in, and taking them back."""

    def import_events(
        self,
        files: "Iterable[str | Path | Source]",
        request: "ImportRequest | None" = None,
        progress: "Progress | None" = None,
    ) -> "ImportReport":
        """Import event files (`-`: standard input) as one batch, all of it or nothing."""
        from usagebill_tui.billing.imports import importing
        from usagebill_tui.billing.imports.importing import ImportRequest
        from usagebill_tui.events.source import Source, open_source

        sources = [file if isinstance(file, Source) else open_source(str(file)) for file in files]
        return importing.import_events(self._house, sources, request or ImportRequest(), progress)

    def import_each(
        self,
        files: Iterable[str],
        request: "ImportRequest | None" = None,
        progress: "Callable[[str], Progress | None]" = lambda _: None,
    ) -> "Iterator[FileOutcome]":
        """Import event files, each as a batch of its own, and yield what became of each."""
        from usagebill_tui.billing.imports import one_by_one
        from usagebill_tui.billing.imports.importing import ImportRequest

        return one_by_one.import_each(self._house, files, request or ImportRequest(), progress)

    def watch(
        self,
        folder: str | Path,
        request: "ImportRequest | None" = None,
        *,
        waiting: "Waiting",
        pace: "Pace | None" = None,
        once: bool = False,
        progress: "Callable[[str], Progress | None]" = lambda _: None,
    ) -> "Iterator[Handled]":
        """Import each file of a folder once it is complete, move it to `done` or `failed`, and yield it."""
        from usagebill_tui.billing.imports.importing import ImportRequest
        from usagebill_tui.billing.imports.inbox import Inbox
        from usagebill_tui.billing.imports.watching import Pace, Watcher

        watcher = Watcher(
            self._house, Inbox(Path(folder)), request or ImportRequest(), waiting, pace or Pace(), progress
        )
        return watcher.watch(once=once)

    def preview_file(self, file: str | Path, options: "Options | None" = None) -> "FilePreview":
        """Return the first rows of an event file as they would be stored, and what its rows hold."""
        from usagebill_tui.billing.imports.previewing import preview_file
        from usagebill_tui.events.types import Options

        return preview_file(self._house, str(file), options or Options())

    def mappings(self) -> "dict[str, Options]":
        """Return the saved ways of reading files, by name."""
        from usagebill_tui.billing.imports import mappings

        return mappings.saved_mappings(self._house)

    def mapping(self, name: str) -> "Options":
        """Return a saved way of reading files; raises NotFound."""
        from usagebill_tui.billing.imports import mappings

        return mappings.saved_mapping(self._house, name)

    def save_mapping(self, name: str, options: "Options") -> None:
        """Keep a way of reading files under a name, in the place of what it named before."""
        from usagebill_tui.billing.imports import mappings

        mappings.save_mapping(self._house, name, options)

    def delete_mapping(self, name: str) -> None:
        """Forget a saved way of reading files; raises NotFound."""
        from usagebill_tui.billing.imports import mappings

        mappings.delete_mapping(self._house, name)

    def batches(self) -> "list[manifest.Batch]":
        """Return the imports and what undid them, in order."""
        from usagebill_tui.store import manifest

        with self._house.database.reading() as session:
            return manifest.batches(session)

    def undo_batch(self, batch: int) -> tuple[int, int]:
        """Take a batch back; return how many events stopped counting and how many count in their place."""
        return self._house.events.undo(batch, self._house.author())

    def rejects(self, batch: int | None = None) -> "list[rejects.StoredReject]":
        """Return rejected rows, of one batch or all; raises NotFound for an unknown batch."""
        from usagebill_tui.store import rejects

        if batch is not None and batch not in {b.id for b in self.batches() if b.kind == "import"}:
            raise NotFound(f"there is no batch {batch}", mend="`usagebill batches` lists them")
        with self._house.database.reading() as session:
            return list(rejects.stored_rejects(session, batch))

    def import_mended(self, batch: int, numbers: Sequence[int], rows: Sequence[str]) -> "ImportReport":
        """Import, as a new batch, what rejected rows of a batch, by their numbers, were mended to."""
        from usagebill_tui.billing.imports.mending import import_mended

        return import_mended(self._house, batch, numbers, rows)

    def export_rejects(self, batch: int, path: str | Path) -> int:
        """Write the rejected rows of a batch to a file, to be mended and imported; return how many."""
        from usagebill_tui.billing.imports.mending import export_rejects

        return export_rejects(self._house, batch, Path(path))
