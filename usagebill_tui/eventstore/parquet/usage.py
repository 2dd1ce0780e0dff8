"""DuckDB over the segments, asked one question."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import ColumnClause, ColumnElement, Select, and_, column, func, literal_column, table
from sqlalchemy.types import Text

from usagebill_tui.domain.aggregation import Measure, Sum, TimeWeighted
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.eventstore.conditions import QUANTITY, Property
from usagebill_tui.eventstore.folding import Row
from usagebill_tui.eventstore.parquet.dialect import DuckDBTranslation, run, run_into, statement, stream
from usagebill_tui.eventstore.parquet.held import overlapping, span_of
from usagebill_tui.eventstore.parquet.layout import merged
from usagebill_tui.eventstore.parquet.reading import WHOLE, streamed, whole_rows
from usagebill_tui.eventstore.parquet.relation import NAMED, events_sql, visible
from usagebill_tui.eventstore.query import UsageQuery, paths_of
from usagebill_tui.eventstore.types import Question, StoredEvent, Window
from usagebill_tui.store.manifest import Segment


class DuckDBEngine:
    """The segments of kinds events and hides that a question's snapshot holds, in a folder."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment]
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._segments = segments

    def query(
        self, question: Question, read: Iterable[str], measures: Mapping[str, Measure] | None = None
    ) -> UsageQuery:
        """Return the question as a query that reads these properties."""
        relevant = overlapping(self._segments, span_of(question.windows))
        paths = paths_of(question.metric, read, question.told)
        rows = self._rows(relevant, question.snapshot, paths)
        return self._query(question, paths, rows, _bound(relevant, measures or {}))

    def _rows(self, relevant: Sequence[Segment], snapshot: int, paths: Sequence[str]) -> str:
        """Return the SQL of the events that count, with n{k} and t{k} of each path."""
        return events_sql(self._folder, relevant, snapshot, paths)

    def matching(self, question: Question) -> Iterator[StoredEvent]:
        """Yield the events that a question is about, ordered by (timestamp, source, id)."""
        relevant = overlapping(self._segments, span_of(question.windows))
        paths = paths_of(question.metric, [], question.told)
        layout = merged(segment.layout for segment in visible(relevant, question.snapshot))
        rows = whole_rows(self._folder, relevant, question.snapshot, layout, paths)
        query = self._query(question, paths, rows, Decimal(0))
        select = query.matching(literal_column(WHOLE)).order_by(*query.order())
        # An event may lie in several windows.
        select = select.distinct() if len(question.windows) > 1 else select
        return streamed(self._connection.execute(*statement(select)), layout)

    def _query(self, question: Question, paths: Sequence[str], sql: str, bound: Decimal) -> UsageQuery:
        """Return the question as a query over the rows, with these paths, that some SQL gives."""
        _load_windows(self._connection, question.windows)
        # A view, so that SQLAlchemy never reads the names of files and properties for its own marks.
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW counting AS {sql}")
        typed = [column(f"n{k}", QUANTITY) for k in range(len(paths))]
        texts = [column(f"t{k}", Text()) for k in range(len(paths))]
        fixed: list[ColumnClause[Any]] = [
            column(name) for name in ("batch", "source", "id", "account", "metric", "timestamp")
        ]
        events = table("counting", *fixed, *typed, *texts).alias("e")
        spans = ("key", "account", "since", "until", "start", "held")
        windows = table("windows", *(column(name) for name in spans)).alias("w")
        properties = {path: Property(events.c[f"n{k}"], events.c[f"t{k}"]) for k, path in enumerate(paths)}
        query = UsageQuery(
            question.metric,
            events,
            windows,
            properties,
            DuckDBTranslation(bound),
            question.only,
            _scope(events.c, question.windows),
            question.parts,
        )
        bounds = {at for window in question.windows for at in (window.since, window.until)}
        query.bounds = [func.make_timestamp(at) for at in sorted(bounds)]
        return query

    def run(self, select: Select[Any]) -> list[Row]:
        """Run a select and return all its rows."""
        return run(self._connection, select)

    def stream(self, select: Select[Any], size: int) -> Iterator[list[Row]]:
        """Run a select and yield its rows, at most `size` at a time."""
        return stream(self._connection, select, size)


def find_matching(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], question: Question
) -> None:
    """Make the table `found` (batch, source, id) of the events that a question is about."""
    run_into(connection, "found", DuckDBEngine(connection, folder, segments).query(question, []).matching())


def _load_windows(connection: duckdb.DuckDBPyConnection, windows: Sequence[Window]) -> None:
    """Make the table `windows`. Each value handed over costs, so a span that many share goes once."""
    spans: dict[tuple[int, int, int, int], int] = {}
    keys: list[int] = []
    accounts: list[str] = []
    places: list[int] = []
    for window in windows:
        period = window.period or window.measured()
        span = window.since, window.until, period.start, period.until
        place = spans.setdefault(span, len(spans))
        for account in dict.fromkeys(window.accounts):
            keys.append(window.key)
            accounts.append(account)
            places.append(place)
    columns = [list(values) for values in zip(*spans, strict=True)] if spans else [[]] * 4
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE windows AS
        SELECT w.key, w.account, s.since, s.until, s.start, s.held
        FROM (
            SELECT unnest($1::BIGINT[]) AS key, unnest($2::VARCHAR[]) AS account,
                unnest($3::INTEGER[]) AS span
        ) w
        JOIN (
            SELECT unnest($4::INTEGER[]) AS span, make_timestamp(unnest($5::BIGINT[])) AS since,
                make_timestamp(unnest($6::BIGINT[])) AS until, unnest($7::BIGINT[]) AS start,
                unnest($8::BIGINT[]) AS held
        ) s ON s.span = w.span
        """,
        [keys, accounts, places, list(range(len(spans))), *columns],
    )


def _scope(events: Any, windows: Sequence[Window]) -> ColumnElement[bool]:
    """Return what all events of some windows have in common.

    The join with the windows says it too, but only what is written out spares DuckDB the rows of others.
    """
    span = span_of(windows)
    conditions = [
        events.timestamp >= func.make_timestamp(span.since),
        events.timestamp < func.make_timestamp(span.until),
    ]
    accounts = {account for window in windows for account in window.accounts}
    if len(accounts) <= NAMED:
        conditions.append(events.account.in_(sorted(accounts)))
    return and_(*conditions)


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
