"""What a simulation is asked for: which other prices, over which days, for whom."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens import product_fields

if TYPE_CHECKING:
    from usagebill_tui.billing.simulating import SimulationRequest
    from usagebill_tui.domain.product import Product
    from usagebill_tui.workspace import Workspace

_KINDS = (
    ("plan", "everybody on one plan"),
    ("price", "another price of a product"),
    ("file", "a catalogue file"),
)
_WHAT = Field(
    key="what", title="Other prices", kind="choice", choices=_KINDS, required=True, help="Nothing is stored"
)
_FILE = Field(key="file", title="File", required=True, help="TOML; what it leaves out stays as it is")
_REST = (
    Field(key="period", title="Period", required=True, help="2026-10, 2026-Q3 or 2026-10-01..2026-11-01"),
    Field(key="customers", title="Customers", kind="list", default="all", help="Ids, with commas between"),
    Field(
        key="growth",
        title="Growth %",
        kind="number",
        default="0",
        bounds={"ge": -100},
        help="All usage grows by so much, before and after",
    ),
)


class Choices(NamedTuple):
    """What there is to choose from: plan versions, products, and what their prices may be."""

    plans: tuple[tuple[str, str], ...]
    products: "Mapping[str, Product]"
    prices: product_fields.Offered


class Shape(NamedTuple):
    """What decides which fields are asked for."""

    what: str
    product: str
    model: str


def offered(workspace: "Workspace") -> Choices:
    """Return what there is to choose from."""
    catalogue = workspace.catalogue_around()
    plans = tuple(
        (version.label, f"{version.plan.name or version.plan.code} ({version.label})")
        for _, version in sorted(catalogue.versions.items(), key=lambda one: (one[0][0], -one[0][1]))
    )
    return Choices(plans, catalogue.products, product_fields.offered(workspace, catalogue))


def shape(values: Mapping[str, Any]) -> Shape:
    """Return what of some values decides which fields are asked for."""
    what = values.get("what") or ""
    if what != "price":
        return Shape(what, "", "")
    return Shape(what, values.get("product") or "", (values.get("price") or {}).get("model") or "")


def fields(choices: Choices, values: Mapping[str, Any]) -> Sequence[Field]:
    """Return the fields for these values."""
    what = values.get("what")
    if what == "plan":
        asked: Sequence[Field] = (_plan(choices),)
    elif what == "price":
        asked = (_product(choices), *_price(choices, values))
    else:
        asked = (_FILE,) if what == "file" else ()
    return (_WHAT, *asked, *_REST)


def _plan(choices: Choices) -> Field:
    return Field(
        key="plan",
        title="Plan",
        kind="choice",
        required=True,
        choices=choices.plans,
        help="Every customer is put on it",
    )


def _product(choices: Choices) -> Field:
    named = tuple((code, f"{one.name or code} ({code})") for code, one in sorted(choices.products.items()))
    return Field(
        key="product",
        title="Product",
        kind="choice",
        required=True,
        choices=named,
        help="Its price changes in every plan that sells it",
    )


def _price(choices: Choices, values: Mapping[str, Any]) -> Sequence[Field]:
    product = choices.products.get(values.get("product") or "")
    if product is None:
        return ()
    every = product_fields.product_fields(choices.prices, {**values, "fee": product.fee})
    return [one for one in every if one.key == "price"]


def with_price(choices: Choices, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return values in which the chosen product has the price that it has today."""
    from usagebill_tui.domain.pricing import price_table

    product = choices.products.get(values.get("product") or "") if values.get("what") == "price" else None
    return values if product is None else {**values, "price": price_table(product.price)}


def request(workspace: "Workspace", values: Mapping[str, Any]) -> "SimulationRequest":
    """Return what is asked for as the workspace takes it; reads a file where one is named."""
    from pathlib import Path

    from usagebill_tui.billing.simulating import SimulationRequest
    from usagebill_tui.domain.periods import parse_period
    from usagebill_tui.workspace import read_text

    what, name = values["what"], ""
    text = None
    if what == "file":
        name = str(Path(values["file"]).expanduser())
        text = read_text(name)
    elif what == "price":
        text = workspace.repriced(values["product"], values.get("price") or {})
    return SimulationRequest(
        days=parse_period(values["period"]),
        plan=values["plan"] if what == "plan" else None,
        text=text,
        name=name,
        customers=tuple(values.get("customers", ())),
        growth=Decimal(values.get("growth", 0)),
    )


def told(values: Mapping[str, Any]) -> str:
    """Say what is simulated, for whom and when."""
    match values.get("what"):
        case "plan":
            what = f"everybody on {values.get('plan')}"
        case "price":
            what = f"another price of {values.get('product')}"
        case _:
            what = str(values.get("file"))
    customers = ", ".join(values.get("customers", ())) or "all customers"
    growth = f" · usage {values['growth']} % more" if values.get("growth") else ""
    return plain(f"{what} · {values.get('period')} · {customers}{growth}", 300)
