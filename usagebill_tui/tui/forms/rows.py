"""Rows: a list of tables, such as the tiers of a price, typed in a grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input, Label

from usagebill_tui.tui.foreign import content
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.tables import flat, put, within

MOST_ROWS = 100
_NUMBERS = ("number", "whole")
_CURRENCY_SIGNS = "$€£¥"


@dataclass
class _Line:
    """A row of the grid: what it was given as, None where the user added it, and the texts of its cells."""

    given: Mapping[str, Any] | None
    texts: list[str]

    @property
    def counts(self) -> bool:
        """Tell whether this is a row at all: typed, or given without a value of its own."""
        return self.given == {} or any(text.strip() for text in self.texts)


class _Cell(Input):
    """A cell of the grid; cells copied from a spreadsheet are left to the grid, one word is its own.

    `place` is its row and its column: rows come and go at the end of the grid, their texts move.
    """

    def __init__(self, place: tuple[int, int], text: str, placeholder: str) -> None:
        super().__init__(text, placeholder=placeholder, compact=True, classes="rows-cell")
        self.place = place

    def on_paste(self, event: events.Paste) -> None:
        """Let only a single cell in."""
        if _is_grid(event.text):
            event.prevent_default()


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
        self._fields = tuple(flat(field.fields))
        self._lines: list[_Line] = []
        self._take(rows)
        self._problem: str | None = None

    def _take(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._lines = [_Line(row, self._texts_of(row)) for row in rows] or [self._empty()]

    def _texts_of(self, row: Mapping[str, Any]) -> list[str]:
        return [each.text(within(row, each.key)) for each in self._fields]

    def _empty(self) -> "_Line":
        return _Line(None, self._texts_of({}))

    def compose(self) -> ComposeResult:
        """Lay out title, heads, rows and buttons."""
        yield Label(content(self.field.title), classes="rows-title")
        with Horizontal(classes="rows-head"):
            yield Label("", classes="rows-number")
            for each in self._fields:
                yield Label(content(each.title), classes="rows-cell")
        yield Vertical(*self._grid(), classes="rows-lines")
        with Horizontal(classes="rows-buttons"):
            yield Button("+ add (f6)", id="add", compact=True)
            yield Button("− remove (f7)", id="remove", compact=True)
            yield Button("▲ (f8)", id="up", compact=True)
            yield Button("▼ (f9)", id="down", compact=True)
        yield Label("", classes="value-message")

    def _grid(self, first: int = 0) -> list[Horizontal]:
        grid = []
        for place, line in enumerate(self._lines[first:], first):
            cells = [
                _Cell((place, number), text, self._placeholder(each, place))
                for number, (each, text) in enumerate(zip(self._fields, line.texts, strict=True))
            ]
            grid.append(Horizontal(Label(f"{place + 1}", classes="rows-number"), *cells, classes="rows-line"))
        return grid

    def _placeholder(self, field: Field, place: int) -> str:
        if field.key == "up_to":
            return "∞ (open)" if place == len(self._lines) - 1 else "needed"
        return field.default

    # Values

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as plain tables; cells, and rows, with nothing typed are left out."""
        return [self._row(line) for _, line in self._typed()]

    def _row(self, line: "_Line") -> dict[str, Any]:
        row: dict[str, Any] = {}
        given = line.given or {}
        for each, text in zip(self._fields, line.texts, strict=True):
            value = each.kept_value(within(given, each.key), text)
            if value is not None:
                put(row, each.key, value)
        return row

    def problems(self) -> dict[str, str]:
        """Return what is wrong, by `[row].key`: rows count as `rows` returns them."""
        return {
            f"[{number}].{each.key}": problem
            for number, (_, line) in enumerate(self._typed())
            for each, text in zip(self._fields, line.texts, strict=True)
            if (problem := each.problem(text)) is not None
        }

    def _typed(self) -> list[tuple[int, "_Line"]]:
        """Return the rows that count, each with its place in the grid."""
        return [(place, line) for place, line in enumerate(self._lines) if line.counts]

    def can_ask(self, field: Field) -> bool:
        """Tell whether this grid will do for a field: it is the same."""
        return self.field == field

    def put(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show other rows."""
        self._take(rows)
        self.call_later(self._redraw, 0)

    def say(self, problem: str | None, key: str = "") -> None:
        """Show what is wrong, marking the cell that `[row].key` names."""
        if problem is None and self._problem is None:
            return
        self._problem = problem
        for message in self.query(".value-message").results(Label):
            message.update(content(f"✗ {problem}") if problem else "")
            message.display = problem is not None
        for cell in self.query(Input):
            cell.remove_class("-invalid")
        for counted, (place, _) in enumerate(self._typed()):
            for number, each in enumerate(self._fields):
                if problem and key in {f"[{counted}].{each.key}", f"[{counted}]"}:
                    self._cell(place, number).add_class("-invalid")

    def spoken(self, key: str, problem: str) -> str:
        """Say a problem with the number that its row has on the screen."""
        counted = int(key[1 : key.index("]")])
        return f"row {self._typed()[counted][0] + 1}: {problem}"

    # Editing

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take what is typed, and check the cell."""
        event.stop()
        if not isinstance(event.input, _Cell):
            return
        place, number = event.input.place
        if place >= len(self._lines) or self._lines[place].texts[number] == event.input.value:
            return
        self._lines[place].texts[number] = event.input.value
        if event.input.value.strip():
            self._say_first()
        else:
            self.say(None)
        self.post_message(self.Edited())

    def _say_first(self) -> None:
        found = self.problems()
        key = next(iter(found), "")
        self.say(self.spoken(key, found[key]) if key else None, key)

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        event.stop()
        match event.button.id:
            case "add":
                await self.action_add_row()
            case "remove":
                await self.action_remove_row()
            case "up":
                await self.action_move_row(-1)
            case "down":
                await self.action_move_row(1)

    async def on_paste(self, event: events.Paste) -> None:
        """Take cells pasted from a spreadsheet: lines of texts between tabs."""
        if not _is_grid(event.text):
            return
        event.stop()
        lines = [line.split("\t") for line in event.text.splitlines() if line.strip()]
        width = len(self._fields)
        rows = [self._cleaned([*line, *[""] * width][:width]) for line in lines]
        if len(rows) > 1 and self._is_head(rows[0]):
            del rows[0]
        self._lines = [_Line(None, row) for row in rows[:MOST_ROWS]]
        if len(lines) > MOST_ROWS:
            self.notify(f"Only the first {MOST_ROWS} of {len(lines):,} rows are taken", severity="warning")
        await self._redraw(0)
        self._say_first()
        self.post_message(self.Edited())

    def _cleaned(self, cells: Sequence[str]) -> list[str]:
        """Return pasted cells without blanks, and numbers without the sign of their currency."""
        return [
            cell.strip().strip(_CURRENCY_SIGNS).strip() if each.kind in _NUMBERS else cell.strip()
            for each, cell in zip(self._fields, cells, strict=True)
        ]

    def _is_head(self, row: Sequence[str]) -> bool:
        """Tell whether a pasted line is the head of a table: words where numbers belong, and no digit."""
        found = [text for each, text in zip(self._fields, row, strict=True) if each.kind in _NUMBERS and text]
        return bool(found) and not any(character.isdigit() for text in found for character in text)

    async def action_add_row(self) -> None:
        """Add an empty row below the one with the focus: before the open one where that is the last."""
        if len(self._lines) >= MOST_ROWS:
            return
        place = self._current() + 1
        self._lines.insert(place, self._empty())
        await self._redraw(place)
        self.post_message(self.Edited())

    async def action_remove_row(self) -> None:
        """Remove the row with the focus; the last one left is emptied."""
        place = self._current()
        del self._lines[place]
        if not self._lines:
            self._lines = [self._empty()]
        await self._redraw(max(0, place - 1))
        self.post_message(self.Edited())

    async def action_move_row(self, by: int) -> None:
        """Exchange the row with the focus with its neighbour."""
        place = self._current()
        other = place + by
        if 0 <= other < len(self._lines):
            self._lines[place], self._lines[other] = self._lines[other], self._lines[place]
            await self._redraw(other)
            self.post_message(self.Edited())

    def action_go(self, by: int) -> None:
        """Move the focus to the same cell of a neighbouring row."""
        place, number = self._focused()
        if 0 <= place + by < len(self._lines):
            self._cell(place + by, number).focus()

    async def _redraw(self, place: int) -> None:
        """Draw the rows as they are now; the focus goes to the same column of a row."""
        _, number = self._focused()
        had_focus = self.has_focus_within
        grid = self.query_one(".rows-lines", Vertical)
        drawn = list(self.query(".rows-line"))
        for surplus in drawn[len(self._lines) :]:
            await surplus.remove()
        await grid.mount_all(self._grid(len(drawn)))
        for row, (shown, line) in enumerate(zip(self.query(".rows-line"), self._lines, strict=True)):
            for each, cell, text in zip(self._fields, shown.query(_Cell), line.texts, strict=True):
                cell.placeholder = self._placeholder(each, row)
                with cell.prevent(Input.Changed):
                    cell.value = text
        if had_focus:
            self._cell(min(place, len(self._lines) - 1), number).focus()

    def _cell(self, place: int, number: int) -> Input:
        line = list(self.query(".rows-line"))[place]
        return list(line.query(Input))[number]

    def _focused(self) -> tuple[int, int]:
        focused = self.screen.focused
        return focused.place if isinstance(focused, _Cell) and self in focused.ancestors else (0, 0)

    def _current(self) -> int:
        return (
            min(self._focused()[0], len(self._lines) - 1) if self.has_focus_within else len(self._lines) - 1
        )


def _is_grid(text: str) -> bool:
    """Tell whether a pasted text is more than one cell."""
    return "\t" in text or "\n" in text.strip()
