"""A metric's filters and exclusions as SQL."""

from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Boolean, ColumnElement, cast, false, func, literal, not_, or_
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Numeric

from usagebill_tui.domain.metric import Filter, Scalar
from usagebill_tui.domain.quantity import FRACTION_DIGITS, INTEGER_DIGITS, parse_decimal, plain, to_quantity

QUANTITY = Numeric(INTEGER_DIGITS + FRACTION_DIGITS, FRACTION_DIGITS)


class Contains(GenericFunction[bool]):
    """Whether a text holds another, the empty one included; engines that write it otherwise say how."""

    type = Boolean()
    name = "contains"
    inherit_cache = True


class Property(msgspec.Struct, frozen=True):
    """The columns under which the events relation gives one property: its number and its text."""

    number: ColumnElement[Decimal]
    text: ColumnElement[str]


def condition(prop: Property, f: Filter) -> ColumnElement[bool]:
    """Return one filter as SQL; `domain.metric.Filter` says what a missing property fulfils."""
    values = f.value if isinstance(f.value, tuple) else (f.value,)
    match f.op:
        case "exists":
            return prop.text.is_not(None) if values[0] in {True, "true"} else prop.text.is_(None)
        case "eq" | "in":
            return or_(false(), *(_equal(prop, value) for value in values))
        case "ne" | "not_in":
            return not_(or_(false(), *(_equal(prop, value) for value in values)))
        case "contains":
            return or_(false(), *(_contains(prop, value) for value in values))
        case "not_contains":
            return not_(or_(false(), *(_contains(prop, value) for value in values)))
        case "gt" | "ge" | "lt" | "le":
            return or_(false(), *(_compared(prop, f.op, value) for value in values))


def as_text(value: Scalar) -> str:
    """Return a filter's value in the form in which properties are compared as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Scalar) -> Decimal | None:
    return None if isinstance(value, bool) else parse_decimal(str(value))


def _quantity(number: Decimal | None) -> ColumnElement[Decimal] | None:
    quantity = None if number is None else to_quantity(number)
    return None if quantity is None else cast(literal(plain(quantity)), QUANTITY)


def excluded(prop: Property, value: Scalar | tuple[Scalar, ...]) -> ColumnElement[bool]:
    """Return one property's part of an exclusion as SQL."""
    values = value if isinstance(value, tuple) else (value,)
    return or_(false(), *(_equal(prop, one) for one in values))


def _equal(prop: Property, value: Scalar) -> ColumnElement[bool]:
    quantity = _quantity(_number(value))
    same = prop.text == as_text(value) if quantity is None else prop.number == quantity
    return func.coalesce(same, false())


def _contains(prop: Property, value: Scalar) -> ColumnElement[bool]:
    return func.coalesce(Contains(prop.text, literal(as_text(value))), false())


def _compared(prop: Property, op: str, value: Scalar) -> ColumnElement[bool]:
    number = _number(value)
    quantity = _quantity(number)
    if number is not None and quantity is None:
        # Every quantity lies below a number that is too large to be one, and above its negative.
        return prop.number.is_not(None) if (number > 0) == (op in {"lt", "le"}) else false()
    left: ColumnElement[Any] = prop.text if quantity is None else prop.number
    right: ColumnElement[Any] = literal(as_text(value)) if quantity is None else quantity
    comparison = {"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[op]
    return func.coalesce(comparison, false())
