"""Moving customers from the plan's screen: the effect first, then all of them or none."""

from pathlib import Path

from textual.widgets import Select, Static

from tests.tui.driving import NOW, made_app, pressed, settled
from usagebill_tui.billing.subscriptions.moving import MoveRequest
from usagebill_tui.billing.words import day, money
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.screens.move import MovePage
from usagebill_tui.tui.screens.plan import PlanPage
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.workspace import Workspace

REQUEST = MoveRequest(source="starter", target="scale@1")


async def test_the_effect_is_shown_and_then_all_are_moved(demo_home: Path) -> None:
    with Workspace.open("demo", home=demo_home, clock=lambda: NOW) as workspace:
        would = workspace.move_subscriptions(REQUEST, dry_run=True)
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await app.push_screen(PlanPage("starter"))
        await settled(pilot)
        await pressed(pilot, "m")
        assert isinstance(app.screen, MovePage)
        target = next(row for row in app.screen.query(ValueRow) if row.field.key == "target")
        target.query_one(Select).value = "scale@1"
        await settled(pilot)
        await pressed(pilot, "m", "ctrl+s")
        rows = app.screen.query_one("#found", Listing)._rows  # noqa: SLF001 - what is shown
        assert [row.key for row in rows] == [one.subscription for one in would.moves]
        assert [row.cells[4] for row in rows] == [day(one.day) for one in would.moves]
        assert [row.cells[8] for row in rows] == [
            "–"
            if one.effect is None or one.effect.difference is None
            else money(one.effect.difference, "USD")
            for one in would.moves
        ]
        await pressed(pilot, "m")
        assert isinstance(app.screen, Confirm)
        effect = " ".join(str(one.content) for one in app.screen.query(Static).results(Static))
        assert f"{len(would.moves)} subscriptions go on with scale@1" in effect
        await pressed(pilot, "y")
        assert isinstance(app.screen, PlanPage)
    with Workspace.open("demo", home=demo_home, clock=lambda: NOW) as workspace:
        plans = {one.id: one.plan_label for one in workspace.catalogue().subscriptions.values()}
        assert {plans[one.successor] for one in would.moves} == {"scale@1"}
