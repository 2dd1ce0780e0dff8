"""Fields from declarations: the annotations of a parameters' type say all that a form needs.

A plugin's pricing model or aggregation type has a full form this way, without a line of Textual.
"""

from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from usagebill_tui.domain.quantity import plain
from usagebill_tui.tui.forms.field import Field, Kind

_type_info = cache(inspect.type_info)


def fields_of(declared: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return a field for each parameter of a type, in the order in which they are declared."""
    info = _type_info(declared)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{declared!r} is not a msgspec.Struct")
    return _fields(info)


def _fields(info: inspect.StructType) -> tuple[Field, ...]:
    return tuple(_field(field) for field in info.fields)


def _field(field: inspect.Field) -> Field:
    declared, schema, bounds = _unwrapped(field.type)
    kind, parts, choices = _kind(declared)
    return Field(
        key=field.encode_name,
        title=str(schema.get("title") or field.encode_name.replace("_", " ").capitalize()),
        help=str(schema.get("description") or ""),
        kind=kind,
        required=field.required,
        default=_default(field.default),
        choices=choices,
        bounds=bounds,
        fields=parts,
    )


def _unwrapped(declared: inspect.Type) -> tuple[inspect.Type, dict[str, Any], dict[str, Any] | None]:
    """Return a type without what says how it is titled and bounded, and without None."""
    schema: dict[str, Any] = {}
    bounds: dict[str, Any] | None = None
    while True:
        if isinstance(declared, inspect.Metadata):
            schema = {**(declared.extra_json_schema or {}), **schema}
            bounds = {**(declared.extra or {}), **(bounds or {})} or None
            declared = declared.type
        elif isinstance(declared, inspect.UnionType):
            given = [each for each in declared.types if not isinstance(each, inspect.NoneType)]
            if len(given) != 1:
                return declared, schema, bounds
            declared = given[0]
        else:
            return declared, schema, bounds


_SINGLE: dict[type[inspect.Type], Kind] = {
    inspect.DecimalType: "number",
    inspect.IntType: "whole",
    inspect.BoolType: "flag",
    inspect.DateType: "date",
    inspect.StrType: "text",
}
_LISTED = (inspect.StrType, inspect.IntType, inspect.DecimalType, inspect.LiteralType, inspect.DateType)
"""What a list with commas may hold."""


def _kind(declared: inspect.Type) -> tuple[Kind, tuple[Field, ...], tuple[tuple[str, str], ...]]:
    match declared:
        case inspect.LiteralType(values=values):
            return "choice", (), tuple((str(v), str(v).replace("_", " ")) for v in values)
        case inspect.StructType():
            return "table", _fields(declared), ()
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            inner, _, _ = _unwrapped(item)
            if isinstance(inner, inspect.StructType):
                return "rows", _cells(inner), ()
            return ("list" if type(inner) in _LISTED else "data"), (), ()
    return _SINGLE.get(type(declared), "data"), (), ()


def _cells(row: inspect.StructType) -> tuple[Field, ...]:
    """Return the fields of a row; rows within a row are typed as data."""
    return tuple(replace(f, kind="data", fields=()) if f.kind == "rows" else f for f in _fields(row))


def _default(default: Any) -> str:
    match default:
        case None | msgspec.UNSET:
            return ""
        case Decimal():
            return plain(default)
        case bool():
            return "true" if default else "false"
        case int() | str():
            return str(default)
    return ""
