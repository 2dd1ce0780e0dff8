"""Prices by property value and by group, entered in a product's form and shown on an invoice."""

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.driving import NOW, made_app, pressed, settled, typed
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.forms.rows import RowsEditor
from usagebill_tui.tui.screens.invoice_lines import InvoiceLines
from usagebill_tui.tui.screens.product import ProductPage
from usagebill_tui.workspace import Workspace

CATALOGUE = """
[[metric]]
code = "gb"
name = "Storage"
aggregation = "sum"
property = "gb"

[[product]]
code = "storage"
name = "Storage"
metric = "gb"
price = { model = "per_unit", unit_amount = "1" }

[[plan]]
code = "pro"
name = "Pro"
currency = "USD"
products = ["storage"]
"""
CUSTOMER = """
[[customer]]
id = "acme"
currency = "USD"
[[customer.subscription]]
plan = "pro"
start = 2023-11-01
"""
EVENTS = "id,account,metric,timestamp,gb,region,project\n" + "".join(
    f"{n},acme,gb,2023-11-05T00:00:00Z,{gb},{region},{project}\n"
    for n, (gb, region, project) in enumerate([(1, "eu", "web"), (10, "uk", "web"), (100, "", "ml")])
)


async def entered(pilot: Pilot[None], widget: Input, text: str) -> None:
    widget.focus()
    await settled(pilot)
    await typed(pilot, text)


async def test_parts_and_groups_are_entered_checked_and_saved(tmp_path: Path) -> None:
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW) as workspace:
        workspace.apply_catalogue_text(CATALOGUE, "c.toml")
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(120, 48)) as pilot:
        await pressed(pilot, "3", "enter")
        page = app.screen
        assert isinstance(page, ProductPage)
        by = next(one for one in page.form.query(RowsEditor) if one.field.key == "price.by")
        when, _, amount, rest = by.query(Input)
        await entered(pilot, when, "region")
        assert page.form.problems() == {"price.by[0].when": "write it like region = eu, uk; tier = gold"}
        await typed(pilot, " = eu, uk")
        await entered(pilot, amount, "2")
        await entered(pilot, rest, '{"free_units": "5"}')
        group = next(one for one in page.form.query(ValueRow) if one.field.key == "price.group_by")
        await entered(pilot, group.query_one(Input), "project")
        assert page.form.problems() == {}
        await save(app, pilot)
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW) as workspace:
        price = workspace.catalogue().products["storage"].price
    assert price.group_by == ("project",)
    assert [(dict(one.when), one.price.params) for one in price.by] == [
        ({"region": ("eu", "uk")}, {"unit_amount": "2"})
    ]
    assert str(price.by[0].price.modifiers.free_units) == "5"
    await shown(app_with_invoice(tmp_path))


async def save(app: UsagebillApp, pilot: Pilot[None]) -> None:
    await pressed(pilot, "ctrl+s", "y")
    assert not isinstance(app.screen, ProductPage)


def app_with_invoice(home: Path) -> UsagebillApp:
    file = home / "events.csv"
    file.write_text(EVENTS, encoding="utf-8")
    with Workspace.open("sandbox", home=home, clock=lambda: NOW) as workspace:
        workspace.apply_catalogue_text(CUSTOMER, "customer.toml")
        workspace.import_events([file])
        workspace.bill("2023-11")
    return made_app(home, "sandbox")


async def shown(app: UsagebillApp) -> None:
    """The invoice's screen names the part and the group of each line, and finds its events."""
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pressed(pilot, "7", "enter")
        lines = app.screen.query_one(InvoiceLines)
        lines.toggle_all()
        await settled(pilot)
        text = "\n".join(str(lines.table.get_row_at(n)[0]) for n in range(lines.table.row_count))
    assert "Storage (region: eu, uk, project: web) · 11" in text
    assert "Storage (other, project: ml) · 100" in text
    assert "where region in" in text
