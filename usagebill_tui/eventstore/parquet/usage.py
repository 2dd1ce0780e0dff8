"""Answering a usage question with DuckDB over the segments."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import ColumnClause, column, table
from sqlalchemy.types import Text

from usagebill_tui.domain.aggregation import Distinct, Measure, Sum, Values
from usagebill_tui.domain.aggregation.verified import verified_measures, verified_value
from usagebill_tui.domain.quantity import LIMIT, exact_arithmetic, normalized
from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.parquet.dialect import DuckDBTranslation, run, run_into
from usagebill_tui.eventstore.parquet.relation import events_sql
from usagebill_tui.eventstore.query import QUANTITY, Property, UsageQuery, paths_of
from usagebill_tui.eventstore.types import Answer, Question, Window
from usagebill_tui.store.manifest import Segment

_Key = tuple[int, tuple[str | None, ...]]


def answer(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], question: Question
) -> list[Answer]:
    """Return one answer for each window and group that has events, ordered by both."""
    measures = verified_measures(question.aggregation, question.metric.property or "", question.params)
    _load_windows(connection, question.windows)
    query = _query(connection, folder, _relevant(segments, question.windows), question, measures)
    apart = {n: m for n, m in measures.items() if isinstance(m, Distinct) and m.operation is not None}
    together = {n: m for n, m in measures.items() if n not in apart}
    select, places = query.measured(together, _usable(question, query), question.group_by)
    rows = {_key(row, question): row for row in run(connection, select)}
    values = {key: {n: _total([row[p] for p in places[n]]) for n in together} for key, row in rows.items()}
    for name, measure in apart.items():
        for row in run(connection, query.distinct_after_operations(measure, question.group_by)):
            values[_key(row, question)][name] = Decimal(row[-1])
    groups = len(question.group_by)
    return [
        _answer(question, key, values[key], rows[key], groups, measures) for key in sorted(rows, key=_ordered)
    ]


def amounts(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    question: Question,
    path: str,
) -> dict[int, list[Decimal]]:
    """Return, for each window, the numbers of a property in the order (timestamp, source, id)."""
    _load_windows(connection, question.windows)
    relevant = _relevant(segments, question.windows)
    query = _query(connection, folder, relevant, question, {"amounts": Values(path)})
    found: dict[int, list[Decimal]] = {}
    for key, number in run(connection, query.amounts(path)):
        found.setdefault(key, []).append(normalized(number))
    return found


def find_matching(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], question: Question
) -> None:
    """Make the table `found` (batch, source, id) of the events that a question is about."""
    _load_windows(connection, question.windows)
    query = _query(connection, folder, _relevant(segments, question.windows), question, {})
    run_into(connection, "found", query.matching())


def _answer(
    question: Question,
    key: _Key,
    values: Mapping[str, Decimal | None],
    row: Sequence[Any],
    groups: int,
    measures: Mapping[str, Measure],
) -> Answer:
    matched, usable = row[1 + groups], row[2 + groups]
    complete = {name: values.get(name, Decimal(0)) for name in measures}
    units, why = _finished(question, complete)
    return Answer(
        key=key[0], group=key[1], units=units, events=usable, left_out=matched - usable, failure=why
    )


def _finished(question: Question, values: Mapping[str, Decimal | None]) -> tuple[Decimal | None, str | None]:
    """Return the value, or why there is none: one window that a plugin fails on leaves the others be."""
    try:
        return verified_value(question.aggregation, values, question.params), None
    except InvalidInput as error:
        return None, str(error)


def _query(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    question: Question,
    measures: Mapping[str, Measure],
) -> UsageQuery:
    paths = paths_of(question.metric, measures, question.group_by)
    # A view, so that SQLAlchemy never reads the names of files and properties for its own marks.
    sql = events_sql(folder, segments, question.snapshot, paths)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW counting AS {sql}")
    typed = [column(f"n{k}", QUANTITY) for k in range(len(paths))]
    texts = [column(f"t{k}", Text()) for k in range(len(paths))]
    fixed: list[ColumnClause[Any]] = [
        column(name) for name in ("batch", "source", "id", "account", "metric", "timestamp")
    ]
    events = table("counting", *fixed, *typed, *texts).alias("e")
    windows = table("windows", column("key"), column("account"), column("since"), column("until")).alias("w")
    properties = {path: Property(events.c[f"n{k}"], events.c[f"t{k}"]) for k, path in enumerate(paths)}
    translation = DuckDBTranslation(wide=_may_overflow(segments, measures))
    return UsageQuery(question.metric, events, windows, properties, translation)


def _usable(question: Question, query: UsageQuery) -> Any:
    path = question.metric.property
    if question.aggregation.reads == "nothing" or path is None:
        return None
    prop = query.properties[path]
    return prop.number if question.aggregation.reads == "number" else prop.text


def _load_windows(connection: duckdb.DuckDBPyConnection, windows: Sequence[Window]) -> None:
    rows = [(w.key, account, w.since, w.until) for w in windows for account in dict.fromkeys(w.accounts)]
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE windows AS
        SELECT unnest($1::BIGINT[]) AS key, unnest($2::VARCHAR[]) AS account,
            make_timestamp(unnest($3::BIGINT[])) AS since, make_timestamp(unnest($4::BIGINT[])) AS until
        """,
        [list(values) for values in zip(*rows, strict=True)] if rows else [[], [], [], []],
    )


def _relevant(segments: Sequence[Segment], windows: Sequence[Window]) -> list[Segment]:
    since = min((w.since for w in windows), default=0)
    until = max((w.until for w in windows), default=0)
    return [s for s in segments if s.kind != "events" or (s.last_at >= since and s.first_at < until)]


def _may_overflow(segments: Sequence[Segment], measures: Mapping[str, Measure]) -> bool:
    """Tell whether the manifest's bounds leave it open that a sum outgrows a DECIMAL(38,18)."""
    bound = Decimal(0)
    with exact_arithmetic():
        for measure in measures.values():
            if isinstance(measure, Sum):
                for segment in segments:
                    if (sums := segment.sums.get(measure.property)) is not None:
                        bound += sums.count * max(abs(Decimal(sums.least)), abs(Decimal(sums.greatest)))
        return bound >= LIMIT


def _key(row: Sequence[Any], question: Question) -> _Key:
    return row[0], tuple(row[1 : 1 + len(question.group_by)])


def _ordered(key: _Key) -> tuple[int, tuple[tuple[bool, str], ...]]:
    return key[0], tuple((part is not None, part or "") for part in key[1])


def _total(parts: Sequence[Any]) -> Decimal | None:
    if any(part is None for part in parts):
        return None
    with exact_arithmetic():
        return sum((Decimal(part) for part in parts), Decimal(0))
