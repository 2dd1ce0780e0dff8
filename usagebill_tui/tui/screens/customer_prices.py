"""The prices of one subscription: those of its plan, and its own in their place."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Label

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import cell, content, plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.editor import EditorPage, Prepared
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.screens.price_parts import as_rows, from_rows
from usagebill_tui.tui.screens.product_fields import Offered, offered, product_fields
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row
from usagebill_tui.tui.widgets.price_preview import PricePreview

if TYPE_CHECKING:
    from usagebill_tui.domain.catalogue import Catalogue
    from usagebill_tui.workspace import Workspace


class PricesPage(Page):
    """Lists what a subscription's plan sells, with the plan's price and the subscription's own."""

    PAGE = "customers"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="prices.edit", keys="e", title="Give it a price of its own", call="edit", footer="edit"),
        Action(
            id="prices.remove",
            keys="d,delete",
            title="Back to the plan's price",
            call="remove",
            footer="plan's price",
        ),
    )

    def __init__(self, subscription: str) -> None:
        super().__init__()
        self.subscription = subscription

    @property
    def title_text(self) -> str:
        """Return whose prices these are."""
        return f"Prices of {plain(self.subscription, 60)}"

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Label(content(self.title_text), classes="section")
        yield Listing(
            [
                Column(key="product", title="Product"),
                Column(key="list", title="Plan's price"),
                Column(key="own", title="Own price"),
            ],
            self._fetch,
            empty="Its plan sells nothing.",
            noun="products",
        )

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def _fetch(self, workspace: "Workspace", asked: PageRequest) -> Found:
        from usagebill_tui.billing.words import price_words

        catalogue = workspace.catalogue_around(self.subscription)
        one = catalogue.subscriptions[self.subscription]
        products = catalogue.versions[one.plan, one.version].products
        none = Text("–", style="dim")
        rows = [
            Row(
                product.code,
                (
                    cell(product.code, longest=40),
                    cell(price_words(product.price), longest=50),
                    cell(f"● {price_words(one.prices[product.code])}", longest=50)
                    if product.code in one.prices
                    else none,
                ),
            )
            for product in products
            if asked.text.lower() in product.code.lower()
        ]
        return PageFound(rows[asked.offset : asked.offset + asked.limit], len(rows), len(products))

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Agree on a price of the product that was opened."""
        self.app.push_screen(OwnPriceEditor(self.subscription, event.key))

    def action_edit(self) -> None:
        """Agree on a price of the product under the cursor."""
        key = self.query_one(Listing).key
        if key is not None:
            self.app.push_screen(OwnPriceEditor(self.subscription, key))

    def action_remove(self) -> None:
        """Take the subscription's own price away, once the user is sure."""
        product = self.query_one(Listing).key
        if product is None:
            return

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(
                    lambda workspace: workspace.apply_tables(
                        own_price_tables(
                            workspace.catalogue_around(self.subscription), self.subscription, product, None
                        )
                    ),
                    lambda _: self.reload(),
                    group="apply",
                )

        effect = (
            f"{plain(product, 60)} of {plain(self.subscription, 60)} is priced as in its plan from now on."
        )
        self.app.push_screen(Confirm("Take the own price away?", effect, "Plan's price"), answered)


class OwnPriceEditor(EditorPage):
    """Edits the price that one subscription has of a product, in the place of its plan's."""

    PAGE = "customers"
    NOUN = "subscription"

    def __init__(self, subscription: str, product: str) -> None:
        super().__init__(f"{subscription}/{product}")
        self._subscription, self._product = subscription, product
        self._catalogue: Catalogue | None = None
        self._model: object = None
        self._currency = "USD"

    @property
    def draft_of(self) -> tuple[str, str]:
        """Return whose price of what is edited."""
        return "own_price", json.dumps([self._subscription, self._product])

    @property
    def title_text(self) -> str:
        """Return what is priced for whom."""
        return f"Price of {plain(self._product, 60)} for {plain(self._subscription, 60)}"

    def prepare(self, workspace: "Workspace") -> Prepared:
        """Return the fields of the price, filled with its own or else the plan's."""
        from usagebill_tui.domain.pricing import price_table

        catalogue = workspace.catalogue_around(self._subscription)
        self._catalogue = catalogue
        one = catalogue.subscriptions[self._subscription]
        product = catalogue.versions[one.plan, one.version].product(self._product)
        self._currency = catalogue.customers[one.customer].currency
        choices = offered(workspace, catalogue)
        values = as_rows({"price": price_table(one.prices.get(self._product, product.price))})
        return Prepared(_price_fields(choices, product.fee, values), values, (choices, product.fee))

    def tables(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the customer's table in which the subscription has this price."""
        if self._catalogue is None:
            return {}
        price = from_rows(values).get("price", {})
        return own_price_tables(self._catalogue, self._subscription, self._product, price)

    def fields_for(self, values: Mapping[str, Any]) -> Sequence[Field] | None:
        """Ask for the parameters of the pricing model that is chosen."""
        model = (values.get("price") or {}).get("model")
        if self.more is None or model == self._model:
            return None
        self._model = model
        choices, fee = self.more
        return _price_fields(choices, fee, values)

    def preview(self) -> Widget:
        """Return the cost curve and the calculator."""
        return PricePreview()

    def show_preview(self, values: dict[str, Any]) -> None:
        """Draw the price, where it is one by usage."""
        price = from_rows(values).get("price") or {}
        shown = {"model": "per_unit", **price} if price and "quantity" not in price else None
        self.query_one(PricePreview).show_price(shown, self._currency, {})


def own_price_tables(
    catalogue: "Catalogue", subscription: str, product: str, price: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the tables by which a subscription has a price of its own for a product, or none any more."""
    from usagebill_tui.billing.catalogue.layout import customer_table, subscription_table

    one = catalogue.subscriptions[subscription]
    table = subscription_table(one)
    prices = {code: each for code, each in table.get("prices", {}).items() if code != product}
    if price is not None:
        prices[product] = price
    customer = customer_table(catalogue.customers[one.customer])
    return {"customer": [{**customer, "subscription": [{**table, "prices": prices}]}]}


def _price_fields(choices: Offered, fee: str, values: Mapping[str, Any]) -> list[Field]:
    return [one for one in product_fields(choices, {**values, "fee": fee}) if one.key == "price"]
