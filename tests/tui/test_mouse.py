"""The mouse alone does everything: each action has something to click on, and the whole job is done by it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input

from tests.tui.driving import NOW, made_app, pressed, settled, typed
from tests.tui.mouse import click, drawn
from tests.tui.test_actions_declared import ALL, PAGE_TYPES, declared, offered
from usagebill_tui.errors import Refused
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.add_credit import AddCreditDialog
from usagebill_tui.tui.dialogs.ask import AskDialog
from usagebill_tui.tui.dialogs.ask_form import AskForm
from usagebill_tui.tui.dialogs.choose_file import ChooseFiles
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.credit import CreditDialog
from usagebill_tui.tui.dialogs.details import Details
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.dialogs.error import ErrorDialog
from usagebill_tui.tui.dialogs.help import HelpDialog, HelpPart
from usagebill_tui.tui.dialogs.import_outcome import OutcomeDialog
from usagebill_tui.tui.dialogs.pay import PayDialog
from usagebill_tui.tui.dialogs.recipes import RecipesDialog
from usagebill_tui.tui.dialogs.record import RecordDialog
from usagebill_tui.tui.dialogs.report_filters import FilterDialog
from usagebill_tui.tui.dialogs.search_events import SearchEvents
from usagebill_tui.tui.dialogs.why import WhyDialog
from usagebill_tui.tui.dialogs.workspaces import WorkspacesDialog
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.pages import PAGES, PLACES
from usagebill_tui.tui.screens.page import COMMON, Page
from usagebill_tui.tui.widgets.keybar import KeyBar
from usagebill_tui.tui.widgets.list_tools import ListTools
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.tui.widgets.row_table import RowTable
from usagebill_tui.workspace import Workspace

BEHIND = (
    ("2", "enter"),
    ("3", "enter"),
    ("4", "enter"),
    ("4", "enter", "e"),
    ("4", "enter", "m"),
    ("5", "enter"),
    ("5", "e"),
    ("5", "enter", "enter"),
    ("5", "enter", "l", "a"),
    ("5", "enter", "l", "o"),
    ("5", "enter", "l", "o", "e"),
    ("5", "X"),
    ("6", "b"),
    ("6", "r"),
    ("7", "enter"),
    ("8", "a", "a"),
)
"""Keys that lead to the screens behind the main ones, of which the palette opens only some."""
ABSTRACT = {
    "ArchivingPage",
    "AskingPage",
    "BatchActions",
    "DraftedForm",
    "ImportRun",
    "InvoiceActions",
    "WorkspaceActions",
}
NEEDS_MORE = {"CreditNotePage", "MendPage", "MoveStoresPage"}
"""Screens that the demo has nothing for; they have the same footer as all others."""


async def test_every_action_of_every_screen_is_two_clicks_away(demo_made: Path) -> None:
    """The footer's last part lists all that can be done here, and a click on one does it."""
    app = made_app(demo_made)
    seen: set[type] = set()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        places = [(page.key,) for page in PAGES]
        for keys in (*places, *BEHIND):
            await pressed(pilot, *keys)
            seen.add(await check(app))
            while len(app.screen_stack) > 1:
                app.pop_screen()
                await settled(pilot)
        for entry in PLACES:
            await app.run_action(f"open({entry.name!r})")
            await settled(pilot)
            seen.add(await check(app))
            app.pop_screen()
            await settled(pilot)
    assert {one.__name__ for one in set(PAGE_TYPES) - seen} <= NEEDS_MORE | ABSTRACT


async def check(app: UsagebillApp) -> type:
    """Look whether every action of the screen in front, and of its lists, has something to click on."""
    page = app.screen
    assert isinstance(page, Page), page
    bar = page.query_one(KeyBar)
    assert ("app.command_palette") in [call for _, call in bar.parts(bar.size.width)]
    titles = {action.title for action in (*page.ACTIONS, *COMMON, *UsagebillApp.ACTIONS)}
    assert titles <= set(await offered(app)), type(page)
    tools = {call for _, call in ListTools().parts(10_000)}
    own = {one.action for one in RowTable.BINDINGS}  # type: ignore[union-attr] # all are Bindings
    assert own - tools <= {"cursor_down", "cursor_up"}
    for listing in page.query(Listing):
        assert listing.query(ListTools)
    return type(page)


async def test_the_palette_is_opened_and_used_by_the_mouse(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await click(pilot, "2 Metrics")
        await click(pilot, "≡")
        await pilot.pause()
        await settled(pilot)
        await click(pilot, "New metric")
        await settled(pilot)
        assert type(app.screen).__name__ == "MetricPage"
        await click(pilot, "2 Metrics")
        assert type(app.screen).__name__ == "MetricsPage"


async def test_a_list_is_filtered_sorted_and_copied_by_the_mouse(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await click(pilot, "5 Customers")
        listing = app.screen.query_one(Listing)
        await click(pilot, "G last")
        assert listing.key == "tidewater"
        await click(pilot, "Name")
        await click(pilot, "Name")
        assert listing._rows[0].key == "tidewater"  # noqa: SLF001 - what is shown
        await click(pilot, "/ filter")
        await typed(pilot, "kum")
        assert listing.matching == 1
        await click(pilot, "esc all rows")
        assert listing.matching == 5
        await click(pilot, "Y copy all")
        assert app.clipboard.count("\n") == 6
        await click(pilot, "␣ row")
        assert isinstance(app.screen, RecordDialog)
        await click(pilot, "c copy")
        assert app.clipboard.startswith("Id: ")
        await click(pilot, "esc close")
        assert not isinstance(app.screen, RecordDialog)


FIELD = Field(key="a", title="A")


def dialogs(home: Path) -> dict[str, tuple[Callable[[], ModalScreen[Any]], dict[str, str]]]:
    """Return how each dialog is made, and the words to click on for each of its actions."""
    with Workspace.open("demo", home=home, clock=lambda: NOW) as workspace:
        invoice = workspace.invoice("INV-0004")
        customer = workspace.catalogue().customers[invoice.customer]
    close = {"close": "esc close", "copy": "c copy"}
    form = {"cancel": "Cancel"}
    return {
        "AddCreditDialog": (lambda: AddCreditDialog(customer, ("api",), NOW.date()), form),
        "AskDialog": (lambda: AskDialog("T", value="x"), form),
        "AskForm": (lambda: AskForm("T", [FIELD]), {**form, "done": "OK"}),
        "ChooseFiles": (lambda: ChooseFiles(home, (".x",)), {**form, "take": "Take"}),
        "Confirm": (lambda: Confirm("T", "effect", "Do it"), {"no": "Cancel", "yes": "Do it"}),
        "CreditDialog": (lambda: CreditDialog(invoice), {**form, "done": "Go on"}),
        "Details": (lambda: Details("T", [("", [("a", "b")])], [("o", "opens")]), close),
        "ErrorDialog": (lambda: ErrorDialog(Refused("no")), {"close": "Close", "copy": "Copy details"}),
        "FilterDialog": (lambda: FilterDialog("T", [FIELD], {}, NOW.date()), {**form, "apply": "Show"}),
        "HelpDialog": (lambda: HelpDialog([HelpPart("P", "", [("x", "y")])]), {"close": "esc close"}),
        "PayDialog": (lambda: PayDialog(invoice, NOW.date()), form),
        "RecipesDialog": (RecipesDialog, {"close": "esc cancel"}),
        "RecordDialog": (lambda: RecordDialog([("a", "b")]), close),
        "SearchEvents": (_search, {**form, "show": "Show"}),
        "WorkspacesDialog": (lambda: WorkspacesDialog(["demo"], "demo"), {"close": "esc stay"}),
    }


def _search() -> SearchEvents:
    from usagebill_tui.billing.usage.event_pages import EventSearch

    return SearchEvents(EventSearch())


ALIKE = {OutcomeDialog.__name__: "Details", WhyDialog.__name__: "RecordDialog"}
"""Dialogs that are laid out, and closed and copied, as others are."""


async def test_every_action_of_every_dialog_is_clicked(demo_made: Path) -> None:
    known = dialogs(demo_made)
    kinds = {one.__name__: one for one in ALL if issubclass(one, ModalScreen) and one is not Dialog}
    assert {*known, *ALIKE} == set(kinds)
    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for name, (make, places) in known.items():
            actions = {one.id.rpartition(".")[2]: one for one in declared(kinds[name])}
            assert set(actions) == set(places), name
            for action, words in places.items():
                app.clipboard_before = app.clipboard  # type: ignore[attr-defined] # only here
                dialog = make()
                await app.push_screen(dialog)
                await settled(pilot)
                await click(pilot, words)
                stays = action in {"copy", "take"}
                assert (app.screen is dialog) == stays, (name, action, drawn(pilot))
                if stays:
                    app.pop_screen()
                    await settled(pilot)


EVENTS = "".join(
    json.dumps(
        {"id": f"e{n}", "account": "acme", "metric": "calls", "timestamp": f"2023-11-{n:02}T09:00:00Z"}
    ) + "\n"
    for n in range(1, 21)
)  # fmt: skip


async def put(pilot: Pilot[None], title: str, text: str) -> None:
    """Click into a field, and type."""
    await click(pilot, title, right=24)
    await typed(pilot, text)


async def choose(pilot: Pilot[None], title: str, option: str) -> None:
    """Click on a field that offers a choice, then on one of the options."""
    await click(pilot, title, right=24)
    below = next(row for row, line in enumerate(drawn(pilot)) if title in line)
    await click(pilot, option, below=below + 1)


async def agree(pilot: Pilot[None], word: str) -> None:
    """Click on a button of the question in front, which stands beside Cancel."""
    row = next(row for row, line in enumerate(drawn(pilot)) if "Cancel" in line)
    await click(pilot, word, below=row)


async def describe(app: UsagebillApp, pilot: Pilot[None]) -> None:
    """Say what is measured, sold, on which plan and to whom."""
    await click(pilot, "Create a metric")
    await put(pilot, "Code *", "calls")
    await choose(pilot, "Aggregation *", "count")
    await click(pilot, "^s save")
    await agree(pilot, "Save")

    await click(pilot, "3 Products")
    await click(pilot, "n new")
    await put(pilot, "Code *", "calls")
    await choose(pilot, "Metric *", "calls")
    await choose(pilot, "Pricing model *", "Per unit")
    await put(pilot, "Unit amount *", "0.5")
    await click(pilot, "^s save")
    await agree(pilot, "Save")

    await click(pilot, "4 Plans")
    await click(pilot, "n new")
    await put(pilot, "Code *", "basic")
    await click(pilot, "○ calls")
    await click(pilot, "^s save")
    await agree(pilot, "Save")

    await click(pilot, "5 Customers")
    await click(pilot, "n new")
    await put(pilot, "Id *", "acme")
    await click(pilot, "^s save")
    await agree(pilot, "Save")
    await click(pilot, "acme")
    await click(pilot, "Subscriptions")
    await click(pilot, "a add")
    await choose(pilot, "Plan *", "basic (basic@1)")
    field = app.screen.query("ValueRow Input").first(Input)
    field.value = ""
    await put(pilot, "Start *", "2023-11-01")
    await click(pilot, "^s save")
    await agree(pilot, "Save")


async def import_and_collect(pilot: Pilot[None]) -> None:
    """Import the events, bill the month, and record the payment."""
    await click(pilot, "6 Events")
    await click(pilot, "i import")
    await click(pilot, "a add", below=30)
    await click(pilot, "  events.jsonl")
    await click(pilot, "Take")
    await click(pilot, "^s import")
    await click(pilot, "esc close")

    await click(pilot, "7 Invoices")
    await click(pilot, "b bill")
    await click(pilot, "Preview")
    assert "$10.00" in "\n".join(drawn(pilot))
    await click(pilot, "Make final")
    await agree(pilot, "Make final")
    await click(pilot, "acme", below=4)
    await click(pilot, "p pay")
    await agree(pilot, "Record payment")
    await agree(pilot, "Record payment")
    assert "✓ paid" in "\n".join(drawn(pilot))


async def test_from_a_metric_to_a_payment_by_clicks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "events.jsonl").write_text(EVENTS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    app = made_app(tmp_path / "home", "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await describe(app, pilot)
        await import_and_collect(pilot)
    with Workspace.open("sandbox", home=tmp_path / "home", clock=lambda: NOW) as workspace:
        (invoice,) = workspace.invoices()
        assert (str(invoice.total), str(invoice.paid), invoice.status) == ("10.00", "10.00", "paid")
