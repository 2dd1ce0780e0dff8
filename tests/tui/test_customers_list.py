from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.driving import NOW, made_app, pressed
from usagebill_tui.billing.words import money
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.screens.customer import CustomerPage
from usagebill_tui.tui.screens.customer_editor import CustomerEditor
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.workspace import Workspace

HOSTILE = ["[/]", "[@click=app.quit]x[/]", "\u202eright to left", "x" * 10_000]


def opened(home: Path, name: str = "demo") -> Workspace:
    return Workspace.open(name, home=home, clock=lambda: NOW)


def column(pilot: Pilot[Any], place: int) -> list[str]:
    table = pilot.app.screen.query_one(Listing).table
    return [table.get_row_at(row)[place].plain.strip() for row in range(table.row_count)]


async def test_the_list_says_who_owes_what(demo_made: Path) -> None:
    owed: dict[str, Decimal] = {}
    with opened(demo_made) as workspace:
        customers = sorted(workspace.catalogue().customers)
        for invoice in workspace.invoices(statuses=["final"]):
            owed[invoice.customer] = owed.get(invoice.customer, Decimal(0)) + invoice.amount_due
    app = made_app(demo_made)
    async with app.run_test(size=(140, 40)) as pilot:
        await pressed(pilot, "5")
        assert column(pilot, 0) == customers
        expected = [money(owed[one], "USD") if one in owed else "–" for one in customers]
        assert column(pilot, 5) == expected
        assert {"! overdue", "● active"} == set(column(pilot, 6))
        await pressed(pilot, "s", "s", "S")
        assert column(pilot, 0)[0] == max(owed, key=lambda one: owed[one])


async def test_an_alias_finds_its_customer_and_enter_opens_it(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "5", "slash", *"CUS_9S6")
        assert column(pilot, 0) == ["harbor-lane"]
        await pressed(pilot, "enter", "enter")
        assert isinstance(app.screen, CustomerPage)
        assert app.screen.customer == "harbor-lane"


async def test_a_customer_is_made_by_keys(demo_home: Path) -> None:
    app = made_app(demo_home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "5")
        assert "Press n" in str(app.screen.query_one("Listing .empty").render())
        await pressed(pilot, "n")
        assert isinstance(app.screen, CustomerEditor)
        await pressed(pilot, *"acme", "tab", *"Acme", "tab", *"a1,a2", "tab", *"Asia/Tokyo", "ctrl+s")
        assert isinstance(app.screen, Confirm)
        await pressed(pilot, "y")
        assert column(pilot, 0) == ["acme"]
    with opened(demo_home, "sandbox") as workspace:
        customer = workspace.browse.customer("acme").customer
    assert (customer.name, customer.aliases, customer.timezone) == ("Acme", ("a1", "a2"), "Asia/Tokyo")


async def test_what_cannot_be_is_said_at_its_field(demo_home: Path) -> None:
    app = made_app(demo_home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "5", "n", *"acme", "tab", "tab", "tab", *"Mars", "ctrl+s")
        assert isinstance(app.screen, CustomerEditor)
        wrong = app.screen.query(".value-row.-wrong .value-message")
        assert ["Mars" in str(label.render()) for label in wrong] == [True]


@pytest.mark.parametrize("size", [(120, 40), (40, 12), (1, 1)])
async def test_hostile_names_are_only_text(tmp_path: Path, size: tuple[int, int]) -> None:
    with opened(tmp_path, "sandbox") as workspace:
        tables = [{"id": f"c{n}", "name": name, "address": name} for n, name in enumerate(HOSTILE)]
        workspace.apply_tables({"customer": tables})
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=size) as pilot:
        await pressed(pilot, "5", "j", "enter", "l", "l", "l", "l", "l", "e", "escape", "escape")
        assert app.is_running
        if size == (120, 40):
            assert column(pilot, 1)[:2] == HOSTILE[:2]
            assert column(pilot, 1)[2] == "\\u202eright to left"
