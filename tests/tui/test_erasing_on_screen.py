"""Erasing on the screen: first what would go, then the customer's id, then the audit says so."""

from pathlib import Path

import pytest
from textual.widgets import Button, Static

from tests.tui.driving import NOW, made_app, pressed, settled, typed
from usagebill_tui.billing.erasing import Erasure
from usagebill_tui.tui.dialogs.ask import AskDialog
from usagebill_tui.tui.screens.customer import CustomerPage
from usagebill_tui.tui.screens.erase import ErasePage
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.workspace import Workspace


async def test_a_customers_data_is_erased_once_its_id_is_typed(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        workspace = app.desk.workspace()
        await pressed(pilot, "5")
        customer = app.screen.query_one(Listing).key
        assert customer is not None
        before = workspace.audit()
        would = workspace.erase(Erasure(customer=customer, dry_run=True))
        await pressed(pilot, "enter", "X")
        assert isinstance(app.screen, ErasePage)
        await pressed(pilot, "enter")
        rows = [list(row.cells) for row in app.screen.query_one("#found", Listing)._rows]  # noqa: SLF001 - what is shown
        assert [str(row[1]) for row in rows] == [one.name for one in would.choices]
        assert [str(row[3]).split(" ", 1)[1] for row in rows] == [one.outcome for one in would.choices]
        assert workspace.audit() == before
        await pressed(pilot, "x")
        assert isinstance(app.screen, AskDialog)
        await typed(pilot, customer[:-1])
        await pressed(pilot, "enter")
        assert isinstance(app.screen, AskDialog)
        assert f"that is not {customer}" in str(app.screen.query_one(".bad").render())
        assert workspace.audit() == before
        await typed(pilot, customer[-1])
        await pressed(pilot, "enter")
        assert isinstance(app.screen, CustomerPage)
        assert workspace.catalogue().customers[customer].name == ""
        entry = workspace.audit()[-1]
        assert (entry.action, entry.noun, entry.key) == ("erase", "customer", customer)
        assert [one.status for one in workspace.verify()] == ["ok"]


async def test_a_property_that_nobody_has_is_said_at_the_form(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "5", "X")
        await typed(pilot, "nothing.like.it")
        await pressed(pilot, "enter")
        assert isinstance(app.screen, ErasePage)
        assert "has a property 'nothing.like.it'" in str(app.screen.query_one(".form-problem").render())


@pytest.mark.parametrize("size", [(40, 12), (1, 1)])
async def test_it_is_usable_on_small_screens(demo_made: Path, size: tuple[int, int]) -> None:
    with Workspace.open("demo", home=demo_made, clock=lambda: NOW) as workspace:
        customer = min(workspace.catalogue().customers)
    app = made_app(demo_made)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await app.push_screen(ErasePage(customer))
        await settled(pilot)
        await pressed(pilot, "enter")
        assert "would be erased" in str(app.screen.query_one(".report-sums", Static).render())
        await pressed(pilot, "x")
        button = app.screen.query_one("#ok", Button)
        assert button.variant == "error"
