"""Simulating and comparing on the screen: what is shown is what the workspace finds; nothing is stored."""

from pathlib import Path

from textual.widgets import Input, Select, Static

from tests.tui.driving import NOW, made_app, pressed, settled, typed
from usagebill_tui.billing.parity import ParityRequest, read_statement
from usagebill_tui.billing.simulating import SimulationRequest
from usagebill_tui.billing.words import money
from usagebill_tui.domain.periods import parse_period
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.record import RecordDialog
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.forms.rows import RowsEditor
from usagebill_tui.tui.screens.customer import CustomerPage
from usagebill_tui.tui.screens.parity import ParityPage
from usagebill_tui.tui.screens.simulate import SimulatePage
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.workspace import Workspace

NOVEMBER = parse_period("2023-11")


def opened(home: Path) -> Workspace:
    return Workspace.open("demo", home=home, clock=lambda: NOW)


def shown(app: UsagebillApp) -> list[list[str]]:
    """Return what the list of what was found says, whole rows."""
    rows = app.screen.query_one("#found", Listing)._rows  # noqa: SLF001 - what is shown
    return [[cell.plain if hasattr(cell, "plain") else str(cell) for cell in row.cells] for row in rows]


def words(app: UsagebillApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).content)


async def choose(app: UsagebillApp, title: str, value: str) -> None:
    row = next(row for row in app.screen.query(ValueRow) if row.field.title == title)
    row.query_one(Select).value = value


async def test_everybody_on_another_plan(demo_made: Path) -> None:
    with opened(demo_made) as workspace:
        found = workspace.simulate(SimulationRequest(days=NOVEMBER, plan="scale@1"))
        before = workspace.fingerprint()
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "8", "i")
        assert isinstance(app.screen, SimulatePage)
        await pressed(pilot, "tab", "enter", "down", "enter", "ctrl+s")
        rows = shown(app)
        assert [row[0] for row in rows] == [one.customer for one in found.rows]
        assert [row[4] for row in rows] == [
            "–" if one.after is None else money(one.after, one.currency) for one in found.rows
        ]
        assert {row[7].split()[1] for row in rows} == {one.outcome for one in found.rows}
        (total,) = found.totals
        assert money(total.difference, "USD") in words(app, ".report-sums")
        assert f"{total.more} pay more" in words(app, ".report-sums")
        assert all(bucket.label in words(app, "#answer-beside") for bucket in found.distribution)
        await pressed(pilot, "s", "s", "s", "s", "S")
        assert shown(app)[0][0] == max(found.rows, key=lambda one: one.difference or 0).customer
        await pressed(pilot, "enter")
        assert isinstance(app.screen, RecordDialog)
        await pressed(pilot, "escape", "c")
        assert isinstance(app.screen, CustomerPage)
        await pressed(pilot, "escape", "e")
        assert app.screen.query_one("#asking").display
    with opened(demo_made) as workspace:
        assert workspace.fingerprint() == before


async def test_one_tier_of_one_price(demo_made: Path) -> None:
    with opened(demo_made) as workspace:
        tables = workspace.catalogue().products["api_requests"].price.params["tiers"]
        price = {"model": "tiered", "tiers": [*tables[:-1], {**tables[-1], "unit_amount": "0.5"}]}
        text = workspace.repriced("api_requests", price)
        found = workspace.simulate(SimulationRequest(days=NOVEMBER, text=text))
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await app.run_action("open('simulate')")
        await settled(pilot)
        await choose(app, "Other prices", "price")
        await settled(pilot)
        await choose(app, "Product", "api_requests")
        await settled(pilot)
        tiers = app.screen.query_one(RowsEditor)
        assert len(tiers.rows()) == len(tables)
        place = [field.key for field in tiers.field.fields].index("unit_amount")
        list(tiers.query(".rows-line").last().query(Input))[place].focus()
        await pressed(pilot, *["backspace"] * 12)
        await typed(pilot, "0.5")
        await pressed(pilot, "ctrl+s")
        assert [row[4] for row in shown(app)] == [
            "–" if one.after is None else money(one.after, one.currency) for one in found.rows
        ]
        assert any(one.difference for one in found.rows)


async def test_what_cannot_be_simulated_is_said_at_the_form(demo_made: Path, tmp_path: Path) -> None:
    app = made_app(demo_made)
    file = tmp_path / "bad.toml"
    file.write_text('[[product]]\ncode = "x"\nmetric = "none"\nprice = { unit_amount = "1" }\n', "utf-8")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.push_screen(SimulatePage())
        await settled(pilot)
        await choose(app, "Other prices", "file")
        await settled(pilot)
        await pressed(pilot, "ctrl+s")
        assert app.screen.query("ValueRow.-wrong")
        await pressed(pilot, "tab")
        await typed(pilot, str(file))
        await pressed(pilot, "enter")
        problem = app.screen.query_one(".form-problem")
        assert problem.display
        assert "unknown metric 'none'" in str(problem.render())
        assert app.screen.query_one("#asking").display


async def test_a_price_is_simulated_from_its_form_unsaved(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "3", "enter", "f4")
        assert isinstance(app.screen, SimulatePage)
        rows = {row.field.key: row.text for row in app.screen.query(ValueRow)}
        assert rows["what"] == "price"
        assert rows["product"] == "active_users"
        assert rows["price.unit_amount"] == "4"


STATEMENT = """customer,product,amount,period,currency
kestrel,storage,16.99,2023-11,USD
kestrel,starter_fee,29.00,2023-11,USD
[/]nobody,storage,5,2023-11,USD
"""


async def test_another_systems_amounts_by_likely_cause(demo_made: Path, tmp_path: Path) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text(STATEMENT, encoding="utf-8")
    with opened(demo_made) as workspace:
        found = workspace.parity(ParityRequest(stated=read_statement(STATEMENT, "", None)))
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "8", "p")
        assert isinstance(app.screen, ParityPage)
        await typed(pilot, str(file))
        await pressed(pilot, "enter")
        rows = shown(app)
        assert [row[0] for row in rows] == [f"≠ {one.cause}" for one in found.differences]
        assert [row[6] for row in rows] == [money(one.difference, one.currency) for one in found.differences]
        assert f"{found.equal} equal, {len(found.differences)} differ" in words(app, ".report-sums")
        await pressed(pilot, "slash", *"nobody", "enter", "enter")
        assert isinstance(app.screen, RecordDialog)
        labels = " ".join(str(one.render()) for one in app.screen.query(Static))
        assert next(one.evidence for one in found.differences if "nobody" in one.customer) in labels
