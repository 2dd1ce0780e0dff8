"""What is stored, put into its form and read back unchanged, is what was stored."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from tests.billing.catalogue.test_catalogue_round_trip import REGISTRY, metrics, products
from tests.tui.driving import NOW, made_app, pressed, settled
from usagebill_tui.billing.catalogue.layout import metric_table, product_table
from usagebill_tui.billing.catalogue.metrics import read_metric
from usagebill_tui.billing.catalogue.place import NOWHERE
from usagebill_tui.billing.catalogue.products import read_product
from usagebill_tui.billing.usage.trying import Vocabulary
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.product import Product
from usagebill_tui.tui.drafts import kept
from usagebill_tui.tui.forms.declared import fields_of
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.editor import EditorPage
from usagebill_tui.tui.screens.metric import MetricPage
from usagebill_tui.tui.screens.metric_fields import metric_fields, offered, typed_filters
from usagebill_tui.tui.screens.price_parts import as_rows, from_rows
from usagebill_tui.tui.screens.product import ProductPage
from usagebill_tui.tui.screens.product_fields import Offered, product_fields
from usagebill_tui.workspace import Workspace

METRICS = offered(REGISTRY, Vocabulary((), ()))
PRODUCTS = Offered(
    metrics=tuple((code, code) for code in ("a", "b.c", "d e")),
    models=tuple((one.name, one.title) for one in REGISTRY.pricing_models.values()),
    params={one.name: fields_of(one.parameters) for one in REGISTRY.pricing_models.values()},
    walking=frozenset(),
)


class Alone(App[None]):
    """A form, alone."""

    def compose(self) -> ComposeResult:
        yield Form((), id="form")


async def through_form(asked: Sequence[tuple[Sequence[Field], Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Put each one's values into a form, and return what the form then says."""
    app = Alone()
    found = []
    async with app.run_test(size=(60, 12)) as pilot:
        for fields, values in asked:
            form = app.query_one(Form)
            await form.ask(fields, values)
            await settled(pilot)
            assert form.problems() == {}
            found.append(form.values())
    return found


def metric_of(values: Mapping[str, Any], stored: Mapping[str, Any]) -> Metric:
    filters = typed_filters(values.get("filters", ()), stored.get("filters", ()))
    table = {**values, "filters": filters}
    if "exclude" in stored:
        table["exclude"] = stored["exclude"]
    return read_metric(table, NOWHERE, REGISTRY)


@given(st.lists(metrics("code"), min_size=2, max_size=2))
@settings(max_examples=3)
def test_a_metric_comes_back_from_its_form_and_from_its_draft(made: list[Metric]) -> None:
    tables = [metric_table(metric) for metric in made]
    drafts = [kept(table) for table in tables]
    asked = [(metric_fields(METRICS, table), table) for table in (*tables, *drafts)]
    found = asyncio.run(through_form(asked))
    assert [metric_of(f, t) for f, t in zip(found, [*tables, *tables], strict=True)] == [*made, *made]


@given(st.lists(products("code"), min_size=2, max_size=2))
@settings(max_examples=3)
def test_a_product_comes_back_from_its_form_and_from_its_draft(made: list[Product]) -> None:
    tables = [as_rows(product_table(product)) for product in made]
    asked = [(product_fields(PRODUCTS, t), t) for t in (*tables, *(kept(table) for table in tables))]
    found = asyncio.run(through_form(asked))
    assert [read_product(from_rows(values), NOWHERE, REGISTRY) for values in found] == [*made, *made]


SPECIAL = """
[[metric]]
code = "special"
name = "  spaces around "
aggregation = "unique_count"
property = '"a.b".c'
group_by = ['"x,y"', "z"]
filters = [
  { property = "region", op = "in", value = ["us, east", "true", true, 7, "7"] },
  { property = "tier", value = "true" },
  { property = "paid", value = true },
  { property = "off", op = "ne", value = false },
  { property = "none", value = "" },
  { property = "there", op = "exists", value = false },
  { property = "size", op = "gt", value = "1.50" },
]
exclude = [{ region = ["eu", "uk"], tier = "free" }]
rounding = { mode = "ceil", digits = -2 }
recurring = true
params = { operation_property = "op" }

[[product]]
code = "special"
name = "Special"
metric = "special"
[product.price]
model = "tiered"
tiers = [{ up_to = "5.001", unit_amount = "0.1", flat_amount = "3" }, { unit_amount = "0" }]
zero_usage_flat = "none"
free_units = "2"
discount_percent = "5"
maximum_amount = "90"
minimum_amount = "1"

[[product]]
code = "walked"
metric = "special"
price = { model = "percentage", rate_percent = "1.5", free_events = 3, min_per_event = "0.01" }

[[product]]
code = "divided"
metric = "special"
[product.price]
model = "per_unit"
unit_amount = "1"
group_by = ["project", '"a,b"']
by = [
  { when = { region = "eu, west", "a.b" = ["x", "1.50", true] }, model = "per_unit", unit_amount = "2" },
  { when = { '"q"' = "=" }, model = "tiered", tiers = [{ up_to = 5, unit_amount = 3 }, { unit_amount = 2 }] },
  { when = { gpu = true }, model = "package", package_size = 10, package_amount = 1, free_units = 2.5 },
]

[[product]]
code = "fee"
fee = "recurring"
timing = "advance"
price = { unit_amount = "49.00", quantity = "2.5" }
"""


async def test_all_that_the_demo_has_comes_back_from_its_form(demo_made: Path) -> None:
    with Workspace.open("demo", home=demo_made, clock=lambda: NOW) as workspace:
        catalogue = workspace.catalogue()
    made = list(catalogue.metrics.values())
    tables = [metric_table(metric) for metric in made]
    found = await through_form([(metric_fields(METRICS, table), table) for table in tables])
    assert [metric_of(values, table) for values, table in zip(found, tables, strict=True)] == made
    sold = list(catalogue.products.values())
    tables = [product_table(product) for product in sold]
    choice = PRODUCTS._replace(metrics=tuple((code, code) for code in catalogue.metrics))
    found = await through_form([(product_fields(choice, table), table) for table in tables])
    assert [read_product(values, NOWHERE, REGISTRY) for values in found] == sold


async def test_saving_unchanged_changes_nothing(tmp_path: Path) -> None:
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW) as workspace:
        workspace.apply_catalogue_text(SPECIAL, "special.toml")
        before = workspace.catalogue()
    app = made_app(tmp_path, "sandbox")
    pages: list[EditorPage] = [MetricPage("special")]
    pages += [ProductPage(code) for code in before.products]
    async with app.run_test(size=(120, 40)) as pilot:
        for page in pages:
            await app.push_screen(page)
            await settled(pilot)
            with Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW) as workspace:
                applied = workspace.apply_tables(page.tables(page.values()), dry_run=True)
            assert not applied.changes, page.key
            await pressed(pilot, "ctrl+s")
            assert not isinstance(app.screen, EditorPage), page.key
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW) as workspace:
        assert workspace.catalogue() == before
