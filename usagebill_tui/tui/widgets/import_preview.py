"""The first rows of a file, as they would be stored."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.widgets import Static

from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.zones import from_micros
from usagebill_tui.tui.foreign import cell, plain

if TYPE_CHECKING:
    from usagebill_tui.billing.imports.previewing import FilePreview
    from usagebill_tui.errors import UsagebillError


class ImportPreview(Static):
    """Shows what the first rows would become, or why the file cannot be read."""

    def show_nothing(self) -> None:
        """Say what to do first."""
        self.update(Text("Choose files with a; their first rows are shown here.", style="dim"))

    def show_error(self, error: "UsagebillError") -> None:
        """Say why the file cannot be read so."""
        lines = [Text("✗ not like this", style="bold red"), Text(plain(error.what))]
        if error.where:
            lines.append(Text(f"Where: {plain(error.where)}", style="dim"))
        if error.mend:
            lines.append(Text(f"What to do: {plain(error.mend)}", style="bold"))
        self.update(Group(*lines))

    def show_preview(self, name: str, preview: "FilePreview") -> None:
        """Show the first events and the first rejected rows."""
        good = preview.read - preview.rejected
        head = Text(f"{plain(name, 60)} · {plain(preview.format, 40)}\n", style="bold")
        head.append(f"first {preview.read:,} rows: ", style="default")
        head.append(f"✓ {good:,} events", style="good")
        if preview.rejected:
            head.append(f" · ✗ {preview.rejected:,} rejected", style="bad")
        parts: list[RenderableType] = [head]
        if preview.events:
            parts += [Text(""), _events(preview)]
        if preview.rejects:
            parts += [Text(""), _rejects(preview)]
        if preview.columns:
            columns = ", ".join(plain(column, 40) for column in preview.columns[:60])
            parts += [Text(""), Text("Columns: ", style="dim") + Text(columns)]
        if any(one.reason.endswith("is missing") for one in preview.rejects):
            parts.append(
                Text("Name the column of what is missing, or write =VALUE for all rows.", style="bold")
            )
        self.update(Group(*parts))


def _events(preview: "FilePreview") -> Table:
    table = Table(box=None, padding=(0, 1), expand=False, show_edge=False, pad_edge=False)
    # Where room is short, properties give way first: when, whose and what matter more.
    for title, least in {"Time (UTC)": 20, "Account": 12, "Metric": 12, "Properties": None}.items():
        table.add_column(title, no_wrap=True, overflow="ellipsis", header_style="bold", min_width=least)
    for event in preview.events:
        properties = " ".join(f"{path}={value.as_text()}" for path, value in event.properties.items())
        table.add_row(
            rfc3339(from_micros(event.timestamp)),
            cell(event.account, longest=30),
            cell(event.metric, longest=30),
            cell(properties, longest=120),
        )
    return table


def _rejects(preview: "FilePreview") -> Table:
    table = Table(box=None, padding=(0, 1), expand=False, show_edge=False, pad_edge=False)
    table.add_column("Line", justify="right", header_style="bold")
    table.add_column("Rejected because", header_style="bold", overflow="fold")
    for reject in preview.rejects:
        table.add_row(f"{reject.line:,}", Text(plain(reject.reason, 200), style="bad"))
    return table
