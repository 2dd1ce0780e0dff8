"""Several questions about a few accounts: their events are looked for once, and kept for all of them."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.answering import answer, needs_of
from usagebill_tui.eventstore.parquet.held import span_of
from usagebill_tui.eventstore.parquet.reading import conditions_of
from usagebill_tui.eventstore.parquet.relation import NAMED, events_sql
from usagebill_tui.eventstore.parquet.usage import DuckDBEngine
from usagebill_tui.eventstore.query import paths_of
from usagebill_tui.eventstore.types import Answer, Question, Search
from usagebill_tui.store.manifest import Segment

MOST_EVENTS = 200_000
"""Of accounts with more, each question reads the segments: keeping so many costs more than it saves."""
_TOLD = ("batch", "account", "metric", "timestamp")
_IDENTITY = ("source", "id")


def are_close(questions: Sequence[Question]) -> bool:
    """Tell whether there are several questions about the same few accounts at one snapshot."""
    accounts = {account for one in questions for window in one.windows for account in window.accounts}
    snapshots = {one.snapshot for one in questions}
    return len(questions) > 1 and len(snapshots) == 1 and 0 < len(accounts) <= NAMED


def gathered(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    questions: Sequence[Question],
) -> "Gathered | None":
    """Gather the events that close questions are about; None where there are too many of them."""
    paths: dict[str, None] = {}
    ordered = False
    for question in questions:
        try:
            read, in_order = needs_of(question)
        except InvalidInput:
            # Whoever asks it is told why; its property is read by then without being needed.
            continue
        paths |= dict.fromkeys(paths_of(question.metric, read, question.told))
        ordered = ordered or in_order
    kept = (*_TOLD, *(_IDENTITY if ordered else ()))
    columns = ", ".join([*kept, *(f"n{k}, t{k}" for k in range(len(paths)))])
    conditions, parameters = conditions_of(_sought(questions))
    rows = events_sql(folder, segments, questions[0].snapshot, list(paths))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE gathered AS SELECT {columns} FROM ({rows}) WHERE {conditions} "
        f"LIMIT {MOST_EVENTS + 1}",
        parameters,
    )
    found = connection.execute("SELECT count(*) FROM gathered").fetchone()
    if found is None or found[0] > MOST_EVENTS:
        return None
    return Gathered(connection, folder, segments, {path: k for k, path in enumerate(paths)}, ordered=ordered)


class Gathered(DuckDBEngine):
    """The events of the table `gathered`, in the place of the segments that they are from."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        segments: Sequence[Segment],
        places: dict[str, int],
        *,
        ordered: bool,
    ) -> None:
        super().__init__(connection, folder, segments)
        self._places = places
        self._identity = _IDENTITY if ordered else tuple(f"NULL AS {name}" for name in _IDENTITY)

    def usage(self, question: Question) -> list[Answer]:
        """Aggregate a metric over windows: one of the questions that the events were gathered for."""
        return answer(self, question)

    def _rows(self, relevant: Sequence[Segment], snapshot: int, paths: Sequence[str]) -> str:
        del relevant, snapshot
        places = [self._places[path] for path in paths]
        properties = [f"n{place} AS n{k}, t{place} AS t{k}" for k, place in enumerate(places)]
        return f"SELECT {', '.join([*_TOLD, *self._identity, *properties])} FROM gathered"


def _sought(questions: Sequence[Question]) -> Search:
    windows = [window for question in questions for window in question.windows]
    span = span_of(windows)
    codes = {question.metric.event_code for question in questions}
    return Search(
        accounts=tuple(sorted({account for window in windows for account in window.accounts})),
        # Comparing each row with several codes takes longer than keeping what few accounts have of others.
        metrics=tuple(codes) if len(codes) == 1 else None,
        since=span.since,
        until=span.until,
    )
