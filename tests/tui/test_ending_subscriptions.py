"""Ending and moving on the screen: what happens to invoices is said before anything is changed."""

from datetime import date
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Select, Static

from tests.billing.desk import catalogue, fee
from tests.tui.driving import NOW, made_app, pressed, settled
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.screens.customer import CustomerPage
from usagebill_tui.tui.screens.customer_subscription import SubscriptionEditor
from usagebill_tui.tui.screens.move import MovePage
from usagebill_tui.workspace import Workspace

START = {"start": date(2023, 10, 1)}


def paid_in_advance(home: Path) -> Path:
    """Make a workspace where December is paid in advance on the first of two versions."""
    with Workspace.open("sandbox", home=home, clock=lambda: NOW) as workspace:
        workspace.apply_catalogue_text(catalogue({"base": fee("31.00")}, subscription=START), "one.toml")
        workspace.bill("2023-12-01..2023-12-05", finalize=True)
        workspace.apply_catalogue_text(catalogue({"base": fee("62.00")}, subscription=START), "two.toml")
    return home


def shown(pilot: Pilot[Any]) -> str:
    return " ".join(str(one.content) for one in pilot.app.screen.query(Static).results(Static))


async def test_an_end_within_a_paid_period_says_first_what_is_credited(tmp_path: Path) -> None:
    app = made_app(paid_in_advance(tmp_path), "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await app.push_screen(CustomerPage("acme"))
        await settled(pilot)
        await app.push_screen(SubscriptionEditor("acme", "acme-pro", ending=True))
        await settled(pilot)
        assert isinstance(app.screen, SubscriptionEditor)
        app.screen.form.fill({**app.screen.values(), "end": "2023-12-06"})
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, Confirm)
        assert "INV-0001: credit of $26.00, tax included, by a credit note" in shown(pilot)
        await pressed(pilot, "y")
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW) as workspace:
        assert [str(one.total) for one in workspace.credit_notes()] == ["-26.00"]


async def test_a_move_within_a_paid_period_says_what_is_credited(tmp_path: Path) -> None:
    app = made_app(paid_in_advance(tmp_path), "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await app.push_screen(MovePage("pro"))
        await settled(pilot)
        fields = {row.field.key: row for row in app.screen.query(ValueRow)}
        fields["target"].query_one(Select).value = "pro@2"
        assert isinstance(app.screen, MovePage)
        app.screen.form.fill({"target": "pro@2", "day": "2023-12-11"})
        await pressed(pilot, "ctrl+s")
        assert "INV-0001: credit of $21.00, tax included, on the next invoice" in shown(pilot)
