"""Rows of a form: added, removed, moved, pasted, and what is wrong with them shown where it is."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input, Label

import usagebill_tui.tui
from tests.tui.driving import pressed, settled, typed
from usagebill_tui.plugin.registry import builtin_registry
from usagebill_tui.tui.forms.declared import fields_of
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.forms.rows import MOST_ROWS, RowsEditor

TIERED = fields_of(builtin_registry().pricing_models["tiered"].parameters)
THREE = [{"up_to": "10", "unit_amount": "3"}, {"up_to": "20", "unit_amount": "2"}, {"unit_amount": "1"}]


class Tiers(App[None]):
    """A form for tiers, alone."""

    CSS_PATH = Path(usagebill_tui.tui.__file__).with_name("usagebill.tcss")

    def __init__(self, tiers: Sequence[Mapping[str, Any]] = THREE) -> None:
        super().__init__()
        self.given = tiers

    def compose(self) -> ComposeResult:
        yield Form(TIERED, {"tiers": self.given})

    @property
    def form(self) -> Form:
        return self.query_one(Form)

    @property
    def tiers(self) -> Any:
        return self.form.values().get("tiers")

    def cell(self, row: int, column: int) -> Input:
        return list(list(self.query(".rows-line"))[row].query(Input))[column]

    @property
    def said(self) -> str:
        label = self.query_one(RowsEditor).query_one(".value-message", Label)
        return str(label.render()) if label.display else ""


async def test_rows_are_added_removed_and_moved_by_keys() -> None:
    app = Tiers()
    async with app.run_test() as pilot:
        app.cell(0, 0).focus()
        await pressed(pilot, "f6")
        assert app.focused is app.cell(1, 0)
        await typed(pilot, "15")
        await pressed(pilot, "tab")
        await typed(pilot, "2.5")
        assert app.tiers == [THREE[0], {"up_to": "15", "unit_amount": "2.5"}, *THREE[1:]]
        await pressed(pilot, "f8")
        assert app.tiers == [{"up_to": "15", "unit_amount": "2.5"}, *THREE]
        await pressed(pilot, "f9", "f9", "f7")
        assert app.tiers == THREE
        await pressed(pilot, "f7", "f7", "f7", "f7", "f7")
        assert app.tiers == []
        assert len(app.query(".rows-line")) == 1


async def test_rows_are_added_removed_and_moved_by_mouse() -> None:
    app = Tiers()
    async with app.run_test() as pilot:
        app.cell(0, 0).focus()
        await pilot.click("#down")
        await settled(pilot)
        assert app.tiers == [THREE[1], THREE[0], THREE[2]]
        await pilot.click("#remove")
        await settled(pilot)
        assert len(app.tiers) == 2


async def test_cells_of_a_spreadsheet_take_the_place_of_all_rows() -> None:
    app = Tiers()
    async with app.run_test() as pilot:
        app.cell(1, 1).focus()
        app.cell(1, 1).post_message(events.Paste("100\t0.5\n\n 200 \t0.25\t7\r\n\t0.1\n"))
        await settled(pilot)
        assert app.tiers == [
            {"up_to": "100", "unit_amount": "0.5"},
            {"up_to": "200", "unit_amount": "0.25", "flat_amount": "7"},
            {"unit_amount": "0.1"},
        ]
        app.cell(0, 0).post_message(events.Paste("1\t1\n" * 5000))
        await settled(pilot)
        assert len(app.tiers) == MOST_ROWS


async def test_one_cell_pasted_goes_into_its_cell() -> None:
    app = Tiers()
    async with app.run_test() as pilot:
        app.cell(1, 2).focus()
        await settled(pilot)
        app.cell(1, 2).post_message(events.Paste("4.5"))
        await settled(pilot)
        assert app.tiers[1] == {**THREE[1], "flat_amount": "4.5"}


async def test_empty_rows_count_for_nothing_and_errors_stay_at_their_rows() -> None:
    app = Tiers()
    async with app.run_test() as pilot:
        app.cell(0, 0).focus()
        await pressed(pilot, "f6")
        assert app.tiers == THREE
        app.form.show_problem("tiers[1].up_to", "tier 2 ends too early")
        await settled(pilot)
        assert app.cell(2, 0).has_class("-invalid")
        assert not app.cell(1, 0).has_class("-invalid")
        assert "too early" in app.said
        app.cell(2, 1).value = "x"
        await settled(pilot)
        assert app.said.startswith("✗ row 3: write a number")
        assert app.cell(2, 1).has_class("-invalid")
        assert app.form.problems() == {"tiers[1].unit_amount": "write a number like 12.50"}


async def test_a_row_that_says_nothing_stays_where_it_was_given() -> None:
    app = Tiers([{"up_to": "5", "unit_amount": "1"}, {}])
    async with app.run_test():
        assert app.tiers == [{"up_to": "5", "unit_amount": "1"}, {}]


async def test_heads_and_currency_signs_of_a_spreadsheet_are_taken_off_and_commas_refused() -> None:
    app = Tiers()
    async with app.run_test() as pilot:
        app.cell(0, 0).focus()
        await settled(pilot)
        app.cell(0, 0).post_message(events.Paste("Up to\tPrice\n100\t$0.50\n\t€ 0.25\n"))
        await settled(pilot)
        assert app.tiers == [{"up_to": "100", "unit_amount": "0.50"}, {"unit_amount": "0.25"}]
        app.cell(0, 0).post_message(events.Paste("1,000\t1\n\t2\n"))
        await settled(pilot)
        assert app.said == "✗ row 1: write the number without commas, its decimals after a point"
        assert app.cell(0, 0).has_class("-invalid")
