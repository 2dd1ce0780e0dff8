"""What settles many invoices at once: adjustments, credits; the screens say what the workspace then holds."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
from textual.widgets import Button, Static

from tests.tui.driving import NOW, made_app, pressed, settled
from tests.tui.test_customer_page import CUSTOMER, cells, opened
from usagebill_tui.billing.prepaid.granting import CreditRequest
from usagebill_tui.billing.words import money
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.screens.adjustments import AdjustmentsPage
from usagebill_tui.tui.widgets.listing import Listing

LATE = {"account": "parley", "metric": "api_request", "timestamp": "2023-10-15T00:00:00Z"}


def asked(app: UsagebillApp) -> bool:
    return isinstance(app.screen, Confirm)


async def test_all_adjustments_are_settled_at_once(demo_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "late.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode({**LATE, "id": f"late-{n}"}) for n in range(400)))
    with opened(demo_home) as workspace:
        workspace.import_events([file])
        (proposal,) = workspace.adjustment_proposals()
    total = money(proposal.rest.total, "USD")
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "8", "d")
        assert type(app.screen).__name__ == "AdjustmentsPage"
        (row,) = cells(app.screen.query_one(Listing))
        assert (row[0], row[4]) == (proposal.invoice.number, total)
        await pressed(pilot, "enter")
        assert type(app.screen).__name__ == "InvoicePage"
        await pressed(pilot, "escape", "a")
        assert asked(app)
        assert total in str(app.screen.query_one(".effect", Static).render())
        await pressed(pilot, "enter")
        with opened(demo_home) as workspace:
            assert workspace.adjustments() == []
        await pressed(pilot, "a", "y")
        assert cells(app.screen.query_one(Listing)) == []
        await pressed(pilot, "a")
        assert not asked(app)
    with opened(demo_home) as workspace:
        assert [one.total for one in workspace.adjustments()] == [proposal.rest.total]


async def test_what_cannot_be_credited_stays_open_and_is_told(demo_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "late.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode({**LATE, "id": f"late-{n}"}) for n in range(400)))
    with opened(demo_home) as workspace:
        workspace.import_events([file])
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.push_screen(AdjustmentsPage())
        await settled(pilot)
        await pressed(pilot, "C", "y")
        said = " ".join(str(one.render()) for one in app.screen.query(Static))
        assert "stay open" in said
        assert "accept it as a line" in said
        await pressed(pilot, "escape")
        assert len(cells(app.screen.query_one(Listing))) == 1


async def test_credits_are_set_against_open_invoices_and_booked_as_expired(demo_home: Path) -> None:
    with opened(demo_home) as workspace:
        before = {one.id: one for one in workspace.invoices([CUSTOMER], ["final"]) if one.amount_due > 0}
        workspace.add_credit(CreditRequest(customer=CUSTOMER, amount=Decimal(10)))
        day, ends = NOW.date() - timedelta(days=9), NOW.date() - timedelta(days=2)
        workspace.add_credit(CreditRequest(customer=CUSTOMER, amount=Decimal(7), day=day, expires=ends))
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "8", "c")
        assert type(app.screen).__name__ == "CreditsPage"
        shown = {row[0]: row for row in cells(app.screen.query_one(Listing))}
        assert shown["CR-0001"][1:3] == [CUSTOMER, "● open"]
        assert shown["CR-0002"][2] == "✗ expired"
        await pressed(pilot, "a")
        if before:
            assert isinstance(app.screen, Confirm)
            assert isinstance(app.focused, Button)
            assert app.focused.id == "no"
            assert "$10.00" in str(app.screen.query_one(".effect", Static).render())
            await pressed(pilot, "y")
        await pressed(pilot, "x")
        assert isinstance(app.screen, Confirm)
        effect = str(app.screen.query_one(".effect", Static).render())
        assert f"CR-0002 of {CUSTOMER}: $7.00" in effect
        assert "CR-0001" not in effect
        await pressed(pilot, "y", "enter")
        assert type(app.screen).__name__ == "CustomerPage"
    with opened(demo_home) as workspace:
        assert [one.left for one in workspace.credits() if one.expires] == [0]
        paid = sum(before[one.id].amount_due - one.amount_due
                   for one in workspace.invoices([CUSTOMER]) if one.id in before)  # fmt: skip
        assert paid == (10 if before else 0)
