"""What Parquet columns hold, as the values of JSON rows: exact, and in order."""

from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from usagebill_tui.events.readers.json_values import decode

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

_ODD = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}

Convert = Callable[[Any], Any]


class Kind(NamedTuple):
    """How values of a type are asked for, in SQL, and made what JSON would hold (None: they are that)."""

    sql: str
    convert: Convert | None = None


def kind_of(type_: "DuckDBPyType") -> Kind:
    """Return how values of a type are read; `convert` raises ValueError, with the reason, where it cannot."""
    if str(type_) == "JSON":
        return Kind("VARCHAR", decode)
    if type_.id.startswith("timestamp"):
        return Kind("VARCHAR", _instant)
    return _PLAIN.get(type_.id) or _nested(type_) or Kind("VARCHAR", _refusing(str(type_)))


def _nested(type_: "DuckDBPyType") -> Kind | None:
    if type_.id == "decimal":
        return Kind(str(type_))
    if type_.id not in ("struct", "list", "array", "map"):
        return None
    parts: list[Any] = type_.children
    kinds = {str(name): kind_of(part) for name, part in parts if name != "size"}
    if type_.id == "struct":
        members = ", ".join(f"{_quoted(name)} {kind.sql}" for name, kind in kinds.items())
        converts = {name: kind.convert for name, kind in kinds.items() if kind.convert}
        return Kind(f"STRUCT({members})", _members(converts) if converts else None)
    if type_.id == "map":
        return _map(kinds["key"], kinds["value"])
    (element,) = kinds.values()
    return Kind(f"{element.sql}[]", _elements(element.convert) if element.convert else None)


def _map(key: Kind, value: Kind) -> Kind | None:
    if key.sql.endswith((")", "]")) and not key.sql.startswith("DECIMAL"):
        return None
    return Kind(f"MAP(VARCHAR, {value.sql})", _values(value.convert) if value.convert else None)


def _members(converts: dict[str, Convert]) -> Convert:
    def convert(value: dict[str, Any]) -> dict[str, Any]:
        return {
            name: converts[name](member) if name in converts and member is not None else member
            for name, member in value.items()
        }

    return convert


def _values(convert: Convert) -> Convert:
    return lambda value: {key: None if member is None else convert(member) for key, member in value.items()}


def _elements(convert: Convert) -> Convert:
    return lambda value: [None if element is None else convert(element) for element in value]


def _double(value: float) -> Decimal | str:
    """Return a double's shortest text as a number; what is none stays a text."""
    return Decimal(repr(value)) if isfinite(value) else _ODD[repr(value)]


def _shortest(text: str) -> Decimal | str:
    return _ODD.get(text) or Decimal(text)


def _instant(text: str) -> str:
    """Return a timestamp as RFC 3339 writes it, with `Z` where it is an instant."""
    return text.replace(" ", "T", 1).replace("+00", "Z")


def _refusing(kind: str) -> Convert:
    def refuse(_: object) -> object:
        raise ValueError(f"holds {'bytes' if kind == 'BLOB' else f'values of the type {kind}'}")

    return refuse


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_TEXTS = ("uuid", "date", "time", "time with time zone", "interval", "enum", "bit")
_PLAIN = {
    **{name.lower(): Kind(name) for name in ("BOOLEAN", "VARCHAR", *_INTEGERS)},
    **{f"u{name.lower()}": Kind(f"U{name}") for name in _INTEGERS},
    **{name: Kind("VARCHAR") for name in (*_TEXTS, "null")},
    "double": Kind("DOUBLE", _double),
    # Python would get the double that is nearest to it, with digits that nobody wrote.
    "float": Kind("VARCHAR", _shortest),
}
