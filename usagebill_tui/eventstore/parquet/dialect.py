"""SQLAlchemy statements for DuckDB: compiled as PostgreSQL's SQL, run on a DuckDB connection."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import duckdb
from sqlalchemy import ColumnElement, Select, cast, func, tuple_
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import BigInteger, Text, UserDefinedType

from usagebill_tui.eventstore.query import Scaled

_DIALECT: Dialect = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call] # SQLAlchemy's own

_WHOLE_LIMB, _FRACTION_LIMB = 10, 9


class HugeInteger(UserDefinedType[int]):
    """DuckDB's whole numbers of 128 bits."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Return the type's name in SQL."""
        return "HUGEINT"


def run(connection: duckdb.DuckDBPyConnection, query: Select[Any]) -> list[tuple[Any, ...]]:
    """Run a select and return all its rows."""
    rows: list[tuple[Any, ...]] = connection.execute(*_statement(query)).fetchall()
    return rows


def stream(
    connection: duckdb.DuckDBPyConnection, query: Select[Any], size: int
) -> Iterator[list[tuple[Any, ...]]]:
    """Run a select and yield its rows, at most `size` at a time; until the last, run nothing else."""
    cursor = connection.execute(*_statement(query))
    while rows := cursor.fetchmany(size):
        yield rows


def run_into(connection: duckdb.DuckDBPyConnection, table: str, query: Select[Any]) -> None:
    """Run a select and keep its rows in a temporary table."""
    sql, parameters = _statement(query)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}", parameters)


def _statement(query: Select[Any]) -> tuple[str, list[Any]]:
    compiled = query.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    if not isinstance(compiled, SQLCompiler):  # pragma: no cover - a select always compiles to this
        raise TypeError(type(compiled))
    parameters = [compiled.params[name] for name in compiled.positiontup or ()]
    return str(compiled), parameters


class DuckDBTranslation:
    """What DuckDB says in its own way; `wide` splits sums that a DECIMAL(38,18) might not hold."""

    def __init__(self, *, wide: bool) -> None:
        self._wide = wide

    def sum(self, number: ColumnElement[Decimal]) -> Sequence[Scaled]:
        """Return the sum, or the sums of the whole parts and of the fractions."""
        if not self._wide:
            return [(func.sum(number), 0)]
        whole = func.trunc(number)
        return [(func.sum(whole), 0), (func.sum(number - whole), 0)]

    def weighted_sum(self, number: ColumnElement[Decimal], weight: ColumnElement[int]) -> Sequence[Scaled]:
        """Return the sums of four limbs × weight; none outgrows 128 bits in less than 10¹⁰ rows."""
        whole = cast(func.trunc(number), HugeInteger())
        fraction = cast((number - func.trunc(number)) * 10**18, BigInteger())
        limbs = [*_split(whole, 0, _WHOLE_LIMB), *_split(fraction, -18, _FRACTION_LIMB)]
        return [(func.sum(cast(limb, HugeInteger()) * weight), power) for limb, power in limbs]

    def microseconds(self, instant: ColumnElement[Any]) -> ColumnElement[int]:
        """Return the microseconds since 1970."""
        return func.epoch_us(instant)

    def plain_number(self, number: ColumnElement[Decimal]) -> ColumnElement[str]:
        """Return a number as text in plain notation."""
        return func.rtrim(func.rtrim(cast(number, Text()), "0"), ".")

    def latest(self, value: ColumnElement[Any], order: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        """Return the non-null value that is last by `order`."""
        return func.arg_max(value, tuple_(*order))


def _split(number: ColumnElement[Any], power: int, digits: int) -> list[Scaled]:
    """Split a whole number into its last digits and what stands before them, both of its sign."""
    return [(number.op("//")(10**digits), power + digits), (number.op("%")(10**digits), power)]
