"""A form: a row for each field, checked as it is typed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label

from usagebill_tui.tui.foreign import content
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.rows import RowsEditor
from usagebill_tui.tui.forms.tables import covers, flat, put, within


class Form(Vertical):
    """Asks for the values of some fields; they are plain data, as in a table of the catalogue file.

    Parts of a table have keys with a dot (`rounding.mode`). Posts `Changed` whenever the user changes one.
    """

    class Changed(Message):
        """A value was changed by the user."""

        def __init__(self, form: "Form") -> None:
            super().__init__()
            self.form = form

        @property
        def control(self) -> "Form":
            """Return the form, for `@on` to select by."""
            return self.form

    def __init__(
        self,
        fields: Sequence[Field],
        values: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own word
    ) -> None:
        super().__init__(id=id, classes="form")
        self._fields = tuple(flat(fields))
        self._values: Mapping[str, Any] = values or {}

    def compose(self) -> ComposeResult:
        """Lay out the rows."""
        yield from self._rows()
        yield Label("", classes="form-problem")
        yield Label("", classes="form-help")

    def _rows(self) -> Iterator[Widget]:
        for field in self._fields:
            yield self._row(field)

    def _row(self, field: Field) -> ValueRow | RowsEditor:
        given = within(self._values, field.key)
        return RowsEditor(field, given or ()) if field.kind == "rows" else ValueRow(field, given)

    # Values

    def values(self) -> dict[str, Any]:
        """Return what is typed as plain data; what is empty is left out."""
        found: dict[str, Any] = {}
        for row in self._editors():
            value = row.rows() if isinstance(row, RowsEditor) else row.value
            if value is not None and (value != [] or row.field.required):
                put(found, row.field.key, value)
        return found

    def problems(self) -> dict[str, str]:
        """Return what is wrong with what is typed, by key."""
        found: dict[str, str] = {}
        for row in self._editors():
            if isinstance(row, RowsEditor):
                found |= {f"{row.field.key}{key}": text for key, text in row.problems().items()}
            elif row.problem is not None:
                found[row.field.key] = row.problem
        return found

    def unsettled(self) -> list[str]:
        """Return the titles of the fields in which something is missing or wrong."""
        return [
            row.field.title
            for row in self._editors()
            if (row.problems() if isinstance(row, RowsEditor) else row.problem)
        ]

    def fill(self, values: Mapping[str, Any]) -> None:
        """Show other values in the same fields."""
        self._values = values
        for row in self._editors():
            given = within(values, row.field.key)
            if isinstance(row, RowsEditor):
                row.put(given or ())
            else:
                row.put(given)

    async def ask(self, fields: Sequence[Field], values: Mapping[str, Any] | None = None) -> None:
        """Ask for other fields from now on; a row that is asked for again stays, and so does the focus in it.

        Keys pressed meanwhile count: from a row that goes, the focus moves to the next one that comes.
        """
        if not self.is_attached or self._pruning:
            return
        self._fields, self._values = tuple(flat(fields)), values or {}
        before = self._editors()
        rows = [self._kept(before, field) or self._row(field) for field in self._fields]
        going = [row for row in before if row not in rows]
        async with self.batch():
            coming = [
                self.mount(row, before=self._place_after(rows[:place], going))
                for place, row in enumerate(rows)
                if row not in before
            ]
            for one in coming:
                await one
            self._lead_on(going, rows)
            for row in going:
                await row.remove()
        self.clear_problems()

    def _kept(self, before: Sequence[ValueRow | RowsEditor], field: Field) -> ValueRow | RowsEditor | None:
        """Return the row that can ask for a field, showing its value; None where there is none yet."""
        row = next((row for row in before if row.can_ask(field)), None)
        given = within(self._values, field.key)
        if isinstance(row, RowsEditor):
            if row.rows() != list(given or ()):
                row.put(given or ())
        elif row is not None:
            row.ask(field)
            if row.value != given:
                row.put(given)
        return row

    def _place_after(self, rows: Sequence[Widget], going: Sequence[Widget]) -> int:
        """Return where the next row belongs: after the last of these, and after what goes from there."""
        children = list(self.children)
        place = children.index(rows[-1]) + 1 if rows else 0
        while children[place] in going:
            place += 1
        return place

    def _lead_on(self, going: Sequence[ValueRow | RowsEditor], rows: Sequence[ValueRow | RowsEditor]) -> None:
        """Take rows from sight that will be removed; the focus moves from them to what takes their place."""
        for row in going:
            if row.has_focus_within:
                at = self._editors().index(row)
                following = [one for one in self._editors()[at:] if one in rows] or rows
                same = [one for one in rows if one.field.key == row.field.key]
                for one in [*same, *following][:1]:
                    self.screen.set_focus(one.query("Input, Select").first(), scroll_visible=False)
            row.display = False

    # Errors

    def show_problems(self) -> bool:
        """Show everything that is wrong; tell whether something is."""
        found = self.problems()
        for key, text in reversed(found.items()):  # so that of several in a grid the first is said
            row = self._row_of(key)
            spoken = (
                row.spoken(key.removeprefix(row.field.key), text) if isinstance(row, RowsEditor) else text
            )
            self.show_problem(key, spoken)
        return bool(found)

    def show_problem(self, key: str | None, text: str) -> None:
        """Show an error at the field that its key names, else under the form."""
        row = self._row_of(key)
        for problem in self.query(".form-problem").results(Label):
            problem.update("" if row is not None else content(f"✗ {text}"))
            problem.display = row is None
        if isinstance(row, RowsEditor):
            row.say(text, (key or "").removeprefix(row.field.key))
        elif row is not None:
            row.say(text)

    def clear_problems(self) -> None:
        """Take all messages away."""
        self.query(".form-problem").set(display=False)
        for row in self._editors():
            row.say(None)

    def _row_of(self, key: str | None) -> ValueRow | RowsEditor | None:
        rows = [row for row in self._editors() if key and covers(row.field.key, key)]
        return max(rows, key=lambda row: len(row.field.key), default=None)

    def _editors(self) -> list[ValueRow | RowsEditor]:
        return [each for each in self.children if isinstance(each, ValueRow | RowsEditor)]

    def on_descendant_focus(self) -> None:
        """Say what the field in focus means: always in one place, so that no click misses what moves away."""
        row = next((row for row in self._editors() if row.has_focus_within), None)
        text = "" if row is None else row.field.help
        for place in self.screen.query(".form-help").results(Label):
            place.update(content(text))

    def on_value_row_edited(self, event: ValueRow.Edited) -> None:
        """Say that something changed."""
        event.stop()
        self.post_message(self.Changed(self))

    def on_rows_editor_edited(self, event: RowsEditor.Edited) -> None:
        """Say that something changed."""
        event.stop()
        self.post_message(self.Changed(self))
