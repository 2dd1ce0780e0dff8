"""A catalogue file in which one product has another price, in every plan that sells it."""

from collections.abc import Mapping
from typing import Any

from usagebill_tui.billing.catalogue.layout import product_table
from usagebill_tui.billing.catalogue.toml import table_text
from usagebill_tui.billing.house import House
from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import NotFound
from usagebill_tui.store.catalogue import load_catalogue


def repriced(house: House, product: str, price: Mapping[str, Any]) -> str:
    """Return the file to simulate: a product with another price, as the file would write it.

    Raises NotFound for an unknown product.
    """
    with house.database.reading() as session:
        products = load_catalogue(session).products
    if product not in products:
        raise NotFound(f"there is no product {product!r}", mend=suggestion(product, products))
    return table_text("product", {**product_table(products[product]), "price": price})
