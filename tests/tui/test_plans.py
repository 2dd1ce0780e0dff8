from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from tests.tui.driving import NOW, made_app, pressed
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.screens.customer import CustomerPage
from usagebill_tui.tui.screens.plan import PlanPage
from usagebill_tui.tui.screens.plan_editor import PlanEditor
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.workspace import Workspace

HOSTILE = ["[/]", "[@click=app.quit]x[/]", "\u202eright to left", "x" * 10_000]


def opened(home: Path, name: str = "demo") -> Workspace:
    return Workspace.open(name, home=home, clock=lambda: NOW)


def cells(pilot: Pilot[Any], selector: str = "Listing") -> list[list[str]]:
    table = pilot.app.screen.query_one(selector, Listing).table
    return [[cell.plain.strip() for cell in table.get_row_at(row)] for row in range(table.row_count)]


async def test_the_list_says_what_plans_cost_and_who_is_on_them(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(140, 40)) as pilot:
        await pressed(pilot, "4")
        assert cells(pilot) == [
            ["scale", "Scale", "@1", "month, anniversary", "$199.00 + 7 metered", "1", "2"],
            ["starter", "Starter", "@1", "month, calendar", "$29.00 + 3 metered", "1", "3"],
        ]


async def test_a_plan_leads_to_its_products_versions_and_customers(demo_made: Path) -> None:
    with opened(demo_made) as workspace:
        version = workspace.catalogue().versions["scale", 1]
    app = made_app(demo_made)
    async with app.run_test(size=(140, 40)) as pilot:
        await pressed(pilot, "4", "enter")
        assert isinstance(app.screen, PlanPage)
        assert [row[0] for row in cells(pilot, "#products")] == [one.code for one in version.products]
        head = str(app.screen.query_one("#plan-head", Static).content)
        assert "at least $500.00 · 10% off for 3 months" in head
        await pressed(pilot, "l")
        assert cells(pilot, "#version-list")[0][:3] == ["scale@1", "2", "● sold today"]
        await pressed(pilot, "l")
        assert [row[0] for row in cells(pilot, "#subscribers")] == ["kumo", "parley"]
        await pressed(pilot, "enter")
        assert isinstance(app.screen, CustomerPage)
        assert app.screen.customer == "kumo"


async def test_changing_a_used_plan_makes_its_next_version_once_the_user_is_sure(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "4", "enter", "e")
        assert isinstance(app.screen, PlanEditor)
        offered = app.screen.query_one(OptionList)
        offered.focus()
        offered.highlighted = offered.get_option_index("storage")
        await pressed(pilot, "enter", "ctrl+s")
        assert isinstance(app.screen, Confirm)
        effect = str(app.screen.query_one(".effect", Static).content)
        assert "adds plan version scale@2" in effect.splitlines()
        assert "scale@2 is a new version: who is on an earlier one stays there until moved" in effect
        await pressed(pilot, "escape")
        with opened(demo_home) as workspace:
            assert workspace.catalogue().latest("scale") == 1
        await pressed(pilot, "ctrl+s", "y", "l")
        assert isinstance(app.screen, PlanPage)
        assert [row[:2] for row in cells(pilot, "#version-list")] == [["scale@2", "0"], ["scale@1", "2"]]
    with opened(demo_home) as workspace:
        catalogue = workspace.catalogue()
    before, after = (catalogue.versions["scale", number].plan.products for number in (1, 2))
    assert [code for code in before if code != "storage"] == list(after)


async def test_a_new_plan_is_made_of_products_on_offer(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "4", "n", *"solo")
        offered = app.screen.query_one(OptionList)
        offered.focus()
        for code in ("starter_fee", "storage"):
            offered.highlighted = offered.get_option_index(code)
            await pressed(pilot, "enter")
        await pressed(pilot, "ctrl+s", "y")
        assert [row[0] for row in cells(pilot)] == ["scale", "solo", "starter"]
    with opened(demo_home) as workspace:
        plan = workspace.catalogue().plans["solo"]
    assert (plan.products, plan.currency, plan.interval) == (("starter_fee", "storage"), "USD", "month")


@pytest.mark.parametrize("size", [(120, 40), (40, 12), (1, 1)])
async def test_hostile_names_are_only_text(tmp_path: Path, size: tuple[int, int]) -> None:
    with opened(tmp_path, "sandbox") as workspace:
        price = {"model": "per_unit", "unit_amount": "1"}
        products = [
            {"code": f"p{n}", "name": name, "fee": "recurring", "price": price}
            for n, name in enumerate(HOSTILE)
        ]
        plans = [
            {"code": f"plan{n}", "name": name, "currency": "USD", "products": [f"p{n}"]}
            for n, name in enumerate(HOSTILE)
        ]
        workspace.apply_tables({"product": products, "plan": plans})
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=size) as pilot:
        await pressed(pilot, "4", "j", "enter", "l", "l", "l", "e", "escape", "escape")
        assert app.is_running
        if size == (120, 40):
            assert [row[1] for row in cells(pilot)][:3] == [*HOSTILE[:2], "\\u202eright to left"]


async def test_an_empty_list_says_what_to_press(tmp_path: Path) -> None:
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "4")
        assert "Press n" in str(app.screen.query_one("Listing .empty").render())
