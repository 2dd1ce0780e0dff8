"""A form that asks for other fields: rows that stay keep texts and focus, whatever is pressed meanwhile."""

from pathlib import Path

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input, Select

from tests.tui.driving import made_app, pressed, settled
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form

NAME = Field(key="name", title="Name")
RATE = Field(key="rate", title="Rate", kind="number")
SIZE = Field(key="size", title="Size", kind="number")
LAST = Field(key="last", title="Last")
CHOICE = Field(key="kind", title="Kind", kind="choice", choices=(("a", "A"), ("b", "B")))


class Asking(App[None]):
    """A form and nothing else."""

    def compose(self) -> ComposeResult:
        """Yield the form."""
        yield Form((NAME, CHOICE, RATE, LAST), {"name": "x", "rate": "1"})

    def focused_key(self) -> str:
        """Return the key of the row in focus."""
        (row,) = [row for row in self.query(ValueRow) if row.has_focus_within]
        return row.field.key


async def test_rows_that_are_asked_for_again_stay_in_their_order() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        form = app.query_one(Form)
        before = {row.field.key: row for row in app.query(ValueRow)}
        needed = Field(key="last", title="The last", required=True, default="z")
        await form.ask((NAME, CHOICE, SIZE, needed), {"name": "x", "last": "typed"})
        await pilot.pause()
        after = {row.field.key: row for row in app.query(ValueRow)}
        assert list(after) == ["name", "kind", "size", "last"]
        assert all(after[key] is before[key] for key in ("name", "kind", "last"))
        assert form.values() == {"name": "x", "last": "typed"}
        assert after["last"].query_one(Input).placeholder == "z"
        await form.ask((RATE, NAME), {"rate": "2"})
        assert [row.field.key for row in app.query(ValueRow)] == ["rate", "name"]
        assert form.values() == {"rate": "2"}


async def test_the_focus_goes_from_a_row_that_goes_to_what_takes_its_place() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        form = app.query_one(Form)
        next(row for row in app.query(ValueRow) if row.field is RATE).query_one(Input).focus()
        await pilot.pause()
        await form.ask((NAME, CHOICE, SIZE, LAST), form.values())
        assert app.focused_key() == "size"
        await form.ask((NAME, CHOICE, LAST), form.values())
        assert app.focused_key() == "last"
        await form.ask((NAME,), form.values())
        assert app.focused_key() == "name"


async def test_tab_counts_while_a_choice_is_taken_and_the_form_drawn_anew(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "n")
        form = app.screen.query_one(Form)
        chosen = next(row for row in form.query(ValueRow) if row.field.key == "aggregation")
        chosen.query_one(Select).focus()
        await pressed(pilot, "enter", "down", "down")
        for key in ("enter", "tab"):  # at once, as a terminal that was busy hands them over
            app.post_message(events.Key(key, None))
        await settled(pilot)
        await pressed(pilot, "q", "t", "y")
        assert form.values()["property"] == "qty"
        assert "code" not in form.values()
