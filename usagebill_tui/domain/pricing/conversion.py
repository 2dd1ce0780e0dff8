"""Plain data into a declared type, by the annotations that forms are made from.

A parameter is declared as `Annotated[Decimal, msgspec.Meta(title=…, description=…, extra={"ge": 0})]`:
msgspec has no bounds for decimals, so `gt`, `ge`, `lt` and `le` stand in `extra`.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.pricing.exact import Path, exact_number, refusal, whole_number
from usagebill_tui.domain.quantity import plain
from usagebill_tui.errors import InvalidInput

T = TypeVar("T", bound=msgspec.Struct)

_PLACED = re.compile(r"(.*) - at `(?:key in )?\$\.?(.*)`", re.DOTALL)
_BOUNDS = {
    "gt": (Decimal.__gt__, "must be above"),
    "ge": (Decimal.__ge__, "must not be below"),
    "lt": (Decimal.__lt__, "must be below"),
    "le": (Decimal.__le__, "must not be above"),
}
_type_info = cache(inspect.type_info)


def convert(table: Mapping[str, Any], into: type[T], also_known: Iterable[str] = ()) -> T:
    """Turn a table into the struct type `into`; numbers may be integers, decimals or text.

    Raises InvalidInput, naming the key, for unknown or missing keys and impossible values; the nearest
    of the struct's own keys and `also_known` is suggested for an unknown one.
    """
    prepared = _table(table, _type_info(into), (), also_known)
    try:
        return msgspec.convert(prepared, into)
    except msgspec.ValidationError as error:
        placed = _PLACED.fullmatch(str(error))
        what, where = placed.groups() if placed else (str(error), "")
        raise InvalidInput(what, where=where or None) from error


def _prepared(value: Any, declared: inspect.Type, path: Path) -> Any:
    prepared = value
    match declared:
        case inspect.Metadata(type=inner, extra=extra):
            prepared = _bounded(_prepared(value, inner, path), extra or {}, path)
        case inspect.UnionType(types=types):
            prepared = _optional(value, types, path)
        case inspect.DecimalType():
            prepared = exact_number(value, path)
        case inspect.IntType():
            prepared = whole_number(value, path)
        case inspect.LiteralType(values=values):
            prepared = _chosen(value, values, path)
        case inspect.StructType():
            prepared = _table(value, declared, path)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            prepared = _list(value, item, path)
        case inspect.DictType(value_type=item) if isinstance(value, Mapping):
            prepared = {key: _prepared(each, item, (*path, str(key))) for key, each in value.items()}
    return prepared


def _list(value: Any, item: inspect.Type, path: Path) -> Any:
    if not isinstance(value, list | tuple):
        raise refusal(path, "must be a list", "write it like [ … ]")
    return [_prepared(each, item, (*path, place)) for place, each in enumerate(value)]


def _table(table: Any, declared: inspect.Type, path: Path, also_known: Iterable[str] = ()) -> dict[str, Any]:
    if not isinstance(declared, inspect.StructType):
        raise TypeError(f"{declared!r} is not declared as a msgspec.Struct")
    if not isinstance(table, Mapping):
        raise refusal(path, "must be a table", "write it like { key = value }")
    fields = {field.encode_name: field for field in declared.fields}
    for key in table:
        if key not in fields:
            raise refusal((*path, key), "unknown key", suggestion(str(key), [*fields, *also_known]))
    for key, field in fields.items():
        if field.required and key not in table:
            raise refusal((*path, key), "missing")
    return {key: _prepared(value, fields[key].type, (*path, key)) for key, value in table.items()}


def _optional(value: Any, types: Iterable[inspect.Type], path: Path) -> Any:
    given = [each for each in types if not isinstance(each, inspect.NoneType)]
    return value if value is None or len(given) != 1 else _prepared(value, given[0], path)


def _chosen(value: Any, choice: Iterable[object], path: Path) -> Any:
    if value not in choice:
        raise refusal(path, f"{value!r} is not known", suggestion(str(value), [str(each) for each in choice]))
    return value


def _bounded(value: Any, bounds: Mapping[str, Any], path: Path) -> Any:
    if not isinstance(value, int | Decimal):
        return value
    for name, (holds, rule) in _BOUNDS.items():
        if name in bounds and not holds(Decimal(value), Decimal(bounds[name])):
            raise refusal(path, f"{rule} {bounds[name]}, not {plain(Decimal(value))}")
    return value
