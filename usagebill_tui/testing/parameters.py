"""Laws of parameters: stored and read back they are the same, and what is wrong with them is named."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from usagebill_tui.billing.catalogue.parameters import plain_parameters
from usagebill_tui.domain.origin import described
from usagebill_tui.domain.pricing.conversion import convert
from usagebill_tui.errors import InvalidInput
from usagebill_tui.testing.inventing import Table
from usagebill_tui.testing.law import LawBroken

ROUND_TRIP = "parameters round-trip"
NAMED = "bad parameters are named"

_UNKNOWN = "no_such_parameter"
_WRONG_KINDS: tuple[Any, ...] = (
    {"neither": ["this", "nor that"]},
    [["neither"], {"this": "nor that"}],
    "neither a number nor a choice",
)
_EXTREMES: tuple[Any, ...] = ("", "0", "-1", "0.5", "1e-18", "99999999999999999999", None, True, [])


class Declared(msgspec.Struct, frozen=True):
    """Declared parameters: their type, what refuses bad ones with InvalidInput, and tables that are good."""

    kind: type[msgspec.Struct]
    accept: Callable[[Table], object]
    tables: Sequence[Table]


def parameters_round_trip(declared: Declared) -> None:
    """Parameters that are stored as plain data are the same when they are read back."""
    for table in declared.tables:
        params = convert(table, declared.kind)
        stored: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(plain_parameters(params)))
        again = convert(stored, declared.kind)
        if again != params:
            what = f"{params!r} is stored as {stored!r}, which reads {again!r}"
            raise LawBroken(ROUND_TRIP, what, f"{dict(table)!r}")


def bad_parameters_named(declared: Declared) -> None:
    """Whatever is wrong with a parameter is InvalidInput that names it."""
    table = declared.tables[0] if declared.tables else {}
    if _refusal(declared.accept, {**table, _UNKNOWN: "1"}, _UNKNOWN) is None:
        raise LawBroken(NAMED, "an unknown parameter is taken", f"{_UNKNOWN} = '1'")
    for field in msgspec.structs.fields(declared.kind):
        name = field.encode_name
        refused = [_refusal(declared.accept, {**table, name: value}, name) for value in _WRONG_KINDS]
        if not any(refused):
            raise LawBroken(
                NAMED, f"{name} takes anything: declare its type", f"{name} = {_WRONG_KINDS[0]!r}"
            )
        for value in _EXTREMES:  # these may be impossible with others, and any of them may be named
            _refusal(declared.accept, {**table, name: value}, name, *table)


def _refusal(accept: Callable[[Table], object], table: Table, name: str, *others: str) -> InvalidInput | None:
    """Return why a table is refused, None where it is taken; raises LawBroken where that names nothing."""
    example = f"{name} = {table[name]!r}"
    try:
        accept(table)
    except InvalidInput as error:
        if not any(re.search(rf"\b{re.escape(each)}\b", str(error)) for each in (name, *others)):
            raise LawBroken(NAMED, f"the refusal does not name {name}: {error}", example) from error
        return error
    except (Exception, SystemExit) as error:
        what = f"{name} is not refused but fails ({described(error)}); raise ValueError('{name}: …')"
        raise LawBroken(NAMED, what, example) from error
    return None
