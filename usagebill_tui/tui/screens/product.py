"""One product: its form, the cost curve of its price, and a calculator."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from textual.widget import Widget

from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.editor import EditorPage, Prepared
from usagebill_tui.tui.screens.price_parts import as_rows, from_rows
from usagebill_tui.tui.screens.product_fields import offered, product_fields
from usagebill_tui.tui.widgets.price_preview import PricePreview

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace


class ProductPage(EditorPage):
    """Edits a product; the parameters asked for are those of the chosen pricing model."""

    PAGE = "products"
    NOUN = "product"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *EditorPage.ACTIONS,
        Action(id="product.simulate", keys="f4", title="Simulate this price", call="simulate",
               footer="simulate", help="What past usage would have come to; nothing is stored"),
    )  # fmt: skip

    def __init__(self, key: str = "") -> None:
        super().__init__(key)
        self._shape: tuple[object, object] = (None, None)
        self._usage: dict[str, dict[str, Decimal]] = {}

    def prepare(self, workspace: "Workspace") -> Prepared:
        """Return the fields for the stored product, with what there is to choose from."""
        from usagebill_tui.billing.catalogue.layout import product_table

        catalogue = workspace.catalogue_around()
        choices = offered(workspace, catalogue)
        product = catalogue.products.get(self.key)
        values = {} if product is None else as_rows(product_table(product))
        return Prepared(product_fields(choices, values), values, choices)

    def tables(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the table of the product."""
        return {"product": [from_rows(values)]}

    def fields_for(self, values: Mapping[str, Any]) -> Sequence[Field] | None:
        """Ask for what the fee's kind and the pricing model need."""
        shape = (values.get("fee") or "metered", (values.get("price") or {}).get("model"))
        if self.more is None or shape == self._shape:
            return None
        self._shape = shape
        return product_fields(self.more, values)

    def preview(self) -> Widget:
        """Return the cost curve and the calculator."""
        return PricePreview()

    def show_preview(self, values: dict[str, Any]) -> None:
        """Draw the price, with the customers of the metric on it."""
        price, metric = from_rows(values).get("price"), values.get("metric")
        shown = {"model": "per_unit", **price} if price and "quantity" not in price else None
        if metric is None or metric in self._usage:
            self._draw(shown, self._usage.get(metric or "", {}))
            return
        self.work(
            lambda workspace: _used(workspace, metric),
            lambda usage: self._draw(shown, self._usage.setdefault(metric, usage)),
            group="usage",
        )

    def action_simulate(self) -> None:
        """Simulate the price that is typed, saved or not."""
        if self.is_new:
            self.app.notify("Nothing was sold at a price of it yet: save it first", severity="warning")
            return
        from usagebill_tui.tui.screens.simulate import SimulatePage

        self.app.push_screen(SimulatePage(product=self.key, price=self.values().get("price")))

    def _draw(self, price: Mapping[str, Any] | None, usage: Mapping[str, Decimal]) -> None:
        self.query_one(PricePreview).show_price(price, "USD", usage)


def _used(workspace: "Workspace", metric: str) -> dict[str, Decimal]:
    """Return each customer's usage of a metric in its current period, where there is some."""
    from usagebill_tui.billing.usage.answering import UsageRequest

    if metric not in workspace.catalogue_around().metrics:
        return {}
    found: dict[str, Decimal] = {}
    for row in workspace.usage(UsageRequest(metrics=(metric,))):
        if row.units is not None and row.units > 0:
            found[row.customer] = found.get(row.customer, Decimal(0)) + row.units
    return found
