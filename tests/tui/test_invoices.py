from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from textual.widgets import Input, Static

from tests.tui.driving import NOW, made_app, pressed, settled
from usagebill_tui.billing.words import money
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.error import ErrorDialog
from usagebill_tui.tui.screens.bill import BillPage
from usagebill_tui.tui.screens.invoice import InvoicePage
from usagebill_tui.tui.screens.invoice_lines import InvoiceLines
from usagebill_tui.tui.screens.invoice_words import last_month, payment_outcome
from usagebill_tui.tui.screens.payments import PaymentsPage
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.workspace import Workspace

HOSTILE = ["[/]", "[@click=app.quit]x[/]", "\u202eright to left", "x" * 10_000]


def opened(home: Path, name: str = "demo") -> Workspace:
    return Workspace.open(name, home=home, clock=lambda: NOW)


def texts(listing: Listing) -> list[list[str]]:
    table = listing.table
    return [[cell.plain.strip() for cell in table.get_row_at(row)] for row in range(table.row_count)]


def in_front(app: UsagebillApp, kind: type[object]) -> bool:
    return isinstance(app.screen, kind)


def shown(app: UsagebillApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).content)


async def test_the_list_says_what_the_workspace_says(demo_made: Path) -> None:
    with opened(demo_made) as workspace:
        found = {one.id: one for one in workspace.invoices()}
        overdue = workspace.browse.invoice_counts()["overdue"]
    app = made_app(demo_made)
    async with app.run_test(size=(140, 40)) as pilot:
        await pressed(pilot, "7")
        listing = app.screen.query_one(Listing)
        assert listing.total == len(found)
        totals = sorted(row[5] for row in texts(listing))
        assert totals == sorted(money(one.total, one.currency) for one in found.values())
        await pressed(pilot, "l", "l", "l")
        assert [row[3] for row in texts(listing)] == ["! overdue"] * overdue
        await pressed(pilot, "h", "h", "h", "slash", *"parley")
        assert listing.matching == sum("parley" in one.id for one in found.values())


async def test_drafts_are_made_final_together_once_the_user_is_sure(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "7", "l", "m", "j", "m", "f")
        assert in_front(app, Confirm)
        assert app.focused is not None
        assert app.focused.id == "no"
        await pressed(pilot, "enter")
        with opened(demo_home) as workspace:
            before = workspace.browse.invoice_counts()
        await pressed(pilot, "f", "y")
        with opened(demo_home) as workspace:
            after = workspace.browse.invoice_counts()
        assert (after["draft"], after["open"]) == (before["draft"] - 2, before["open"] + 2)
        await pressed(pilot, "F", "y")
        assert app.screen.query_one(Listing).total == 0
    with opened(demo_home) as workspace:
        assert workspace.browse.invoice_counts()["draft"] == 0


async def test_only_drafts_take_a_mark(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "7", "l", "l", "m", "f")
        assert not in_front(app, Confirm)
        assert all(row[0] == "" for row in texts(app.screen.query_one(Listing)))


async def test_a_period_is_billed_after_a_look_at_it(demo_home: Path) -> None:
    with opened(demo_home) as workspace:
        for one in workspace.invoices(statuses=["draft"]):
            workspace.void(one.id)
        made = workspace.bill("2023-11", dry_run=True).invoices
        before = len(workspace.invoices())
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "7", "b")
        assert in_front(app, BillPage)
        assert app.screen.query(Input).first().value == "2023-11"
        await pressed(pilot, "enter")
        listing = app.screen.query_one(Listing)
        expected = sorted(
            [one.customer, one.id, "○ draft", str(len(one.lines)), money(one.total, "USD")] for one in made
        )
        assert sorted(texts(listing)) == expected
        with opened(demo_home) as workspace:
            assert len(workspace.invoices()) == before
        await pressed(pilot, "enter")
        assert in_front(app, InvoicePage)
        assert "would be made" in shown(app, "#invoice-head")
        await pressed(pilot, "v", "escape", "d")
        assert in_front(app, Confirm)
        await pressed(pilot, "y")
        with opened(demo_home) as workspace:
            stored = [workspace.invoice(one.id) for one in made]
        assert [one.total for one in stored] == [one.total for one in made]
        await pressed(pilot, "enter")
        assert "draft" in shown(app, "#invoice-head")


async def test_what_cannot_be_billed_is_said_at_its_field(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "7", "b", "backspace", "x", "enter")
        assert "is not a period" in str(app.screen.query(".value-message").first(Static).content)
        await pressed(pilot, "backspace", "1", "tab", *"nobody", "enter")
        assert any(
            "no customer" in str(one.content) for one in app.screen.query(".value-message").results(Static)
        )


async def test_a_period_that_has_not_ended_says_when_it_can_be_billed(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "7", "b", *["backspace"] * 7, *"2024-01", "enter")
        said = [str(one.render()) for one in app.screen.query_one(Listing).query(Static)]
        assert any("2024-01 ends on 31 Jan 2024" in one for one in said), said
        assert not any("press F" in one for one in said)


async def test_an_invoice_opens_into_steps_and_events(demo_made: Path) -> None:
    with opened(demo_made) as workspace:
        invoice = workspace.invoice("parley-scale_2023-11-01")
        explanation = workspace.explain(invoice.id)
        behind = [list(workspace.events_behind(explanation, one)) for one in explanation.lines]
    number = next(n for n, events in enumerate(behind, 1) if 0 < len(events) < 200)
    app = made_app(demo_made)
    async with app.run_test(size=(120, 60)) as pilot:
        await app.push_screen(InvoicePage(invoice.id))
        await settled(pilot)
        lines = app.screen.query_one(InvoiceLines)
        assert [row[-1] for row in texts(lines)] == [money(one.amount, "USD") for one in invoice.lines]
        assert money(invoice.amount_due, "USD") in shown(app, "#totals")
        lines.go_to(number - 1)
        await pressed(pilot, "enter")
        steps = invoice.lines[number - 1].steps
        at = number
        assert [row[-1] for row in texts(lines)[at : at + len(steps)]] == [
            money(step.amount, "USD") for step in steps
        ]
        toggle = next(place for place, row in enumerate(texts(lines)) if "events counted" in row[0])
        lines.go_to(toggle)
        await pressed(pilot, "enter")
        written = " ".join(row[0] for row in texts(lines))
        assert all(event.id in written for event in behind[number - 1][:20])
        lines.go_to(toggle + 1)
        await pressed(pilot, "enter")
        assert type(app.screen).__name__ == "RecordDialog"


async def test_payments_and_refunds_are_recorded_after_a_question(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.push_screen(InvoicePage("INV-0004"))
        await settled(pilot)
        await pressed(pilot, "p")
        assert app.screen.query(Input).first().value == "378.18"
        assert "pays all" in shown(app, "#pay-outcome")
        await pressed(pilot, "enter")
        assert in_front(app, Confirm)
        await pressed(pilot, "y")
        assert "paid" in shown(app, "#invoice-head")
        with opened(demo_home) as workspace:
            assert workspace.invoice("INV-0004").status == "paid"
            assert workspace.payments("INV-0004")[-1].date == NOW.date()
        await pressed(pilot, "r")
        app.screen.query(Input).first().value = "100.005"
        await pressed(pilot, "enter")
        assert app.screen.query(Input).first().value == "100.005"
        app.screen.query(Input).first().value = "100.00"
        await pressed(pilot, "enter", "y")
        with opened(demo_home) as workspace:
            assert workspace.payments("INV-0004")[-1].amount == Decimal("-100.00")
        await pressed(pilot, "l")
        assert len(texts(app.screen.query_one("#payments", Listing))) == 3


async def test_voiding_asks_and_then_frees_the_period(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.push_screen(InvoicePage("INV-0001"))
        await settled(pilot)
        await pressed(pilot, "v")
        assert in_front(app, Confirm)
        words = " ".join(str(one.content) for one in app.screen.query(Static).results(Static))
        assert "Void INV-0001, 4 lines, $92.50" in words
        await pressed(pilot, "escape", "v", "y")
        assert "void" in shown(app, "#invoice-head")
        await pressed(pilot, "v", "y")
        assert in_front(app, ErrorDialog)
    with opened(demo_home) as workspace:
        assert workspace.invoice("INV-0001").status == "void"


async def test_an_invoice_is_exported_and_copied(demo_home: Path, tmp_path: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.push_screen(InvoicePage("INV-0004"))
        await settled(pilot)
        await pressed(pilot, "x")
        field = app.screen.query_one(Input)
        field.value = str(tmp_path / "a.txt")
        await pressed(pilot, "enter")
        assert app.screen.query_one(Input) is field
        field.value = str(tmp_path / "a.json")
        await pressed(pilot, "enter", "C")
        assert msgspec.json.decode(app.clipboard) == msgspec.json.decode((tmp_path / "a.json").read_bytes())
        await pressed(pilot, "c")
        assert app.clipboard.startswith("Invoice INV-0004")


async def test_all_payments_lead_to_their_invoices(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "7", "p")
        assert in_front(app, PaymentsPage)
        await pressed(pilot, "enter")
        assert in_front(app, InvoicePage)


CATALOGUE = """
currency = "USD"
[[metric]]
code = "m"
aggregation = "count"
[[product]]
code = "p"
name = "[/] product"
fee = "metered"
metric = "m"
price = { unit_amount = "1.00" }
[[plan]]
code = "plan"
products = ["p"]
"""
CUSTOMER = """
[[customer]]
id = "[/]{place}"
name = {name}
[[customer.subscription]]
id = "[bold]{place}"
plan = "plan"
start = 2023-11-01
"""


@pytest.mark.parametrize("size", [(120, 40), (40, 12), (1, 1)])
async def test_hostile_names_are_only_text(tmp_path: Path, size: tuple[int, int]) -> None:
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW) as workspace:
        quoted = [msgspec.json.encode(name).decode() for name in HOSTILE]
        text = CATALOGUE + "".join(CUSTOMER.format(name=name, place=n) for n, name in enumerate(quoted))
        workspace.apply_catalogue_text(text, "t.toml")
        made = workspace.bill("2023-11", finalize=True).invoices
        workspace.pay(made[0].id, "1.00", reference="\x1b[31m[/]\u202e")
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=size) as pilot:
        await pressed(pilot, "7")
        for _ in HOSTILE if size[0] > 100 else HOSTILE[:1]:
            await pressed(pilot, "enter", "e", "v")
            assert "\x1b" not in app.export_screenshot()
            await pressed(pilot, "escape", "escape", "j")
        await pressed(pilot, "p", "space")
        assert "\x1b" not in app.export_screenshot()
        await pressed(pilot, "escape", "escape", "b", "enter")
        assert "\u202e" not in app.export_screenshot()


async def test_an_empty_workspace_says_what_to_press(tmp_path: Path) -> None:
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "7")
        assert "Press b" in " ".join(str(one.content) for one in app.screen.query(Static).results(Static))
        await pressed(pilot, "b", "enter")
        assert "Nobody has a period" in " ".join(str(one.render()) for one in app.screen.query(Static))


def test_a_payment_says_what_it_leaves() -> None:
    with_due = msgspec.convert(
        {
            **dict.fromkeys(("id", "customer", "subscription", "plan"), "x"),
            **dict.fromkeys(("subtotal", "total"), "100.00"),
            **dict.fromkeys(("discount", "tax", "credits"), "0.00"),
            "paid": "40.00",
            "status": "final",
            "currency": "USD",
            "lines": [],
            "snapshot": 0,
            "period": {"start": datetime(2023, 1, 1, tzinfo=UTC), "end": datetime(2023, 2, 1, tzinfo=UTC)},
        },
        Invoice,
    )
    said = {amount: payment_outcome(with_due, Decimal(amount)) for amount in ("60", "10", "75", "-40")}
    assert said == {
        "60": "pays all that is due",
        "10": "part payment: $50.00 remain due",
        "75": "over-payment: $15.00 more than is due",
        "-40": "refund: $100.00 will be due",
    }


def test_the_suggested_period_is_the_last_whole_month() -> None:
    assert last_month(date(2023, 12, 1)) == "2023-11"
    assert last_month(date(2024, 1, 31)) == "2023-12"


async def test_what_late_events_change_is_shown_and_settled(demo_home: Path, tmp_path: Path) -> None:
    late = {"id": "late", "account": "parley", "metric": "api_request", "timestamp": "2023-10-15T00:00:00Z"}
    file = tmp_path / "late.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode({**late, "id": f"late-{n}"}) for n in range(400)))
    with opened(demo_home) as workspace:
        workspace.import_events([file])
        (proposal,) = workspace.adjustment_proposals(["parley"])
    app = made_app(demo_home)
    async with app.run_test(size=(140, 40)) as pilot:
        await app.push_screen(InvoicePage("INV-0004"))
        await settled(pilot)
        await pressed(pilot, "h")
        shown_rows = texts(app.screen.query_one("#adjustments", Listing))
        assert [row[4] for row in shown_rows][: len(proposal.rest.differences)] == [
            money(one.amount, "USD") for one in proposal.rest.differences
        ]
        await pressed(pilot, "a")
        words = " ".join(str(one.content) for one in app.screen.query(Static).results(Static))
        assert money(proposal.rest.total, "USD") in words
        await pressed(pilot, "y")
        with opened(demo_home) as workspace:
            assert [one.total for one in workspace.adjustments(["parley"])] == [proposal.rest.total]
        assert texts(app.screen.query_one("#adjustments", Listing)) == []


async def test_a_line_that_takes_two_rows_opens_from_either(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(30, 20)) as pilot:
        await app.push_screen(InvoicePage("parley-scale_2023-11-01"))
        await settled(pilot)
        lines = app.screen.query_one(InvoiceLines)
        closed = lines.total
        second = next(place for place, row in enumerate(texts(lines)) if row[-1] == "")
        lines.go_to(second)
        await pressed(pilot, "enter")
        assert lines.total > closed
        await pressed(pilot, "enter")
        assert lines.total == closed
