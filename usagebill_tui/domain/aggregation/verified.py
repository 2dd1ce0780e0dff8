"""What an aggregation type asks for and makes of it, checked before usage rests on it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

from usagebill_tui.domain.aggregation.measures import Measure
from usagebill_tui.domain.aggregation.protocol import Aggregation
from usagebill_tui.domain.origin import contained, failure
from usagebill_tui.domain.quantity import FRACTION_DIGITS, exact_arithmetic, round_to

KIND = "aggregation type"
_MEASURES = get_args(Measure)
_INTEGER_DIGITS = 90


def verified_measures(aggregation: Aggregation, path: str, params: Any) -> dict[str, Measure]:
    """Let a type name its measures; raises InvalidInput, naming the type, where they are none."""
    with contained(KIND, aggregation, "failed to name its measures"):
        measures: list[tuple[object, object]] = list(aggregation.measures(path, params).items())
    checked: dict[str, Measure] = {}
    for name, measure in measures:
        if not isinstance(name, str) or not isinstance(measure, _MEASURES):
            raise failure(KIND, aggregation, f"asked for {measure!r} as {name!r}, which is no measure")
        checked[name] = measure
    return checked


def verified_value(
    aggregation: Aggregation, values: Mapping[str, Decimal | None], params: Any
) -> Decimal | None:
    """Let a type make its quantity, rounded half away from zero to 18 digits after the point.

    Raises InvalidInput, naming the type, where it fails or the quantity is no finite Decimal.
    """
    with contained(KIND, aggregation), exact_arithmetic():
        value: object = aggregation.finish(values, params)
    if value is None:
        return None
    if not isinstance(value, Decimal) or not value.is_finite():
        raise failure(KIND, aggregation, f"returned {value!r} where an exact Decimal is due")
    if value.adjusted() >= _INTEGER_DIGITS:
        raise failure(KIND, aggregation, "returned a quantity beyond all reason")
    return round_to(value, FRACTION_DIGITS)
