"""SQLAlchemy statements for DuckDB: compiled as PostgreSQL's SQL, run on a DuckDB connection."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import duckdb
from sqlalchemy import ColumnElement, Select, func, tuple_
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT: Dialect = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call] # SQLAlchemy's own


def run(connection: duckdb.DuckDBPyConnection, query: Select[Any]) -> list[tuple[Any, ...]]:
    """Run a select and return all its rows."""
    rows: list[tuple[Any, ...]] = connection.execute(*_statement(query)).fetchall()
    return rows


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

    def sum(self, number: ColumnElement[Decimal]) -> Sequence[ColumnElement[Any]]:
        """Return the sum, or the sums of the whole parts and of the fractions."""
        if not self._wide:
            return [func.sum(number)]
        whole = func.trunc(number)
        return [func.sum(whole), func.sum(number - whole)]

    def latest(self, value: ColumnElement[Any], order: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        """Return the non-null value that is last by `order`."""
        return func.arg_max(value, tuple_(*order))
