from decimal import Decimal
from pathlib import Path

import pytest

from tests.tui.driving import made_app, pressed, settled
from usagebill_tui.billing.words import money
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.screens.home import HomePage
from usagebill_tui.tui.widgets.block import Block
from usagebill_tui.tui.widgets.first_steps import FirstSteps
from usagebill_tui.workspace import Workspace

METRIC = '[[metric]]\ncode = "m"\naggregation = "count"\n'


def text_of(app: UsagebillApp, name: str) -> str:
    from rich.console import Console
    from textual.widgets import Static

    console = Console(width=100, no_color=True)
    with console.capture() as captured:
        console.print(app.screen.query_one(f"#block-{name} Static", Static).content)
    return captured.get()


async def test_home_says_what_the_workspace_says(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        workspace = app.desk.workspace()
        expected = sum((i.total for i in workspace.estimate() if i.currency == "USD"), Decimal(0))
        assert money(expected, "USD") in text_of(app, "estimate")
        for status, word in (("final", "● open"), ("draft", "○ draft")):
            found = workspace.invoices(statuses=[status])
            assert money(sum((i.amount_due for i in found), Decimal(0)), "USD") in text_of(app, "invoices")
            assert f"{word}  {len(found)}" in text_of(app, "invoices")
        assert "events-2023-11.jsonl" in text_of(app, "imports")
        unbilled = sum(row.events for row in workspace.unbilled())
        assert f"{unbilled:,} event" in text_of(app, "unbilled")
        assert "overdue" in text_of(app, "alerts")
        days = dict(workspace.daily_events())
        assert sum(days.values()) == sum(1 for _ in workspace.events(first=str(min(days)), last=None))


@pytest.mark.parametrize(
    ("block", "page"), [("estimate", "customers"), ("invoices", "invoices"), ("imports", "events")]
)
async def test_each_block_leads_to_its_screen(demo_made: Path, block: str, page: str) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        app.screen.query_one(f"#block-{block}", Block).focus()
        await pressed(pilot, "enter")
        assert app.current_mode == page


async def test_a_click_leads_there_too(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.click("#block-invoices")
        await settled(pilot)
        assert app.current_mode == "invoices"


async def test_an_empty_workspace_says_what_to_do_and_marks_what_is_done(tmp_path: Path) -> None:
    with Workspace.open("sandbox", home=tmp_path) as workspace:
        workspace.apply_catalogue_text(METRIC, "metric")
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        steps = app.screen.query_one(FirstSteps)
        lines = [str(steps.get_option_at_index(place).prompt) for place in range(steps.option_count)]
        assert [line[0] for line in lines] == ["✓", "○", "○", "○", "○", "★"]
        assert steps.highlighted == 1
        await pressed(pilot, "c")
        assert app.current_mode == "customers"
        assert len(app.screen_stack) > 1


async def test_the_demo_is_one_key_away(tmp_path: Path) -> None:
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "l")
        await settled(pilot)
        assert app.desk.name == "demo"
        assert isinstance(app.screen, HomePage)
        assert app.desk.workspace().batches()


@pytest.mark.parametrize("size", [(40, 12), (1, 1)])
async def test_small_screens_do_not_break_it(demo_made: Path, size: tuple[int, int]) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=size) as pilot:
        await pressed(pilot, "tab", "down", "j")
        assert app.return_code is None


@pytest.mark.parametrize("size", [(40, 12), (1, 1)])
async def test_small_screens_do_not_break_the_first_steps(tmp_path: Path, size: tuple[int, int]) -> None:
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pressed(pilot, "down")
        assert app.screen.query_one(FirstSteps).highlighted == 1
