"""Answering a usage question with whichever engine holds the events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any, Protocol

import msgspec
from sqlalchemy import Select

from usagebill_tui.domain.aggregation import (
    Aggregation,
    Count,
    FoldAggregation,
    Latest,
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
from usagebill_tui.domain.zones import from_micros
from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore import folding
from usagebill_tui.eventstore.combining import combinable, combined
from usagebill_tui.eventstore.folding import Key, Outcome, Row, fold_events
from usagebill_tui.eventstore.query import Parts, UsageQuery
from usagebill_tui.eventstore.types import Answer, DayTotal, Question, Timed, Window


class Engine(Protocol):
    """An engine that is asked about one question, over the events that count at its snapshot."""

    def query(
        self, question: Question, read: Iterable[str], measures: Mapping[str, Measure] | None = None
    ) -> UsageQuery:
        """Return the question as a query that reads these properties; `measures` are those to be taken."""

    def run(self, select: Select[Any]) -> Iterable[Row]:
        """Run a select and return all its rows."""

    def stream(self, select: Select[Any], size: int) -> Iterator[list[Row]]:
        """Run a select and yield its rows, at most `size` at a time; until the last, run nothing else."""


def answer(engine: Engine, question: Question) -> list[Answer]:
    """Return one answer for each window and group that has events, ordered by both."""
    if isinstance(question.aggregation, FoldAggregation):
        rows, outcomes = _folded(engine, question, question.aggregation)
    else:
        rows, outcomes = _measured(engine, question, question.aggregation)
    at = 1 + len(question.groups)
    # Keys without a group are in order by themselves, and telling so for each takes longer than sorting them.
    return [
        _answer(key, rows[key], at, outcomes[key])
        for key in sorted(rows, key=_ordered if question.groups else None)
    ]


def amounts(engine: Engine, question: Question, path: str) -> dict[int, list[Timed]]:
    """Return, for each window, a property's numbers and their times, by (timestamp, source, id)."""
    query = engine.query(question, [path])
    found: dict[int, list[Timed]] = {}
    for key, micros, number, *group in engine.run(query.amounts(path, question.groups)):
        timed = Timed(from_micros(micros), normalized(Decimal(number)), tuple(group))
        found.setdefault(key, []).append(timed)
    return found


def daily(engine: Engine, question: Question, measure: Count | Sum | Max) -> list[DayTotal]:
    """Take one measure of a metric's events day by day, ordered by window and day."""
    measures = {"units": measure}
    query = engine.query(question, paths_read(measure), measures)
    select, places = query.measured(measures, _usable(question, query), (), daily=True)
    parts = places["units"]
    with exact_arithmetic():
        totals = [DayTotal(row[0], row[1], row[3], _added(row, parts)) for row in engine.run(select)]
    return sorted(totals, key=itemgetter(0, 1))


def needs_of(question: Question) -> tuple[list[str], bool]:
    """Return the properties that a question's aggregation type reads, and whether order matters to it.

    Raises InvalidInput where a plugin's type does not say it as it should.
    """
    aggregation, path = question.aggregation, question.metric.property or ""
    if isinstance(aggregation, FoldAggregation):
        needs = verified_needs(aggregation, path, question.params)
        return [column.property for column in needs.values()], True
    measures = verified_measures(aggregation, path, question.params).values()
    ordered = any(isinstance(one, Latest) or getattr(one, "operation", None) for one in measures)
    return [path for measure in measures for path in paths_read(measure)], ordered


def window_rows(windows: Sequence[Window]) -> list[tuple[int, str, int, int, int, int]]:
    """Return the rows of the windows table: key, account, since, until, start and held."""
    return [
        (w.key, account, w.since, w.until, w.measured().start, w.measured().until)
        for w in windows
        for account in dict.fromkeys(w.accounts)
    ]


def _measured(
    engine: Engine, question: Question, aggregation: Aggregation
) -> tuple[dict[Key, Row], dict[Key, Outcome]]:
    """Let the engine take the measures, and the aggregation type make its value of them."""
    measures = verified_measures(aggregation, question.metric.property or "", question.params)
    read = [path for measure in measures.values() for path in paths_read(measure)]
    query = engine.query(question, read, measures)
    apart = {name: query.apart(measure, question.groups) for name, measure in measures.items()}
    together = {name: measure for name, measure in measures.items() if apart[name] is None}
    measured = combined if combinable(query, together.values()) else UsageQuery.measured
    select, places = measured(query, together, _usable(question, query), question.groups)
    width = 1 + len(question.groups)
    rows = {(row[0], tuple(row[1:width])): row for row in engine.run(select)}
    periods = {}
    if any(isinstance(measure, TimeWeighted) for measure in together.values()):
        periods = {window.key: window.measured() for window in question.windows}
    alone = {
        name: {(row[0], tuple(row[1:width])): Decimal(row[-1]) for row in engine.run(two_steps)}
        for name, two_steps in apart.items()
        if two_steps is not None
    }
    outcomes: dict[Key, Outcome] = {}
    known: dict[Row, Outcome] = {}
    for key, row in rows.items():
        # Of many windows, many come to the same: what is measured alike has one value.
        told = *row[width:], periods.get(key[0]), *(found.get(key) for found in alone.values())
        outcome = known.get(told)
        if outcome is None:
            values = {n: _value(m, row, places[n], told[len(row) - width]) for n, m in together.items()}
            values |= {n: found.get(key, measure_of_nothing(measures[n])) for n, found in alone.items()}
            outcome = known[told] = _finished(aggregation, question.params, values)
        outcomes[key] = outcome
    return rows, outcomes


def _folded(
    engine: Engine, question: Question, fold: FoldAggregation
) -> tuple[dict[Key, Row], dict[Key, Outcome]]:
    """Count with the engine, and let the fold go through the events."""
    needs = verified_needs(fold, question.metric.property or "", question.params)
    query = engine.query(question, [column.property for column in needs.values()])
    usable = _usable(question, query)
    select, _ = query.measured({}, usable, question.groups)
    width = 1 + len(question.groups)
    rows = {(row[0], tuple(row[1:width])): row for row in engine.run(select)}
    events = query.rows(list(needs.values()), usable, question.groups, orderless=fold.orderless)
    fetched = engine.stream(events, folding.BATCH)
    return rows, fold_events(fetched, question, fold, needs, rows)


def _answer(key: Key, row: Row, at: int, outcome: Outcome) -> Answer:
    """Return what a row came to; at this place it says how many events matched, then how many counted."""
    matched, usable = row[at], row[at + 1]
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


def _usable(question: Question, query: UsageQuery) -> Any:
    path = question.metric.property
    if question.aggregation.reads == "nothing" or path is None:
        return None
    prop = query.properties[path]
    return prop.number if question.aggregation.reads == "number" else prop.text


def _ordered(key: Key) -> tuple[int, tuple[tuple[bool, str], ...]]:
    return key[0], tuple((part is not None, part or "") for part in key[1])


def _value(measure: Measure, row: Row, parts: Parts, period: MeasuredPeriod | None) -> Decimal | None:
    """Return a measure's value; one that is weighted by time takes its period."""
    with exact_arithmetic():
        total = _added(row, parts)
    if total is None or period is None or not isinstance(measure, TimeWeighted):
        return total
    return period.averaged(total)


def _added(row: Row, parts: Parts) -> Decimal | None:
    """Add up the columns of a value, in exact arithmetic; None where there is none."""
    if any(row[place] is None for place, _ in parts):
        return None
    return sum((Decimal(row[place]).scaleb(power) for place, power in parts), Decimal(0))
