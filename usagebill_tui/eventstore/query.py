"""Usage as one SQLAlchemy select, built once and compiled for whichever engine holds the events."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, Join, Select, and_, case, func, literal, not_, select

from usagebill_tui.domain.aggregation import (
    Count,
    Distinct,
    Latest,
    Max,
    Measure,
    Min,
    NearestRank,
    Number,
    Sum,
    Text,
    TimeWeighted,
    Values,
)
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.narrowing import Conditions
from usagebill_tui.eventstore.conditions import QUANTITY, Property, condition, excluded
from usagebill_tui.eventstore.types import PART

Scaled = tuple[ColumnElement[Any], int]
"""A column of whole or decimal numbers, to be multiplied by this power of ten."""
Parts = list[tuple[int, int]]
"""Which columns of a row, each multiplied by its power of ten, add up to a value."""
COUNTS = Count | Values | Distinct
"""The measures that are whole numbers of events or values, rather than made of their numbers."""


class Translation(Protocol):
    """What engines say differently."""

    def sum(self, number: ColumnElement[Decimal]) -> Sequence[Scaled]:
        """Return aggregate columns that added up make an exact sum."""

    def weighted_sum(self, number: ColumnElement[Decimal], weight: ColumnElement[int]) -> Sequence[Scaled]:
        """Return aggregate columns that added up make the exact sum of number × weight (up to 10¹⁸)."""

    def microseconds(self, instant: ColumnElement[Any]) -> ColumnElement[int]:
        """Return the microseconds since 1970."""

    def plain_number(self, number: ColumnElement[Decimal]) -> ColumnElement[str]:
        """Return a number as text in plain notation."""

    def handed(self, value: ColumnElement[Any], *, counts: bool) -> ColumnElement[Any]:
        """Return an aggregate, one that `counts` or one of numbers, as it is handed over quickest."""

    def latest(self, value: ColumnElement[Any], order: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        """Return the non-null value that is last by `order`."""

    def whole_days(self, microseconds: ColumnElement[int]) -> ColumnElement[int]:
        """Return how many days of 24 hours are over after so much time, which is not negative."""

    def times(self, number: ColumnElement[int], factor: int) -> ColumnElement[int]:
        """Return a count × a whole number of up to 21 digits, exactly."""

    def joined(self, events: FromClause, windows: FromClause, on: ColumnElement[bool]) -> Join:
        """Return the events joined with the windows, on whichever machine the events are."""


class UsageQuery:
    """A metric over windows: the events relation joined with the windows table, filtered and grouped.

    `events` has the columns source, id, account, metric, timestamp; `windows` has key, account, since, until
    and, in microseconds since 1970, start and held (`MeasuredPeriod.until`). `counting` says which events
    count, where not all of the relation do. `bounds` are all windows' ends, rising, where `counting` lets no
    event through that lies before the first or after the last.
    """

    def __init__(
        self,
        metric: Metric,
        events: FromClause,
        windows: FromClause,
        properties: Mapping[str, Property],
        translation: Translation,
        only: Mapping[str, str | None] | None = None,
        counting: ColumnElement[bool] | None = None,
        parts: Sequence[Conditions] = (),
    ) -> None:
        self.metric = metric
        self.only = {} if only is None else only
        self.events = events.c
        self.windows = windows.c
        self.properties = {**properties, PART: _part(properties, parts)} if parts else properties
        self.translation = translation
        self._counting = counting
        self.bounds: Sequence[ColumnElement[Any]] = ()
        self._source = translation.joined(
            events,
            windows,
            and_(
                events.c.account == windows.c.account,
                events.c.timestamp >= windows.c.since,
                events.c.timestamp < windows.c.until,
            ),
        )

    def order(self) -> list[ColumnElement[Any]]:
        """Return the order that matters wherever order matters."""
        return [self.events.timestamp, self.events.source, self.events.id]

    def where(self) -> ColumnElement[bool]:
        """Return the conditions of the metric, and of the one group that is asked for."""
        conditions = [self.events.metric == self.metric.event_code]
        if self._counting is not None:
            conditions.append(self._counting)
        for path, text in self.only.items():
            told = self.properties[path].text
            conditions.append(told.is_(None) if text is None else told == text)
        conditions += [condition(self.properties[f.property], f) for f in self.metric.filters]
        for exclusion in self.metric.exclude:
            equalities = [excluded(self.properties[path], value) for path, value in exclusion.items()]
            conditions.append(not_(and_(*equalities)))
        return and_(*conditions)

    def measured(
        self,
        measures: Mapping[str, Measure],
        usable: ColumnElement[Any] | None,
        group_by: Sequence[str],
        *,
        daily: bool = False,
    ) -> tuple[Select[Any], dict[str, Parts]]:
        """Return the select of key, groups, matched, usable and the measures, and each measure's columns.

        None of the measures may be one that `apart` selects. With `daily` the last group is the number of the
        day: days of 24 hours, counted from the window's `start`.
        """
        groups: list[ColumnElement[Any]] = [self.properties[path].text for path in group_by]
        if daily:
            groups.append(self._day())
        columns: list[ColumnElement[Any]] = [self.windows.key, *groups, func.count()]
        columns.append(func.count() if usable is None else func.count(usable))
        places: dict[str, Parts] = {}
        for name, measure in measures.items():
            parts = self.columns(measure)
            places[name] = [(len(columns) + k, power) for k, (_, power) in enumerate(parts)]
            counts = isinstance(measure, COUNTS)
            columns += [self.translation.handed(part, counts=counts) for part, _ in parts]
        labelled = [column.label(f"c{number}") for number, column in enumerate(columns)]
        query = select(*labelled).select_from(self._source).where(self.where())
        return query.group_by(self.windows.key, *groups), places

    def matching(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Return the select of columns, or else batch, source and id, of the events that match."""
        wanted = columns or (self.events.batch, self.events.source, self.events.id)
        return select(*wanted).select_from(self._source).where(self.where())

    def amounts(self, path: str, group_by: Sequence[str] = ()) -> Select[Any]:
        """Return the select of key, microseconds, number as text and groups, in the order that matters."""
        number = self.properties[path].number
        groups = [self.properties[key].text for key in group_by]
        instant = self.translation.microseconds(self.events.timestamp)
        told = self.translation.plain_number(number)
        query = select(self.windows.key, instant, told, *groups).select_from(self._source)
        return query.where(self.where(), number.is_not(None)).order_by(self.windows.key, *self.order())

    def rows(
        self,
        columns: Sequence[Number | Text],
        usable: ColumnElement[Any] | None,
        group_by: Sequence[str],
        *,
        orderless: bool,
    ) -> Select[Any]:
        """Return the select of key, groups, microseconds and the columns, numbers as text, of each event.

        Events of one key and group follow one another, in the order that matters unless `orderless`.
        """
        groups = [self.properties[path].text for path in group_by]
        instant = self.translation.microseconds(self.events.timestamp)
        query = select(self.windows.key, *groups, instant, *(self._plain(column) for column in columns))
        query = query.select_from(self._source).where(self.where())
        if usable is not None:
            query = query.where(usable.is_not(None))
        return query.order_by(self.windows.key, *groups, *([] if orderless else self.order()))

    def apart(self, measure: Measure, group_by: Sequence[str]) -> Select[Any] | None:
        """Return the select of key, groups and a measure that takes two steps, None where one is enough."""
        if isinstance(measure, NearestRank):
            return self._nearest_rank(measure, group_by)
        if isinstance(measure, Distinct) and measure.operation is not None:
            return self._distinct_after_operations(measure, measure.operation, group_by)
        return None

    def _plain(self, column: Number | Text) -> ColumnElement[str]:
        prop = self.properties[column.property]
        return self.translation.plain_number(prop.number) if isinstance(column, Number) else prop.text

    def _distinct_after_operations(
        self, measure: Distinct, operation: str, group_by: Sequence[str]
    ) -> Select[Any]:
        """Return the number of values whose last operation is not `remove`."""
        groups = [self.properties[path].text for path in group_by]
        value = self.properties[measure.property].text
        told = func.coalesce(self.properties[operation].text, "")
        last = (
            select(
                self.windows.key,
                *_labelled(groups),
                self.translation.latest(told, self.order()).label("operation"),
            )
            .select_from(self._source)
            .where(self.where(), value.is_not(None))
            .group_by(self.windows.key, *groups, value)
            .subquery("last")
        )
        key = [last.c.key, *_outer(last, groups)]
        present = func.sum(case((last.c.operation == "remove", 0), else_=1))
        return select(*key, present).group_by(*key)

    def _nearest_rank(self, measure: NearestRank, group_by: Sequence[str]) -> Select[Any]:
        """Return the smallest number that enough of the numbers do not exceed, by whole arithmetic."""
        groups = [self.properties[path].text for path in group_by]
        number = self.properties[measure.property].number
        tally = (
            select(self.windows.key, *_labelled(groups), number.label("number"), func.count().label("times"))
            .select_from(self._source)
            .where(self.where(), number.is_not(None))
            .group_by(self.windows.key, *groups, number)
            .subquery("tally")
        )
        key = [tally.c.key, *_outer(tally, groups)]
        ranked = select(
            *key,
            tally.c.number,
            func.sum(tally.c.times).over(partition_by=key, order_by=tally.c.number).label("reached"),
            func.sum(tally.c.times).over(partition_by=key).label("total"),
        ).subquery("ranked")
        key = [ranked.c.key, *_outer(ranked, groups)]
        numerator, denominator = measure.share()
        times = self.translation.times
        enough = times(ranked.c.reached, denominator) >= times(ranked.c.total, numerator)
        return select(*key, func.min(ranked.c.number)).where(enough).group_by(*key)

    def columns(self, measure: Measure) -> Sequence[Scaled]:
        """Return the aggregate columns that make up a measure."""
        if isinstance(measure, Count):
            return [(func.count(), 0)]
        prop = self.properties[measure.property]
        if isinstance(measure, Sum):
            return self.translation.sum(prop.number)
        if isinstance(measure, TimeWeighted):
            return self.translation.weighted_sum(prop.number, self._held())
        return [(self._column(measure, prop), 0)]

    def _column(self, measure: Measure, prop: Property) -> ColumnElement[Any]:
        if isinstance(measure, Latest):
            return self.translation.latest(prop.number, self.order())
        if isinstance(measure, Distinct):
            return func.count(prop.text.distinct())
        simple: dict[type[Measure], Callable[[Any], ColumnElement[Any]]]
        simple = {Min: func.min, Max: func.max, Values: func.count}
        return simple[type(measure)](prop.number)

    def _day(self) -> ColumnElement[int]:
        since_start = self.translation.microseconds(self.events.timestamp) - self.windows.start
        return self.translation.whole_days(since_start)

    def _held(self) -> ColumnElement[int]:
        """Return for how long what an event changed was held; `MeasuredPeriod.held` says the same."""
        since = func.greatest(self.translation.microseconds(self.events.timestamp), self.windows.start)
        return func.greatest(0, self.windows.held - since)


def _part(properties: Mapping[str, Property], parts: Sequence[Conditions]) -> Property:
    """Return the place of the first of some conditions that an event fulfils, as a property's text."""
    whens = [
        (and_(*(excluded(properties[path], wanted) for path, wanted in part.items())), str(place))
        for place, part in enumerate(parts)
    ]
    return Property(literal(None, QUANTITY), case(*whens))


def _labelled(groups: Sequence[ColumnElement[str]]) -> list[ColumnElement[str]]:
    return [group.label(f"g{number}") for number, group in enumerate(groups)]


def _outer(inner: FromClause, groups: Sequence[ColumnElement[str]]) -> list[ColumnElement[str]]:
    return [inner.c[f"g{number}"] for number in range(len(groups))]


def paths_of(metric: Metric, read: Iterable[str], group_by: Sequence[str]) -> list[str]:
    """Return every property path that a usage query needs, each once; `read` is what is aggregated."""
    paths = [f.property for f in metric.filters]
    paths += [path for exclusion in metric.exclude for path in exclusion]
    paths += group_by
    paths += read
    if metric.property is not None:
        paths.append(metric.property)
    return list(dict.fromkeys(paths))
