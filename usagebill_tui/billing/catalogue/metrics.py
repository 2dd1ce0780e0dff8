"""Metrics in a catalogue file."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from usagebill_tui.billing.catalogue import values
from usagebill_tui.billing.catalogue.parameters import aggregation_parameters
from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.billing.catalogue.tables import read_table
from usagebill_tui.domain.metric import Filter, Metric, Operator, Rounding, Scalar
from usagebill_tui.domain.quantity import FRACTION_DIGITS, INTEGER_DIGITS, plain
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.registry import Registry

_WIDEST_INTEGER = 2**63
_MANY = ("in", "not_in")
_TEXTUAL = ("contains", "not_contains")
_STATELESS = ("count", "max", "min", "average", "latest", "percentile")
"""The built-in aggregation types that have nothing to carry from one period to the next."""


def read_metric(table: Any, place: Place, registry: Registry) -> Metric:
    """Read and check one `[[metric]]` table."""
    metric = Metric(**read_table(table, _METRIC, place, required=("code", "aggregation")))
    return check_metric(metric, registry, place)


def check_metric(metric: Metric, registry: Registry, place: Place = NOWHERE) -> Metric:
    """Return the metric with its parameters in their plain form.

    Raises InvalidInput, naming the key, for what is impossible: an unknown aggregation, a property that it
    needs or cannot have, a filter that compares with nothing.
    """
    values.code(metric.code, place.key("code"))
    if metric.event:
        values.code(metric.event, place.key("event"))
    try:
        aggregation = registry.aggregation(metric.aggregation)
    except InvalidInput as error:
        raise place.key("aggregation").error(error.what, mend=error.mend) from None
    if metric.recurring and metric.aggregation in _STATELESS:
        raise place.key("recurring").error(f"{metric.aggregation!r} carries no state", mend="take it out")
    _check_property(metric, aggregation.reads, place.key("property"))
    for index, group_key in enumerate(metric.group_by):
        values.path(group_key, place.key("group_by").item(index))
    values.refuse_repeated(metric.group_by, place.key("group_by"))
    for index, condition in enumerate(metric.filters):
        _check_filter(condition, place.key("filters").item(index))
    if metric.rounding is not None:
        digits = metric.rounding.digits
        values.between(digits, -INTEGER_DIGITS, FRACTION_DIGITS, place.key("rounding").key("digits"))
    params = aggregation_parameters(dict(metric.params), aggregation.parameters, place.key("params"))
    return msgspec.structs.replace(metric, params=params)


def _check_property(metric: Metric, reads: str, place: Place) -> None:
    """Refuse a property that the aggregation type needs and lacks, or has and cannot use."""
    if reads == "nothing" and metric.property is not None:
        raise place.error(f"{metric.aggregation!r} reads no property", mend="take it out")
    if reads != "nothing" and metric.property is None:
        raise place.error(
            f"{metric.aggregation!r} needs a property", mend="name the property whose values are aggregated"
        )
    if metric.property is not None:
        values.path(metric.property, place)


def _check_filter(condition: Filter, place: Place) -> None:
    """Refuse a value that the filter's operator cannot compare with."""
    values.path(condition.property, place.key("property"))
    value, at = condition.value, place.key("value")
    if condition.op in _MANY:
        if not isinstance(value, tuple) or not value:
            raise at.error(f"{condition.op!r} needs a list of values", mend='write it like ["us", "eu"]')
    elif isinstance(value, tuple):
        raise at.error(f"{condition.op!r} compares with one value", mend="use in or not_in for a list")
    elif condition.op == "exists" and not isinstance(value, bool):
        raise at.error("'exists' is true or false", mend="write true or false without quotes")
    elif condition.op in _TEXTUAL and not isinstance(value, str):
        raise at.error(f"{condition.op!r} looks for a text", mend="put it in quotes")
    elif condition.op in ("gt", "ge", "lt", "le") and isinstance(value, bool):
        raise at.error("true and false have no order", mend="use eq or ne")


def _scalar(value: Any, place: Place) -> Scalar:
    """Read a value to compare with: fractions and very long numbers as their text, as they are stored."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return values.text(value, place)
    if not isinstance(value, int | Decimal):
        raise place.error(f"{values.shown(value)} is neither text, number, true nor false")
    exact = values.number(value, place)
    if exact == int(exact) and abs(exact) < _WIDEST_INTEGER:
        return int(exact)
    return plain(exact)


def _scalars(value: Any, place: Place) -> Scalar | tuple[Scalar, ...]:
    """Read one value to compare with, or a list of them."""
    return values.list_of(_scalar)(value, place) if isinstance(value, list) else _scalar(value, place)


def _filter(value: Any, place: Place) -> Filter:
    """Read one condition."""
    condition = Filter(**read_table(value, _FILTER, place, required=("property",)))
    if condition.op != "exists" and "value" not in value:
        raise place.key("value").error("the key 'value' is missing", mend="add value = …")
    return condition


def _exclusion(value: Any, place: Place) -> Mapping[str, Scalar | tuple[Scalar, ...]]:
    """Read one table of property = value or list of values."""
    if not values.table(value, place):
        raise place.error("is empty, so it would exclude nothing", mend="name a property or take it out")
    for key, wanted in value.items():
        values.path(key, place.key(key))
        if wanted == []:
            raise place.key(key).error("is an empty list", mend="name a value or take it out")
    return {key: _scalars(wanted, place.key(key)) for key, wanted in value.items()}


def _rounding(value: Any, place: Place) -> Rounding:
    """Read how usage is rounded."""
    return Rounding(**read_table(value, _ROUNDING, place))


_FILTER = {"property": values.text, "op": values.choice("operator", Operator), "value": _scalars}
_ROUNDING = {
    "mode": values.choice("rounding mode", Rounding.__annotations__["mode"]),
    "digits": values.whole,
}
_METRIC = {
    "code": values.code,
    "name": values.text,
    "event": values.code,
    "aggregation": values.text,
    "property": values.text,
    "unit": values.text,
    "group_by": values.list_of(values.text),
    "filters": values.list_of(_filter),
    "exclude": values.list_of(_exclusion),
    "rounding": _rounding,
    "recurring": values.flag,
    "params": values.table,
}
