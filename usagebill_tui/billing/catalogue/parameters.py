"""Parameters of aggregation types and pricing models, as plain data of one form.

The same parameters always look the same, however they were written (`"0.50"`, `0.5`), so that rewriting a
number makes no new plan version.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from usagebill_tui.billing.catalogue.place import Place
from usagebill_tui.billing.catalogue.values import table
from usagebill_tui.domain.pricing.conversion import convert
from usagebill_tui.domain.quantity import plain
from usagebill_tui.errors import InvalidInput

_KEY = re.compile(r"([a-z_]+(?:\[\d+\])?(?:\.[a-z_]+)*): ")
_ALWAYS_SAID = ("unit_amount", "rate_percent")
"""Parameters that are written even at their default, since a tier without its price reads oddly."""


def plain_parameters(parameters: msgspec.Struct) -> dict[str, Any]:
    """Return the parameters that are not at their defaults as text, whole numbers, lists and tables."""
    fields = msgspec.structs.fields(parameters)
    values = {field.encode_name: (getattr(parameters, field.name), _default(field)) for field in fields}
    return {
        key: _plain(value)
        for key, (value, default) in values.items()
        if key in _ALWAYS_SAID or value != default
    }


def aggregation_parameters(value: Any, kind: type[msgspec.Struct], place: Place) -> dict[str, Any]:
    """Check the parameters of an aggregation type and return their plain form.

    Raises InvalidInput with the key that is unknown, missing or impossible.
    """
    try:
        return plain_parameters(convert(table(value, place), kind))
    except InvalidInput as error:
        raise placed(error, place) from None


def placed(error: InvalidInput, place: Place) -> InvalidInput:
    """Return an error about parameters with its place in the file; a model's own rules begin with the key."""
    found = None if error.where else _KEY.match(error.what)
    if found is None:
        return place.within(error.where).error(error.what, mend=error.mend)
    return place.within(found[1]).error(error.what[found.end() :], mend=error.mend)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    """Return a field's default value, NODEFAULT where it has none."""
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _plain(value: Any) -> Any:
    """Return a value of a parameter as plain data; decimals and days become text."""
    match value:
        case date():
            return value.isoformat()
        case Decimal():
            return plain(value)
        case msgspec.Struct():
            return plain_parameters(value)
        case dict():
            return {str(key): _plain(element) for key, element in value.items()}
        case list() | tuple():
            return [_plain(element) for element in value]
        case _:
            return value
