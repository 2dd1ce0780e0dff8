"""SQLAlchemy statements for DuckDB: compiled as plain SQL, run on a DuckDB connection."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import duckdb
from sqlalchemy import ColumnElement, FromClause, Join, Select, cast, func, tuple_
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import BigInteger, Text

from usagebill_tui.domain.quantity import LIMIT
from usagebill_tui.eventstore.query import Scaled

_DIALECT = DefaultDialect(paramstyle="numeric_dollar", supports_native_boolean=True)

_HALF = 10**9
_DAY = 86_400_000_000


def run(connection: duckdb.DuckDBPyConnection, query: Select[Any]) -> list[tuple[Any, ...]]:
    """Run a select and return all its rows."""
    rows: list[tuple[Any, ...]] = connection.execute(*statement(query)).fetchall()
    return rows


def stream(
    connection: duckdb.DuckDBPyConnection, query: Select[Any], size: int
) -> Iterator[list[tuple[Any, ...]]]:
    """Run a select and yield its rows, at most `size` at a time; until the last, run nothing else."""
    cursor = connection.execute(*statement(query))
    while rows := cursor.fetchmany(size):
        yield rows


def run_into(connection: duckdb.DuckDBPyConnection, table: str, query: Select[Any]) -> None:
    """Run a select and keep its rows in a temporary table."""
    sql, parameters = statement(query)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}", parameters)


def statement(query: Select[Any]) -> tuple[str, list[Any]]:
    """Return the SQL of a select, and its parameters."""
    compiled = query.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    if not isinstance(compiled, SQLCompiler):  # pragma: no cover - a select always compiles to this
        raise TypeError(type(compiled))
    parameters = [compiled.params[name] for name in compiled.positiontup or ()]
    return str(compiled), parameters


class DuckDBTranslation:
    """What DuckDB says in its own way; no sum of the numbers' absolute values exceeds `bound`.

    A DECIMAL(38,18) has 20 digits before the point, and DuckDB raises where they are not enough: sums that
    might need more are taken of whole parts, as DECIMAL(38,0), and of fractions.
    """

    def __init__(self, bound: Decimal) -> None:
        self._bound = bound

    def sum(self, number: ColumnElement[Decimal]) -> Sequence[Scaled]:
        """Return the sum, or the sums of the whole parts and of the fractions."""
        return [(func.sum(part), 0) for part in self._parts(number, 1)]

    def weighted_sum(self, number: ColumnElement[Decimal], weight: ColumnElement[int]) -> Sequence[Scaled]:
        """Return the sums with the weight's last nine digits, and with those before."""
        return [
            (func.sum(part * half), power)
            for part in self._parts(number, _HALF)
            for half, power in ((weight.op("//")(_HALF), 9), (weight.op("%")(_HALF), 0))
        ]

    def _parts(self, number: ColumnElement[Decimal], times: int) -> list[ColumnElement[Any]]:
        if self._bound * times < LIMIT:
            return [number]
        whole = func.trunc(number)
        return [whole, number - whole]

    def microseconds(self, instant: ColumnElement[Any]) -> ColumnElement[int]:
        """Return the microseconds since 1970."""
        return func.epoch_us(instant)

    def plain_number(self, number: ColumnElement[Decimal]) -> ColumnElement[str]:
        """Return a number as text in plain notation."""
        return func.rtrim(func.rtrim(cast(number, Text()), "0"), ".")

    def handed(self, value: ColumnElement[Any], *, counts: bool) -> ColumnElement[Any]:
        """Return an aggregate as text, a count as BIGINT: of others it makes Python's objects slowly."""
        return cast(value, BigInteger() if counts else Text())

    def latest(self, value: ColumnElement[Any], order: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        """Return the non-null value that is last by `order`."""
        return func.arg_max(value, tuple_(*order))

    def whole_days(self, microseconds: ColumnElement[int]) -> ColumnElement[int]:
        """Return how many days of 24 hours are over after so much time, which is not negative."""
        return microseconds.self_group().op("//")(_DAY)

    def times(self, number: ColumnElement[int], factor: int) -> ColumnElement[int]:
        """Return a count × a whole number of up to 21 digits, exactly."""
        return number * factor

    def joined(self, events: FromClause, windows: FromClause, on: ColumnElement[bool]) -> Join:
        """Return the events joined with the windows."""
        return events.join(windows, on)
