"""A plugin's pricing model has a full form without a line of Textual."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Label, Select

from tests.tui.driving import NOW, made_app, pressed, settled, typed
from usagebill_tui.extensions import Extensions
from usagebill_tui.plugin.registry import builtin_registry
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.forms.declared import fields_of
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.forms.rows import RowsEditor
from usagebill_tui.tui.screens.product import ProductPage
from usagebill_tui.workspace import Workspace

PLUGIN = '''
"""Harbour dues, made up: a parameter of every kind."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from usagebill_tui.plugin import PricingModel, Step, hookimpl


class Berth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    covered: bool = False
    amount: Annotated[Decimal, msgspec.Meta(title="Amount", extra={"ge": 0})]


class Pilotage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hours: Annotated[int, msgspec.Meta(title="Hours", extra={"ge": 1})] = 1
    rate: Decimal = Decimal(0)


class Dues(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    rate: Annotated[Decimal, msgspec.Meta(title="Rate", description="Per ton", extra={"gt": 0, "le": 100})]
    berths_free: Annotated[int, msgspec.Meta(title="Free berths", extra={"ge": 0})] = 0
    night: Annotated[bool, msgspec.Meta(title="Night rate")] = True
    season: Annotated[Literal["low", "high"], msgspec.Meta(title="Season")] = "low"
    note: Annotated[str, msgspec.Meta(title="Note")] = ""
    cap: Annotated[Decimal | None, msgspec.Meta(title="Cap", extra={"ge": 0})] = None
    flags: Annotated[list[str], msgspec.Meta(title="Flags")] = []
    berths: Annotated[tuple[Berth, ...], msgspec.Meta(title="Berths")] = ()
    pilotage: Annotated[Pilotage | None, msgspec.Meta(title="Pilotage")] = None
    since: Annotated[date | None, msgspec.Meta(title="Since")] = None
    extra: Annotated[dict[str, Decimal], msgspec.Meta(title="Extra")] = {}


class Harbour(PricingModel):
    name, title, parameters = "harbour", "Harbour dues", Dues

    def check(self, params):
        if params.cap is not None and params.cap < params.rate:
            raise ValueError("cap: below the rate")

    def price(self, units, params, events=()):
        return [Step(description="dues", amount=units * params.rate)]


@hookimpl
def usagebill_register_pricing_models(registry):
    registry.add_pricing_model(Harbour())
'''

CATALOGUE = """
[[metric]]
code = "tons"
aggregation = "count"
"""

PRODUCT = """
[[product]]
code = "dues"
metric = "tons"
[product.price]
model = "harbour"
rate = "12.50"
berths_free = 3
night = false
season = "high"
note = "quay [/] 4"
cap = "99.9"
flags = ["red", "blue, dark"]
berths = [{ name = "A", covered = true, amount = "1" }, { name = "B", amount = "2.5" }]
pilotage = { hours = 2, rate = "7" }
since = 2023-11-01
extra = { crane = "4.25" }
"""


@pytest.fixture
def harbour(tmp_path: Path) -> Extensions:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "harbour.py").write_text(PLUGIN, encoding="utf-8")
    return Extensions(entry_points=False, folders=(folder,))


def opened(home: Path, extensions: Extensions, name: str = "sandbox") -> Workspace:
    return Workspace.open(name, home=home, clock=lambda: NOW, plugins=extensions.load())


async def fill(pilot: Pilot[None], title: str, text: str) -> None:
    """Go to a field by the tab key, and type or choose."""
    row = field_row(pilot.app, title)
    for _ in range(60):
        if row.has_focus_within:
            break
        await pressed(pilot, "tab")
    if isinstance(pilot.app.focused, Select):
        titles = [title for title, value in pilot.app.focused._options if value == text]  # noqa: SLF001 - what is shown
        pilot.app.focused.value = text
        assert titles
    else:
        await typed(pilot, text)
    await settled(pilot)


def field_row(app: App[Any], title: str) -> ValueRow:
    return next(row for row in app.screen.query(ValueRow) if row.field.title == title)


def message(app: UsagebillApp, title: str) -> str:
    return str(field_row(app, title).query_one(".value-message", Label).render())


async def test_a_made_up_model_is_filled_by_keys_and_stored_as_its_catalogue_file_would_be(
    tmp_path: Path, harbour: Extensions
) -> None:
    with opened(tmp_path / "one", harbour) as typed, opened(tmp_path / "two", harbour) as written:
        typed.apply_catalogue_text(CATALOGUE, "catalogue.toml")
        written.apply_catalogue_text(CATALOGUE + PRODUCT, "catalogue.toml")
    app = made_app(tmp_path / "one", "sandbox", harbour)
    async with app.run_test(size=(120, 60)) as pilot:
        await pressed(pilot, "3", "n")
        await fill(pilot, "Code", "dues")
        await fill(pilot, "Metric", "tons")
        await fill(pilot, "Pricing model", "harbour")
        await fill(pilot, "Rate", "12.50")
        await fill(pilot, "Free berths", "3")
        await fill(pilot, "Night rate", "false")
        await fill(pilot, "Season", "high")
        await fill(pilot, "Note", "quay [/] 4")
        await fill(pilot, "Cap", "99.9")
        await fill(pilot, "Flags", 'red, "blue, dark"')
        await fill(pilot, "Hours", "2")
        await fill(pilot, "Since", "2023-11-01")
        await fill(pilot, "Extra", '{"crane": 4.25}')
        field = [row for row in app.screen.query(ValueRow) if row.field.title == "Rate"][-1]
        field.query_one(Input).focus()
        await pressed(pilot, "7")
        app.screen.query_one(RowsEditor).query(Input).first().focus()
        await pressed(pilot, "A", "tab", "y", "e", "s", "tab", "1", "f6")
        await settled(pilot)
        await pressed(pilot, "down", "shift+tab", "shift+tab", "B", "tab", "tab", "2", ".", "5")
        await settled(pilot)
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, Confirm), app.screen.query_one("#editor-status").render()
        assert app.focused is app.screen.query_one("#yes")
        await pressed(pilot, "y")
    with opened(tmp_path / "one", harbour) as typed, opened(tmp_path / "two", harbour) as written:
        assert typed.catalogue().products["dues"] == written.catalogue().products["dues"]


async def test_what_a_model_refuses_is_said_at_its_field(tmp_path: Path, harbour: Extensions) -> None:
    with opened(tmp_path, harbour) as workspace:
        workspace.apply_catalogue_text(CATALOGUE + PRODUCT, "catalogue.toml")
    app = made_app(tmp_path, "sandbox", harbour)
    async with app.run_test(size=(120, 60)) as pilot:
        await pressed(pilot, "3", "enter")
        field_row(app, "Cap").query_one(Input).value = "1"
        await settled(pilot)
        app.screen.query_one(Form)
        assert isinstance(app.screen, ProductPage)
        app.screen.check()
        await settled(pilot)
        assert "below the rate" in message(app, "Cap")
        await fill(pilot, "Free berths", "x")
        assert "whole number" in message(app, "Free berths")
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, ProductPage)


async def test_a_price_whose_plugin_is_gone_is_named_and_cannot_be_saved_otherwise(
    tmp_path: Path, harbour: Extensions
) -> None:
    with opened(tmp_path, harbour) as workspace:
        workspace.apply_catalogue_text(CATALOGUE + PRODUCT, "catalogue.toml")
        before = workspace.catalogue().products
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(120, 60)) as pilot:
        await pressed(pilot, "3", "enter")
        chosen = field_row(app, "Pricing model").query_one(Select)
        assert chosen.value == "harbour"
        assert any("its plugin is not loaded" in str(title) for title, _ in chosen._options)  # noqa: SLF001 - what is shown
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, ProductPage)
        assert "harbour" in str(app.screen.query_one("#editor-status").render())
    with opened(tmp_path, harbour) as workspace:
        assert workspace.catalogue().products == before


@pytest.mark.parametrize("model", builtin_registry().pricing_models.values(), ids=lambda one: str(one.name))
def test_every_built_in_model_has_a_field_for_each_of_its_parameters(model: Any) -> None:
    check_fields(model.parameters)


@pytest.mark.parametrize("one", builtin_registry().aggregations.values(), ids=lambda one: str(one.name))
def test_every_built_in_aggregation_has_a_field_for_each_of_its_parameters(one: Any) -> None:
    check_fields(one.parameters)


def check_fields(declared: type[msgspec.Struct]) -> None:
    fields = fields_of(declared)
    assert [field.key for field in fields] == list(declared.__struct_fields__)
    for field in fields:
        assert field.kind != "data", f"{field.key} would have to be typed as JSON"
        assert field.title
        assert field.kind != "choice" or field.choices
        assert field.kind not in {"rows", "table"} or field.fields


def test_bounds_are_those_of_the_declaration() -> None:
    fields = {f.key: f for f in fields_of(builtin_registry().pricing_models["package"].parameters)}
    size = fields["package_size"]
    assert size.problem("0") == "must be above 0"
    assert size.problem("0.5") is None
    assert size.value("0.5") == "0.5"
    assert size.text(Decimal("1E+3")) == "1000"
