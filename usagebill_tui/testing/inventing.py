"""Parameters made up from their declaration, for things that name no examples of their own."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
from msgspec import inspect

from usagebill_tui.domain.quantity import plain
from usagebill_tui.errors import InvalidInput
from usagebill_tui.testing.dice import dice

Table = Mapping[str, Any]
"""Parameters as a catalogue file has them."""

_ATTEMPTS = 300
_WANTED = 4
_NUMBERS = tuple(
    map(Decimal, ("0", "1", "2", "5", "10", "100", "1000", "0.5", "0.001", "12.75", "-1", "-2.5"))
)
_TEXTS = ("value", "eu", "UTC", "08:00", "a.b")


class CannotInvent(Exception):
    """A type for which no value can be made up."""


def invented(kind: type[msgspec.Struct], accept: Callable[[Table], object]) -> list[Table]:
    """Return up to four tables that `accept` takes without InvalidInput; none where none is found."""
    if not msgspec.structs.fields(kind):
        return [{}]
    chance = dice("parameters", kind.__name__)
    found: list[Table] = []
    for _ in range(_ATTEMPTS):
        try:
            table = _table(inspect.type_info(kind), chance)
            accept(table)
        except InvalidInput:
            continue
        except CannotInvent:
            break
        if table not in found:
            found.append(table)
        if len(found) == _WANTED:
            break
    return found


def _table(declared: inspect.Type, chance: Random) -> dict[str, Any]:
    if not isinstance(declared, inspect.StructType):
        raise CannotInvent
    return {
        field.encode_name: _value(field.type, chance)
        for field in declared.fields
        if field.required or chance.random() < 0.7  # noqa: PLR2004 - mostly given, sometimes left out
    }


def _value(declared: inspect.Type, chance: Random, extra: Mapping[str, Any] | None = None) -> Any:
    match declared:
        case inspect.Metadata(type=inner, extra=given):
            made = _value(inner, chance, given)
        case inspect.UnionType(types=types):
            made = _value(chance.choice(types), chance, extra)
        case inspect.StructType():
            made = _table(declared, chance)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            made = _rising([_value(item, chance) for _ in range(chance.randint(1, 3))], item)
        case inspect.DictType(value_type=item):
            made = {"value": _value(item, chance)}
        case inspect.LiteralType(values=values):
            made = chance.choice(list(values))
        case inspect.EnumType(cls=cls):
            made = chance.choice([member.value for member in cls])
        case _:
            made = _scalar(declared, chance, extra or {})
    return made


def _scalar(declared: inspect.Type, chance: Random, bounds: Mapping[str, Any]) -> Any:
    match declared:
        case inspect.NoneType():
            return None
        case inspect.BoolType():
            return chance.random() < 0.5  # noqa: PLR2004 - a fair coin
        case inspect.DecimalType():
            return plain(chance.choice(_within(bounds, _NUMBERS)))
        case inspect.IntType():
            return int(chance.choice(_within(bounds, [n for n in _NUMBERS if n == int(n)])))
        case inspect.StrType():
            return chance.choice(_TEXTS)
        case _:
            raise CannotInvent


def _within(bounds: Mapping[str, Any], numbers: Sequence[Decimal]) -> list[Decimal]:
    """Return those numbers that are within declared bounds; negative ones only where bounds say so."""
    rules: dict[str, Callable[[Decimal, Decimal], bool]] = {
        "gt": Decimal.__gt__,
        "ge": Decimal.__ge__,
        "lt": Decimal.__lt__,
        "le": Decimal.__le__,
    }
    limits = [(rules[name], Decimal(limit)) for name, limit in bounds.items() if name in rules]
    limits += [] if {"gt", "ge"} & set(bounds) else [(Decimal.__ge__, Decimal(0))]
    within = [number for number in numbers if all(rule(number, limit) for rule, limit in limits)]
    if not within:
        within = [limit for _, limit in limits if all(rule(limit, other) for rule, other in limits)]
    if not within:
        raise CannotInvent
    return within


def _rising(rows: list[Any], item: inspect.Type) -> list[Any]:
    """Let bounds that may be empty, as those of tiers, rise from row to row and the last be empty."""
    if not isinstance(item, inspect.StructType):
        return rows
    for field in item.fields:
        if _may_be_empty_number(field.type) and all(isinstance(row, dict) for row in rows):
            for place, row in enumerate(rows, start=1):
                row.pop(field.encode_name, None)
                if place < len(rows):
                    row[field.encode_name] = str(10**place)
    return rows


def _may_be_empty_number(declared: inspect.Type) -> bool:
    match declared:
        case inspect.Metadata(type=inner):
            return _may_be_empty_number(inner)
        case inspect.UnionType(types=types):
            kinds = [each.type if isinstance(each, inspect.Metadata) else each for each in types]
            empty = any(isinstance(each, inspect.NoneType) for each in kinds)
            return empty and any(isinstance(each, inspect.DecimalType | inspect.IntType) for each in kinds)
        case _:
            return False
