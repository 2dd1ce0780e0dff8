"""Products: what is sold, and at which price."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.screens.archiving import ARCHIVE, ArchivingPage, marked
from usagebill_tui.tui.screens.product import ProductPage
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace


class ProductsPage(ArchivingPage):
    """The list of products; each opens into its form with its cost curve."""

    PAGE = "products"
    NOUN = "product"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="products.new", keys="n", title="New product", call="new", footer="new"),
        Action(id="products.open", keys="e", title="Edit the product", call="open", footer="edit"),
        *ARCHIVE,
    )

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Listing(
            [
                Column(key="code", title="Code", sortable=True),
                Column(key="name", title="Name", sortable=True, priority=1),
                Column(key="fee", title="Fee", sortable=True),
                Column(key="metric", title="Metric", sortable=True, priority=1),
                Column(key="price", title="Price"),
            ],
            _fetch,
            empty="No products yet. Press n to say what you sell.",
            noun="products",
            sort="code",
        )

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def action_new(self) -> None:
        """Describe a new product."""
        self.app.push_screen(ProductPage())

    def action_open(self) -> None:
        """Edit the product under the cursor."""
        key = self.query_one(Listing).key
        if key is not None:
            self.app.push_screen(ProductPage(key))

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Edit the product that was opened."""
        self.app.push_screen(ProductPage(event.key))


def _fetch(workspace: "Workspace", asked: PageRequest) -> Found:
    from usagebill_tui.billing.words import price_words

    catalogue = workspace.catalogue_around()
    products = (catalogue if asked.archived else catalogue.without_archived()).products.values()
    away = {key for noun, key in catalogue.archived if noun == "product"}
    sort = asked.sort or "code"
    rows = [
        marked(Row(p.code, (p.code, p.name, p.fee, p.metric or "", price_words(p.price))), away)
        for p in sorted(products, key=lambda p: str(getattr(p, sort) or ""), reverse=asked.descending)
        if asked.text.lower() in f"{p.code} {p.name}".lower()
    ]
    return PageFound(rows[asked.offset : asked.offset + asked.limit], len(rows), len(products))
