"""SQLAlchemy statements for ClickHouse: compiled by the dialect of clickhouse-connect."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from clickhouse_connect.cc_sqlalchemy.dialect import ClickHouseDialect
from clickhouse_connect.cc_sqlalchemy.sql.clauses import ch_join
from sqlalchemy import ColumnElement, FromClause, Join, Select, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from usagebill_tui.eventstore.clickhouse.server import Given, Statement
from usagebill_tui.eventstore.conditions import Contains
from usagebill_tui.eventstore.query import Scaled

_DIALECT = ClickHouseDialect(paramstyle="pyformat")
_DAY = 86_400_000_000
_FRACTION = 18


@compiles(Contains, "clickhousedb")
def _position(element: Contains, compiler: SQLCompiler, **options: Any) -> str:
    text, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(position({text}, {part}) > 0)"


def statement(query: Select[Any], given: Sequence[Given] = ()) -> Statement:
    """Return a select as the server is sent it; `given` are the tables that it brings along."""
    compiled = query.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    if not isinstance(compiled, SQLCompiler):  # pragma: no cover - a select always compiles to this
        raise TypeError(type(compiled))
    return Statement(sql=str(compiled), parameters=dict(compiled.params), given=tuple(given))


class ClickHouseTranslation:
    """What ClickHouse says in its own way. Sums are taken of 256 bits: those of 128 wrap without a word."""

    def sum(self, number: ColumnElement[Decimal]) -> Sequence[Scaled]:
        """Return the sum."""
        return [(func.sum(func.toDecimal256(number, _FRACTION)), 0)]

    def weighted_sum(self, number: ColumnElement[Decimal], weight: ColumnElement[int]) -> Sequence[Scaled]:
        """Return the sum of number × weight: up to 38 digits before the point, where 58 fit."""
        product = func.toDecimal256(number, _FRACTION) * func.toDecimal256(weight, 0)
        return [(func.sum(product), 0)]

    def microseconds(self, instant: ColumnElement[Any]) -> ColumnElement[int]:
        """Return the microseconds since 1970, which is how instants are kept."""
        return instant

    def plain_number(self, number: ColumnElement[Decimal]) -> ColumnElement[str]:
        """Return a number as text in plain notation."""
        return func.toString(number)

    def handed(self, value: ColumnElement[Any], *, counts: bool) -> ColumnElement[Any]:
        """Return an aggregate as it is."""
        del counts
        return value

    def latest(self, value: ColumnElement[Any], order: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        """Return the non-null value that is last by `order`."""
        return func.argMax(value, func.tuple(*order))

    def whole_days(self, microseconds: ColumnElement[int]) -> ColumnElement[int]:
        """Return how many days of 24 hours are over after so much time, which is not negative."""
        return func.intDiv(microseconds, _DAY)

    def times(self, number: ColumnElement[int], factor: int) -> ColumnElement[int]:
        """Return a count × a whole number, in 256 bits: literals beyond 64 would be read as floats."""
        return func.toInt256(number) * func.toInt256(literal(str(factor)))

    def joined(self, events: FromClause, windows: FromClause, on: ColumnElement[bool]) -> Join:
        """Return the events joined with the windows, which are sent to every shard."""
        joined: Join = ch_join(events, windows, on, distribution="GLOBAL")
        return joined
