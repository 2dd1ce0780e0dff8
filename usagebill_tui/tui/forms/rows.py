"""Rows: a list of tables, such as the tiers of a price, typed in a grid."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input, Label

from usagebill_tui.tui.foreign import content
from usagebill_tui.tui.forms.field import Field

MOST_ROWS = 100


class RowsEditor(Vertical):
    """A grid of inputs, a row for each table: added, removed, moved, or pasted from a spreadsheet."""

    HELP_NAME = "Rows"
    HELP_TEXT = "Cells copied from a spreadsheet can be pasted: they take the place of all rows."
    BINDINGS = [
        Binding("f6", "add_row", "Add a row below"),
        Binding("f7", "remove_row", "Remove the row"),
        Binding("f8", "move_row(-1)", "Move the row up"),
        Binding("f9", "move_row(1)", "Move the row down"),
        Binding("up", "go(-1)", "Row above", show=False),
        Binding("down", "go(1)", "Row below", show=False),
    ]

    class Edited(Message):
        """A cell or the number of rows was changed by the user."""

    def __init__(self, field: Field, rows: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(classes="rows-editor")
        self.field = field
        self._texts = [self._texts_of(row) for row in rows] or [self._texts_of({})]
        self._problem: str | None = None

    def _texts_of(self, row: Mapping[str, Any]) -> list[str]:
        return [each.text(row.get(each.key)) for each in self.field.fields]

    def compose(self) -> ComposeResult:
        """Lay out title, heads, rows and buttons."""
        yield Label(content(self.field.title), classes="rows-title")
        with Horizontal(classes="rows-head"):
            yield Label("", classes="rows-number")
            for each in self.field.fields:
                yield Label(content(each.title), classes="rows-cell")
        yield Vertical(*self._lines(), classes="rows-lines")
        with Horizontal(classes="rows-buttons"):
            yield Button("+ add (f6)", id="add", compact=True)
            yield Button("− remove (f7)", id="remove", compact=True)
            yield Button("▲ (f8)", id="up", compact=True)
            yield Button("▼ (f9)", id="down", compact=True)
        yield Label("", classes="value-message")

    def _lines(self) -> list[Horizontal]:
        lines = []
        for place, texts in enumerate(self._texts):
            cells = [
                Input(text, placeholder=self._placeholder(each, place), compact=True, classes="rows-cell")
                for each, text in zip(self.field.fields, texts, strict=True)
            ]
            lines.append(
                Horizontal(Label(f"{place + 1}", classes="rows-number"), *cells, classes="rows-line")
            )
        return lines

    def _placeholder(self, field: Field, place: int) -> str:
        if field.key == "up_to":
            return "∞ (open)" if place == len(self._texts) - 1 else "needed"
        return field.default

    # Values

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as plain tables; cells, and rows, with nothing typed are left out."""
        return [
            {
                each.key: value
                for each, text in zip(self.field.fields, texts, strict=True)
                if (value := each.value(text)) is not None
            }
            for texts in self._texts
            if any(text.strip() for text in texts)
        ]

    def problems(self) -> dict[str, str]:
        """Return what is wrong, by `[row].key`."""
        return {
            f"[{place}].{each.key}": problem
            for place, texts in enumerate(self._typed())
            for each, text in zip(self.field.fields, texts, strict=True)
            if (problem := each.problem(text)) is not None
        }

    def _typed(self) -> list[list[str]]:
        return [texts for texts in self._texts if any(text.strip() for text in texts)]

    def put(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show other rows."""
        self._texts = [self._texts_of(row) for row in rows] or [self._texts_of({})]
        self._redraw(0)

    def say(self, problem: str | None, key: str = "") -> None:
        """Show what is wrong, marking the cell that `[row].key` names."""
        self._problem = problem
        message = self.query_one(".value-message", Label)
        message.update(content(f"✗ {problem}") if problem else "")
        message.display = problem is not None
        for cell in self.query(Input):
            cell.remove_class("-invalid")
        for place, texts in enumerate(self._texts):
            for number, each in enumerate(self.field.fields[: len(texts)]):
                if problem and key == f"[{place}].{each.key}":
                    self._cell(place, number).add_class("-invalid")

    # Editing

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take what is typed, and check the cell."""
        event.stop()
        place, number = self._place_of(event.input)
        if self._texts[place][number] == event.value:
            return
        self._texts[place][number] = event.value
        found = self.problems()
        key = next(iter(found), "")
        shown = (
            f"row {int(key[1 : key.index(']')]) + 1}: {found[key]}" if key and event.value.strip() else None
        )
        self.say(shown, key)
        self.post_message(self.Edited())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        event.stop()
        match event.button.id:
            case "add":
                self.action_add_row()
            case "remove":
                self.action_remove_row()
            case "up":
                self.action_move_row(-1)
            case "down":
                self.action_move_row(1)

    def on_paste(self, event: events.Paste) -> None:
        """Take cells pasted from a spreadsheet: lines of texts between tabs."""
        if "\t" not in event.text and "\n" not in event.text.strip():
            return
        event.stop()
        event.prevent_default()
        lines = [line.split("\t") for line in event.text.splitlines() if line.strip()][:MOST_ROWS]
        width = len(self.field.fields)
        self._texts = [[cell.strip() for cell in [*line, *[""] * width][:width]] for line in lines]
        self._redraw(0)
        self.post_message(self.Edited())

    def action_add_row(self) -> None:
        """Add an empty row below the one with the focus: before the open one where that is the last."""
        if len(self._texts) >= MOST_ROWS:
            return
        place = self._current() + 1
        self._texts.insert(place, self._texts_of({}))
        self._redraw(place)
        self.post_message(self.Edited())

    def action_remove_row(self) -> None:
        """Remove the row with the focus; the last one left is emptied."""
        place = self._current()
        del self._texts[place]
        if not self._texts:
            self._texts = [self._texts_of({})]
        self._redraw(max(0, place - 1))
        self.post_message(self.Edited())

    def action_move_row(self, by: int) -> None:
        """Exchange the row with the focus with its neighbour."""
        place = self._current()
        other = place + by
        if 0 <= other < len(self._texts):
            self._texts[place], self._texts[other] = self._texts[other], self._texts[place]
            self._redraw(other)
            self.post_message(self.Edited())

    def action_go(self, by: int) -> None:
        """Move the focus to the same cell of a neighbouring row."""
        place, number = self._focused()
        if 0 <= place + by < len(self._texts):
            self._cell(place + by, number).focus()

    def _redraw(self, place: int) -> None:
        _, number = self._focused()
        had_focus = self.has_focus_within
        lines = self.query_one(".rows-lines", Vertical)
        lines.remove_children()
        lines.mount_all(self._lines())
        if had_focus:
            self.call_after_refresh(lambda: self._cell(place, number).focus())

    def _cell(self, place: int, number: int) -> Input:
        line = list(self.query(".rows-line"))[place]
        return list(line.query(Input))[number]

    def _place_of(self, cell: Input) -> tuple[int, int]:
        for place, line in enumerate(self.query(".rows-line")):
            for number, each in enumerate(line.query(Input)):
                if each is cell:
                    return place, number
        return 0, 0

    def _focused(self) -> tuple[int, int]:
        focused = self.screen.focused
        return self._place_of(focused) if isinstance(focused, Input) else (0, 0)

    def _current(self) -> int:
        return (
            min(self._focused()[0], len(self._texts) - 1) if self.has_focus_within else len(self._texts) - 1
        )
