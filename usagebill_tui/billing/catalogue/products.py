"""Products in a catalogue file."""

from typing import Any

import msgspec

from usagebill_tui.billing.catalogue import values
from usagebill_tui.billing.catalogue.fees import check_fee
from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.billing.catalogue.prices import check_price, read_price
from usagebill_tui.billing.catalogue.tables import read_table, unread
from usagebill_tui.billing.catalogue.taxes import tax_codes
from usagebill_tui.domain.product import Fee, Interval, Product, Timing
from usagebill_tui.plugin.registry import Registry


def read_product(table: Any, place: Place, registry: Registry) -> Product:
    """Read and check one `[[product]]` table."""
    fields = read_table(table, _PRODUCT, place, required=("code", "price"))
    fields["price"] = read_price(fields["price"], place.key("price"), registry, fields.get("fee", "metered"))
    return check_product(Product(**fields), registry, place)


def check_product(product: Product, registry: Registry, place: Place = NOWHERE) -> Product:
    """Return the product with its price in plain form.

    Raises InvalidInput, naming the key, for what is impossible: usage without a metric, a fee with one.
    """
    values.code(product.code, place.key("code"))
    metered = product.fee == "metered"
    if metered and product.metric is None:
        raise place.key("metric").error(
            "a metered product needs a metric", mend='add metric = "…" or a fee type'
        )
    if not metered and product.metric is not None:
        raise place.key("metric").error(f"a {product.fee} fee has no metric", mend="take it out")
    if metered and product.timing != "arrears":
        raise place.key("timing").error("usage is always billed in arrears", mend="take it out")
    if product.fee == "one_time" and product.interval is not None:
        raise place.key("interval").error("a one-time fee has no interval", mend="take it out")
    if not metered:
        check_fee(product.price, place.key("price"))
    price = check_price(product.price, registry, place.key("price"), counted=not metered)
    return msgspec.structs.replace(product, price=price)


_PRODUCT = {
    "code": values.code,
    "name": values.text,
    "fee": values.choice("fee type", Fee),
    "metric": values.code,
    "timing": values.choice("timing", Timing),
    "tax": tax_codes,
    "price": unread,
    "interval": values.choice("interval", Interval),
}
