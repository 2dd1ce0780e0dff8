"""Rates of tax in a catalogue file, and the codes by which products and customers name them."""

from collections.abc import Mapping, Sequence
from typing import Any

from usagebill_tui.billing.catalogue import values
from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.billing.catalogue.tables import read_table
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.tax import Tax


def read_tax(table: Any, place: Place) -> Tax:
    """Read and check one `[[tax]]` table."""
    return check_tax(Tax(**read_table(table, _TAX, place, required=("code", "percent"))), place)


def check_tax(tax: Tax, place: Place = NOWHERE) -> Tax:
    """Return the rate; raises InvalidInput, naming the key, for what is impossible."""
    values.code(tax.code, place.key("code"))
    values.within_hundred(tax.percent, place.key("percent"))
    return tax


def tax_codes(value: Any, place: Place) -> tuple[str, ...]:
    """Read the code of a rate, or a list of codes."""
    if isinstance(value, str):
        return (values.code(value, place),)
    codes = values.list_of(values.code)(value, place)
    values.refuse_repeated(codes, place)
    return codes


def check_taxes(codes: Sequence[str], known: Mapping[str, Tax], place: Place = NOWHERE) -> None:
    """Refuse codes that are not known, and a second rate that the price would have to contain."""
    for code in codes:
        if code not in known:
            raise place.error(f"unknown tax {code!r}", mend=suggestion(code, known))
    inclusive = [code for code in codes if known[code].inclusive]
    if len(inclusive) > 1:
        raise place.error(
            f"a price contains one tax, not both {inclusive[0]!r} and {inclusive[1]!r}",
            mend="declare their sum as one tax, or let one not be inclusive",
        )


_TAX = {
    "code": values.code,
    "name": values.text,
    "percent": values.percent,
    "inclusive": values.flag,
}
