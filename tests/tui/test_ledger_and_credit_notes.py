"""The ledger and credit notes on the screen: the same rows and amounts as the workspace's own."""

from pathlib import Path

from textual.widgets import Input, Static

from tests.tui.driving import NOW, made_app, pressed, settled, typed
from usagebill_tui.billing.words import money
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.credit import CreditDialog
from usagebill_tui.tui.dialogs.details import Details
from usagebill_tui.tui.dialogs.error import ErrorDialog
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.screens.credit_note import CreditNotePage
from usagebill_tui.tui.screens.credit_notes import CreditNotesPage
from usagebill_tui.tui.screens.invoice import InvoicePage
from usagebill_tui.tui.screens.ledger import LedgerPage
from usagebill_tui.tui.screens.ledger_entries import EntriesPage
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.workspace import Workspace


def opened(home: Path) -> Workspace:
    return Workspace.open("demo", home=home, clock=lambda: NOW)


def texts(app: UsagebillApp, name: str = "Listing") -> list[list[str]]:
    rows = app.screen.query(name).first(Listing)._rows  # noqa: SLF001 - what is shown
    return [[cell.plain if hasattr(cell, "plain") else str(cell) for cell in row.cells] for row in rows]


def in_front(app: UsagebillApp, kind: type[object]) -> bool:
    return isinstance(app.screen, kind)


def words(app: UsagebillApp) -> str:
    return " ".join(str(one.content) for one in app.screen.query(Static).results(Static))


async def test_accounts_lead_to_entries_and_to_a_file(demo_made: Path, tmp_path: Path) -> None:
    with opened(demo_made) as workspace:
        balances = workspace.ledger_balances()
        entries = workspace.ledger_entries()
        text = workspace.ledger_text("beancount")
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "8", "a")
        assert isinstance(app.screen, LedgerPage)
        assert [row[5] for row in texts(app)] == [money(one.balance, one.currency) for one in balances]
        await pressed(pilot, "x")
        field = app.screen.query(Input).first()
        field.value = str(tmp_path / "ledger.beancount")
        await pressed(pilot, "enter")
        assert (tmp_path / "ledger.beancount").read_text(encoding="utf-8") == text
        await pressed(pilot, "enter")
        assert isinstance(app.screen, EntriesPage)
        cash = [one for one in entries if any(leg.account == "cash" for leg in one.legs)]
        assert [row[3] for row in texts(app)] == [one.reference for one in reversed(cash)]
        await pressed(pilot, "enter")
        assert isinstance(app.screen, Details)
        assert "receivables" in words(app)
        await pressed(pilot, "i")
        assert isinstance(app.screen, InvoicePage)
        await pressed(pilot, "escape", "escape", "a")
        assert len(texts(app)) == len(entries)


async def test_a_line_is_credited_after_a_look_and_a_question(demo_home: Path) -> None:
    with opened(demo_home) as workspace:
        would = workspace.credit("INV-0004", line=1, dry_run=True)
        due = workspace.invoice("INV-0004").amount_due
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await app.push_screen(InvoicePage("INV-0004"))
        await settled(pilot)
        await pressed(pilot, "n")
        assert in_front(app, CreditDialog)
        assert money(due, "USD") in words(app) or "to give back" in words(app)
        row = next(row for row in app.screen.query(ValueRow) if row.field.key == "line")
        row.query_one("Select").value = "1"  # type: ignore[attr-defined] # a Select, chosen from
        await settled(pilot)
        assert money(-would.tax, "USD") in words(app)
        assert money(-would.total, "USD") in words(app)
        app.screen.query(Input).last().focus()
        await typed(pilot, "[/] a gift")
        await pressed(pilot, "ctrl+s")
        assert in_front(app, Confirm)
        assert money(-would.total, "USD") in words(app)
        await pressed(pilot, "n")
        with opened(demo_home) as workspace:
            assert workspace.credit_notes() == []
        await pressed(pilot, "n")
        row = next(row for row in app.screen.query(ValueRow) if row.field.key == "line")
        row.query_one("Select").value = "1"  # type: ignore[attr-defined] # likewise
        await settled(pilot)
        await pressed(pilot, "ctrl+s", "y")
        with opened(demo_home) as workspace:
            (made,) = workspace.credit_notes()
        assert made.lines == would.lines
        await pressed(pilot, "l", "l", "enter")
        assert in_front(app, CreditNotePage)
        assert texts(app)[0][2] == money(made.lines[0].amount, "USD")
        await pressed(pilot, "C")
        assert made.number in app.clipboard
        await pressed(pilot, "7", "c")
        assert isinstance(app.screen, CreditNotesPage)
        assert [row[0] for row in texts(app)] == [made.number]
        await pressed(pilot, "i")
        assert isinstance(app.screen, InvoicePage)


async def test_too_much_is_said_as_it_is_typed(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await app.push_screen(InvoicePage("INV-0004"))
        await settled(pilot)
        await pressed(pilot, "n", "tab")
        await typed(pilot, "99999")
        assert "is more than the" in words(app)
        with opened(demo_made) as workspace:
            left = workspace.invoice("INV-0004").total
        assert str(left) in words(app)
        await pressed(pilot, "escape", "escape")
        draft = next(one for one in opened_drafts(demo_made))
        await app.push_screen(InvoicePage(draft))
        await settled(pilot)
        await pressed(pilot, "n")
        assert isinstance(app.screen, ErrorDialog)


def opened_drafts(home: Path) -> list[str]:
    with opened(home) as workspace:
        return workspace.browse.drafts()
