"""Answering a usage question with DuckDB over the segments."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import msgspec
from sqlalchemy import ColumnClause, column, table
from sqlalchemy.types import Text

from usagebill_tui.domain.aggregation import (
    Aggregation,
    Count,
    FoldAggregation,
    Max,
    Measure,
    MeasuredPeriod,
    Sum,
    TimeWeighted,
)
from usagebill_tui.domain.aggregation.measures import paths_read
from usagebill_tui.domain.aggregation.verified import (
    measure_of_nothing,
    verified_measures,
    verified_needs,
    verified_value,
)
from usagebill_tui.domain.quantity import exact_arithmetic, normalized
from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.conditions import QUANTITY, Property
from usagebill_tui.eventstore.parquet.dialect import DuckDBTranslation, run, run_into
from usagebill_tui.eventstore.parquet.folding import Key, Outcome, Row, fold_events
from usagebill_tui.eventstore.parquet.relation import events_sql
from usagebill_tui.eventstore.query import Parts, UsageQuery, paths_of
from usagebill_tui.eventstore.types import Answer, DayTotal, Question, Timed, Window
from usagebill_tui.store.manifest import Segment


def answer(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], question: Question
) -> list[Answer]:
    """Return one answer for each window and group that has events, ordered by both."""
    _load_windows(connection, question.windows)
    relevant = _relevant(segments, question.windows)
    if isinstance(question.aggregation, FoldAggregation):
        rows, outcomes = _folded(connection, folder, relevant, question, question.aggregation)
    else:
        rows, outcomes = _measured(connection, folder, relevant, question, question.aggregation)
    return [_answer(question, key, rows[key], outcomes[key]) for key in sorted(rows, key=_ordered)]


def amounts(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    question: Question,
    path: str,
) -> dict[int, list[Timed]]:
    """Return, for each window, a property's numbers and their times, by (timestamp, source, id)."""
    _load_windows(connection, question.windows)
    relevant = _relevant(segments, question.windows)
    query = _query(connection, folder, relevant, question, [path])
    found: dict[int, list[Timed]] = {}
    for key, at, number, *group in run(connection, query.amounts(path, question.group_by)):
        found.setdefault(key, []).append(Timed(at.replace(tzinfo=UTC), normalized(number), tuple(group)))
    return found


def daily(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    question: Question,
    measure: Count | Sum | Max,
) -> list[DayTotal]:
    """Take one measure of a metric's events day by day, ordered by window and day."""
    _load_windows(connection, question.windows)
    relevant = _relevant(segments, question.windows)
    measures = {"units": measure}
    query = _query(connection, folder, relevant, question, paths_read(measure), _bound(relevant, measures))
    select, places = query.measured(measures, _usable(question, query), (), daily=True)
    parts = places["units"]
    with exact_arithmetic():
        totals = [DayTotal(row[0], row[1], row[3], _added(row, parts)) for row in run(connection, select)]
    return sorted(totals, key=itemgetter(0, 1))


def find_matching(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], question: Question
) -> None:
    """Make the table `found` (batch, source, id) of the events that a question is about."""
    _load_windows(connection, question.windows)
    query = _query(connection, folder, _relevant(segments, question.windows), question, [])
    run_into(connection, "found", query.matching())


def _measured(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    question: Question,
    aggregation: Aggregation,
) -> tuple[dict[Key, Row], dict[Key, Outcome]]:
    """Let DuckDB take the measures, and the aggregation type make its value of them."""
    measures = verified_measures(aggregation, question.metric.property or "", question.params)
    read = [path for measure in measures.values() for path in paths_read(measure)]
    query = _query(connection, folder, segments, question, read, _bound(segments, measures))
    apart = {name: query.apart(measure, question.group_by) for name, measure in measures.items()}
    together = {name: measure for name, measure in measures.items() if apart[name] is None}
    select, places = query.measured(together, _usable(question, query), question.group_by)
    rows = {_key(row, question): row for row in run(connection, select)}
    periods = {window.key: window.measured() for window in question.windows}
    values = {key: {n: measure_of_nothing(m) for n, m in measures.items()} for key in rows}
    for key, row in rows.items():
        values[key] |= {n: _value(m, row, places[n], periods[key[0]]) for n, m in together.items()}
    for name, two_steps in apart.items():
        for row in [] if two_steps is None else run(connection, two_steps):
            values[_key(row, question)][name] = Decimal(row[-1])
    return rows, {key: _finished(aggregation, question.params, found) for key, found in values.items()}


def _folded(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    question: Question,
    fold: FoldAggregation,
) -> tuple[dict[Key, Row], dict[Key, Outcome]]:
    """Count with DuckDB, and let the fold go through the events."""
    needs = verified_needs(fold, question.metric.property or "", question.params)
    query = _query(connection, folder, segments, question, [column.property for column in needs.values()])
    usable = _usable(question, query)
    select, _ = query.measured({}, usable, question.group_by)
    rows = {_key(row, question): row for row in run(connection, select)}
    events = query.rows(list(needs.values()), usable, question.group_by, orderless=fold.orderless)
    return rows, fold_events(connection, events, question, fold, needs, rows)


def _answer(question: Question, key: Key, row: Row, outcome: Outcome) -> Answer:
    matched, usable = row[1 + len(question.group_by) :][:2]
    units, why = outcome
    return Answer(
        key=key[0], group=key[1], units=units, events=usable, left_out=matched - usable, failure=why
    )


def _finished(
    aggregation: Aggregation, params: msgspec.Struct, values: Mapping[str, Decimal | None]
) -> Outcome:
    """Return the value, or why there is none: one window that a plugin fails on leaves the others be."""
    try:
        return verified_value(aggregation, values, params), None
    except InvalidInput as error:
        return None, str(error)


def _query(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    question: Question,
    read: Iterable[str],
    bound: Decimal = Decimal(0),
) -> UsageQuery:
    paths = paths_of(question.metric, read, [*question.group_by, *question.only])
    # A view, so that SQLAlchemy never reads the names of files and properties for its own marks.
    sql = events_sql(folder, segments, question.snapshot, paths)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW counting AS {sql}")
    typed = [column(f"n{k}", QUANTITY) for k in range(len(paths))]
    texts = [column(f"t{k}", Text()) for k in range(len(paths))]
    fixed: list[ColumnClause[Any]] = [
        column(name) for name in ("batch", "source", "id", "account", "metric", "timestamp")
    ]
    events = table("counting", *fixed, *typed, *texts).alias("e")
    spans = ("key", "account", "since", "until", "start", "held")
    windows = table("windows", *(column(name) for name in spans)).alias("w")
    properties = {path: Property(events.c[f"n{k}"], events.c[f"t{k}"]) for k, path in enumerate(paths)}
    translation = DuckDBTranslation(bound)
    return UsageQuery(question.metric, events, windows, properties, translation, question.only)


def _usable(question: Question, query: UsageQuery) -> Any:
    path = question.metric.property
    if question.aggregation.reads == "nothing" or path is None:
        return None
    prop = query.properties[path]
    return prop.number if question.aggregation.reads == "number" else prop.text


def _load_windows(connection: duckdb.DuckDBPyConnection, windows: Sequence[Window]) -> None:
    rows = [
        (w.key, account, w.since, w.until, w.measured().start, w.measured().until)
        for w in windows
        for account in dict.fromkeys(w.accounts)
    ]
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE windows AS
        SELECT unnest($1::BIGINT[]) AS key, unnest($2::VARCHAR[]) AS account,
            make_timestamp(unnest($3::BIGINT[])) AS since, make_timestamp(unnest($4::BIGINT[])) AS until,
            unnest($5::BIGINT[]) AS start, unnest($6::BIGINT[]) AS held
        """,
        [list(values) for values in zip(*rows, strict=True)] if rows else [[]] * 6,
    )


def _relevant(segments: Sequence[Segment], windows: Sequence[Window]) -> list[Segment]:
    since = min((w.since for w in windows), default=0)
    until = max((w.until for w in windows), default=0)
    return [s for s in segments if s.kind != "events" or (s.last_at >= since and s.first_at < until)]


def _bound(segments: Sequence[Segment], measures: Mapping[str, Measure]) -> Decimal:
    """Return what no sum of absolute values exceeds, by what the manifest says of each segment."""
    bound = Decimal(0)
    with exact_arithmetic():
        for measure in measures.values():
            if isinstance(measure, Sum | TimeWeighted):
                for segment in segments:
                    if (sums := segment.sums.get(measure.property)) is not None:
                        bound += sums.count * max(abs(Decimal(sums.least)), abs(Decimal(sums.greatest)))
    return bound


def _key(row: Row, question: Question) -> Key:
    return row[0], tuple(row[1 : 1 + len(question.group_by)])


def _ordered(key: Key) -> tuple[int, tuple[tuple[bool, str], ...]]:
    return key[0], tuple((part is not None, part or "") for part in key[1])


def _value(measure: Measure, row: Row, parts: Parts, period: MeasuredPeriod) -> Decimal | None:
    with exact_arithmetic():
        total = _added(row, parts)
    return period.averaged(total) if total is not None and isinstance(measure, TimeWeighted) else total


def _added(row: Row, parts: Parts) -> Decimal | None:
    """Add up the columns of a value, in exact arithmetic; None where there is none."""
    if any(row[place] is None for place, _ in parts):
        return None
    return sum((Decimal(row[place]).scaleb(power) for place, power in parts), Decimal(0))
