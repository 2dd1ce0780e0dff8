"""A customer's credits on the screen: added by a form, shown with what is left, ended after a question."""

from pathlib import Path

from textual.widgets import Input, Static

from tests.tui.driving import NOW, made_app, pressed
from tests.tui.test_customer_page import CUSTOMER, cells, opened, show_customer
from usagebill_tui.billing.prepaid.granting import CreditRequest
from usagebill_tui.tui.dialogs.add_credit import AddCreditDialog
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.widgets.listing import Listing


async def test_a_credit_is_added_shown_and_ended(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(140, 45)) as pilot:
        await show_customer(pilot, "l", "l", "l", "l", "l")
        listing = app.screen.query_one("#credits", Listing)
        assert cells(listing) == []
        await pressed(pilot, "p")
        assert isinstance(app.screen, AddCreditDialog)
        await pressed(pilot, "enter")
        assert isinstance(app.screen, AddCreditDialog)
        amount = app.screen.query(Input).first()
        amount.value = "120.50"
        await pressed(pilot, "enter")
        assert [row[:5] for row in cells(app.screen.query_one("#credits", Listing))] == [
            ["CR-0001", "● open", "Prepaid", "$120.50", "$120.50"]
        ]
        assert "$120.50 credit" in str(app.screen.query_one("#customer-head", Static).content)
        await pressed(pilot, "v")
        assert isinstance(app.screen, Confirm)
        await pressed(pilot, "y")
        assert [row[1] for row in cells(app.screen.query_one("#credits", Listing))] == ["✗ void"]
    with opened(demo_home) as workspace:
        (credit,) = workspace.credits()
        assert (credit.customer, str(credit.paid), credit.day) == (CUSTOMER, "120.50", NOW.date())
        workspace.add_credit(CreditRequest(customer=CUSTOMER, amount=credit.amount))
        drafts = [one for one in workspace.invoices([CUSTOMER], ["draft"]) if one.total]
        shown = [workspace.browse.invoice(one.id).invoice for one in drafts]
        assert all(one.applied for one in shown[:1])
