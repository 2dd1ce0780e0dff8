"""What a product's form asks for: the fee's kind decides, then the pricing model."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from usagebill_tui.domain.price import Modifiers
from usagebill_tui.domain.product import Interval
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.forms.declared import fields_of
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.price_parts import part_fields

if TYPE_CHECKING:
    from usagebill_tui.domain.catalogue import Catalogue
    from usagebill_tui.workspace import Workspace

FEES = (("metered", "metered: by usage"), ("recurring", "recurring: each period"), ("one_time", "one time"))

_MODIFIERS = {
    "free_units": ("Free units", "Taken off before the model"),
    "discount_percent": ("Discount %", "Off the model's amount"),
    "maximum_amount": ("At most", "The charge is held below this"),
    "minimum_amount": ("At least", "The charge is raised to this"),
}


_INTERVAL = Field(
    key="interval",
    title="Interval",
    kind="choice",
    choices=tuple((one, one.replace("_", " ")) for one in get_args(Interval)),
    default="the plan's",
    help="Periods of its own, such as a yearly fee beside monthly usage",
)


class Offered(NamedTuple):
    """What there is to choose from: metrics and pricing models as (value, title), and models' fields."""

    metrics: tuple[tuple[str, str], ...]
    models: tuple[tuple[str, str], ...]
    params: Mapping[str, tuple[Field, ...]]
    walking: frozenset[str]


def offered(workspace: "Workspace", catalogue: "Catalogue") -> Offered:
    """Return what there is to choose from in a workspace with this catalogue."""
    models = workspace.registry.pricing_models.values()
    return Offered(
        metrics=tuple((m.code, f"{m.name or m.code} ({m.code})") for m in catalogue.metrics.values()),
        models=tuple((one.name, f"{one.title} ({one.name})") for one in models),
        params={one.name: fields_of(one.parameters) for one in models},
        walking=frozenset(one.name for one in models if one.needs_events),
    )


def product_fields(offered: Offered, values: Mapping[str, Any]) -> list[Field]:
    """Return the fields for a product with these values."""
    fee = values.get("fee") or "metered"
    fields = [
        Field(key="code", title="Code", required=True, help="Unique; plans name it"),
        Field(key="name", title="Name", help="What the invoice calls it"),
        Field(key="fee", title="Fee", kind="choice", choices=FEES, default="metered: by usage"),
    ]
    if fee == "metered":
        fields.append(
            Field(
                key="metric",
                title="Metric",
                kind="choice",
                required=True,
                choices=offered.metrics,
                help="Its usage is priced",
            )
        )
    else:
        timing = (("arrears", "in arrears"), ("advance", "in advance"))
        fields.append(Field(key="timing", title="Due", kind="choice", choices=timing, default="in arrears"))
    if fee != "one_time":
        fields.append(_INTERVAL)
    help_ = "Rates of the catalogue; without any, the customer's"
    fields.append(Field(key="tax", title="Tax codes", kind="list", help=help_))
    return [*fields, Field(key="price", title="Price", kind="table", fields=_price(offered, values, fee))]


def _price(offered: Offered, values: Mapping[str, Any], fee: str) -> tuple[Field, ...]:
    if fee != "metered":
        return (
            Field(key="unit_amount", title="Amount", kind="number", required=True, bounds={"ge": 0}),
            Field(key="quantity", title="Quantity", kind="number", default="1", bounds={"ge": 0}),
        )
    model = (values.get("price") or {}).get("model") or ""
    return (
        Field(
            key="model",
            title="Pricing model",
            kind="choice",
            required=True,
            choices=_models(offered, model),
            help="How usage becomes an amount",
        ),
        *offered.params.get(model, ()),
        *(_modifiers(walks=model in offered.walking) if model else ()),
        *(part_fields(offered.models) if model else ()),
    )


def _models(offered: Offered, model: str) -> tuple[tuple[str, str], ...]:
    """Return the models on offer, and one that is stored though its plugin is gone."""
    if not model or model in offered.params:
        return offered.models
    return (*offered.models, (model, f"{plain(model, 40)}: its plugin is not loaded"))


def _modifiers(*, walks: bool) -> list[Field]:
    found = []
    for field in fields_of(Modifiers):
        title, text = _MODIFIERS[field.key]
        if not (walks and field.key == "free_units"):
            found.append(
                Field(key=field.key, title=title, help=text, kind="number", default="none", bounds={"ge": 0})
            )
    return found
