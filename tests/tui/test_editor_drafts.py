"""Editors: drafts that survive, undo, discard, and saving that asks first."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, Static

from tests.tui.driving import NOW, made_app, pressed, settled, typed
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.error import ErrorDialog
from usagebill_tui.tui.forms.rows import RowsEditor
from usagebill_tui.tui.screens import editor
from usagebill_tui.tui.screens.customer_prices import OwnPriceEditor
from usagebill_tui.tui.screens.customer_subscription import SubscriptionEditor
from usagebill_tui.tui.screens.editor import EditorPage
from usagebill_tui.tui.screens.metric import MetricPage
from usagebill_tui.tui.screens.product import ProductPage
from usagebill_tui.workspace import Workspace

CATALOGUE = """
[[metric]]
code = "calls"
name = "Calls"
aggregation = "count"

[[product]]
code = "calls"
name = "Calls"
metric = "calls"
[product.price]
model = "tiered"
tiers = [{ up_to = 10, unit_amount = "1" }, { up_to = 20, unit_amount = "0.5" }, {}]
"""


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests say when typing pauses."""
    monkeypatch.setattr(editor, "_PAUSE", 3600)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW) as workspace:
        workspace.apply_catalogue_text(CATALOGUE, "catalogue.toml")
    return tmp_path


def stored_name(home: Path) -> str:
    with Workspace.open("sandbox", home=home, clock=lambda: NOW) as workspace:
        return workspace.catalogue().metrics["calls"].name


def status(app: UsagebillApp) -> str:
    return str(app.screen.query_one("#editor-status", Static).render())


def page(app: UsagebillApp) -> EditorPage:
    assert isinstance(app.screen, EditorPage)
    return app.screen


async def paused(pilot: Pilot[None]) -> None:
    assert isinstance(pilot.app.screen, EditorPage)
    pilot.app.screen.typing_paused()
    await settled(pilot)


def name_input(app: UsagebillApp) -> Input:
    return list(app.screen.query(".value-row Input").results(Input))[1]


async def test_a_draft_survives_an_app_that_never_leaves_the_form(home: Path) -> None:
    first = made_app(home, "sandbox")
    async with first.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "enter", "tab", "end")
        await typed(pilot, " of the day")
        await paused(pilot)
    second = made_app(home, "sandbox")
    async with second.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "enter")
        assert name_input(second).value == "Calls of the day"
        assert stored_name(home) == "Calls"
        await pressed(pilot, "ctrl+d")
        assert name_input(second).value == "Calls"
        assert "as it is stored" in status(second)
    third = made_app(home, "sandbox")
    async with third.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "enter")
        assert name_input(third).value == "Calls"


async def test_leaving_at_once_keeps_the_draft_and_says_so(home: Path) -> None:
    app = made_app(home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "enter", "tab", "end")
        await typed(pilot, "!")
        await pressed(pilot, "escape")
        assert not isinstance(app.screen, EditorPage)
        said = [(one.title, one.message) for one in app._notifications]  # noqa: SLF001 - what is on the screen
        assert said == [("Draft kept", "Metric calls opens again as you left it")]
        await pressed(pilot, "enter")
        assert name_input(app).value == "Calls!"
        await pressed(pilot, "escape")
        assert not isinstance(app.screen, EditorPage)


async def test_leaving_without_typing_says_nothing(home: Path) -> None:
    app = made_app(home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "enter", "escape")
        assert not isinstance(app.screen, EditorPage)
        assert not list(app._notifications)  # noqa: SLF001 - what is on the screen


async def test_undo_takes_back_one_change_after_the_other(home: Path) -> None:
    app = made_app(home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "enter", "tab", "end")
        for word in (" a", " b"):
            await typed(pilot, word)
            await paused(pilot)
        assert name_input(app).value == "Calls a b"
        page(app).action_undo()
        await settled(pilot)
        assert name_input(app).value == "Calls a"
        page(app).action_undo()
        await settled(pilot)
        assert name_input(app).value == "Calls"
        page(app).action_undo()
        await settled(pilot)
        assert name_input(app).value == "Calls"
        assert isinstance(app.screen, MetricPage)


async def test_ctrl_z_in_a_field_is_undo_of_the_form(home: Path) -> None:
    app = made_app(home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "enter", "tab", "end")
        await typed(pilot, "!")
        await paused(pilot)
        await pressed(pilot, "ctrl+z")
        assert name_input(app).value == "Calls"


async def test_saving_asks_first_with_the_focus_on_cancel_and_says_what_changes(home: Path) -> None:
    app = made_app(home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "enter", "tab", "end")
        await typed(pilot, "!")
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, Confirm)
        assert isinstance(app.focused, Button)
        assert str(app.focused.label).startswith("Cancel")
        effect = str(app.screen.query_one(".effect", Static).render())
        assert "changes metric calls" in effect
        assert "Calls → Calls!" in effect
        await pressed(pilot, "enter")
        assert stored_name(home) == "Calls"
        await pressed(pilot, "ctrl+s", "tab", "enter")
        assert not isinstance(app.screen, EditorPage)
        assert stored_name(home) == "Calls!"
        await pressed(pilot, "enter")
        assert name_input(app).value == "Calls!"
        assert "draft" not in status(app)


async def test_bounds_out_of_order_show_at_their_row(home: Path) -> None:
    app = made_app(home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "3", "enter")
        assert isinstance(app.screen, ProductPage)
        rows = app.screen.query_one(RowsEditor)
        lines = [list(line.query(Input)) for line in rows.query(".rows-line")]
        lines[1][0].focus()
        lines[1][0].value = "5"
        await settled(pilot)
        await paused(pilot)
        assert lines[1][0].has_class("-invalid")
        assert not lines[0][0].has_class("-invalid")
        assert "tier 2 ends at 5, not above the bound of tier 1 (10)" in status(app)
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, ProductPage)


async def test_a_new_code_that_is_taken_already_is_said_to_change_what_is_there(home: Path) -> None:
    app = made_app(home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "n")
        await typed(pilot, "calls")
        await settled(pilot)
        page(app).form.fill({"code": "calls", "name": "Other", "aggregation": "count"})
        await settled(pilot)
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, MetricPage)
        assert "there is such a metric already" in status(app)
        assert stored_name(home) == "Calls"


async def test_quitting_keeps_what_was_typed_just_before(home: Path) -> None:
    app = made_app(home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "enter", "tab", "end")
        await typed(pilot, "?")
        await pressed(pilot, "ctrl+q")
    with Workspace.open("sandbox", home=home, clock=lambda: NOW) as workspace:
        draft = EditorPage.drafts(workspace).load("metric", "calls")
    assert draft is not None
    assert draft.values["name"] == "Calls?"


async def test_a_draft_that_cannot_be_kept_is_said_and_can_be_left(home: Path) -> None:
    app = made_app(home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "enter", "tab", "end")
        (home / "sandbox" / "drafts").write_text("a file in its way", encoding="utf-8")
        await typed(pilot, "?")
        await pressed(pilot, "escape")
        assert isinstance(app.screen, ErrorDialog)
        await pressed(pilot, "escape")
        assert isinstance(app.screen, MetricPage)
        await pressed(pilot, "escape")
        assert not isinstance(app.screen, EditorPage)


def test_no_two_forms_share_a_draft() -> None:
    forms = [
        SubscriptionEditor("acme"),
        SubscriptionEditor("new for acme"),
        SubscriptionEditor("acme", "new for acme"),
        SubscriptionEditor("acme", "acme"),
        SubscriptionEditor("acme", "acme", ending=True),
        OwnPriceEditor("a/b", "c"),
        OwnPriceEditor("a", "b/c"),
        SubscriptionEditor("acme", "a/b/c"),
        MetricPage("acme"),
        MetricPage(),
    ]
    assert len({form.draft_of for form in forms}) == len(forms)
