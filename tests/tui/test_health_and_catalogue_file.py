"""Doctor, verify and the catalogue as a file, on the screen: the same findings and changes as headless."""

import shutil
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from tests.tui.driving import made_app, pressed, settled
from usagebill_tui.billing.recipes import CATALOGUE, RECIPES
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.error import ErrorDialog
from usagebill_tui.tui.dialogs.recipes import RecipesDialog
from usagebill_tui.tui.screens.catalogue import CataloguePage, Source
from usagebill_tui.tui.screens.health import HealthPage
from usagebill_tui.tui.widgets.listing import Listing

CUSTOMERS = "id,name\nnewcomer,[@click=app.quit]New[/]\n"


def rows(app: UsagebillApp) -> list[list[str]]:
    found = app.screen.query_one(Listing)._rows  # noqa: SLF001 - what is shown
    return [[str(cell) for cell in row.cells] for row in found]


async def test_health_shows_what_doctor_and_verify_find(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        workspace = app.desk.workspace()
        await pressed(pilot, "0", "v")
        assert isinstance(app.screen, HealthPage)
        doctored = workspace.doctor()
        assert {row[1] for row in rows(app)} == {one.check for one in doctored}
        await pressed(pilot, "v")
        assert [row[2] for row in rows(app)] == [one.detail for one in workspace.verify()]
        assert "✓ ok 1" in str(app.screen.query_one("#health-sum", Static).render())
        segment = next(workspace.folder.rglob("events/*.parquet"))
        segment.write_bytes(segment.read_bytes()[:-1] + b"\0")
        await pressed(pilot, "v")
        found = workspace.verify()
        assert rows(app)[0][0] == "✗ failed"
        assert {row[2] for row in rows(app)} == {one.detail for one in found}
        assert app.screen.under_way() == ""


async def test_repair_asks_and_removes_what_is_left_over(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        kept = next(app.desk.workspace().folder.rglob("events/*.parquet"))
        loose = kept.with_name("999999-loose.parquet")
        shutil.copy(kept, loose)
        await pressed(pilot, "0", "v")
        assert any("warning" in row[0] for row in rows(app))
        await pressed(pilot, "r")
        assert isinstance(app.screen, Confirm)
        await pressed(pilot, "escape")
        assert loose.exists()
        await pressed(pilot, "r", "y")
        assert not loose.exists()


async def test_a_ready_catalogue_is_compared_and_applied(tmp_path: Path) -> None:
    app = made_app(tmp_path / "home", "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        workspace = app.desk.workspace()
        await pressed(pilot, "0", "f", "ctrl+s", "r")
        assert isinstance(app.screen, RecipesDialog)
        await pressed(pilot, "enter")
        assert isinstance(app.screen, CataloguePage)
        would = workspace.apply_catalogue_text(RECIPES[0].text(CATALOGUE), "recipe", dry_run=True)
        assert [row[1:3] for row in rows(app)] == [[one.noun, one.key] for one in would.changes]
        assert not workspace.catalogue().metrics
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, Confirm)
        await pressed(pilot, "y")
        assert workspace.apply_catalogue_text(RECIPES[0].text(CATALOGUE), "recipe").changes == ()
        assert app.screen.query_one(Listing).has_class("-empty")
        await pressed(pilot, "e")
        app.screen.query_one(Input).value = str(tmp_path / "samples")
        await pressed(pilot, "enter")
        assert {path.name for path in (tmp_path / "samples").iterdir()} == set(RECIPES[0].files)


async def test_customers_come_from_a_csv_file_and_the_catalogue_goes_to_a_file(
    demo_home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS, encoding="utf-8")
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        workspace = app.desk.workspace()
        await app.push_screen(CataloguePage(Source(str(file))))
        await settled(pilot)
        assert [row[:3] for row in rows(app)] == [["+ add", "customer", "newcomer"]]
        await pressed(pilot, "ctrl+s", "y")
        assert workspace.catalogue().customers["newcomer"].name == "[@click=app.quit]New[/]"
        await pressed(pilot, "x")
        app.screen.query_one(Input).value = str(tmp_path / "ours.toml")
        await pressed(pilot, "enter")
        assert (tmp_path / "ours.toml").read_text(encoding="utf-8") == workspace.export_catalogue()
        assert workspace.apply_catalogue(tmp_path / "ours.toml", dry_run=True).changes == ()


async def test_a_wrong_file_says_where_and_leaves_the_screen_usable(demo_made: Path, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('[[metric]]\ncode = "x"\naggregation = "summ"\n', encoding="utf-8")
    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.push_screen(CataloguePage(Source(str(file))))
        await settled(pilot)
        assert isinstance(app.screen, ErrorDialog)
        await pressed(pilot, "escape", "r")
        assert isinstance(app.screen, RecipesDialog)


@pytest.mark.parametrize("size", [(40, 12), (1, 1)])
async def test_small_screens(demo_made: Path, size: tuple[int, int]) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=size) as pilot:
        for keys in (("0", "v", "space", "escape", "escape"), ("0", "f", "r", "enter", "ctrl+s", "escape")):
            await pressed(pilot, *keys)
        assert isinstance(app.screen, CataloguePage)
