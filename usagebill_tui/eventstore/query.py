"""Usage as one SQLAlchemy select, built once and compiled for whichever engine holds the events."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.types import Numeric

from usagebill_tui.domain.aggregation import Count, Distinct, Latest, Max, Measure, Min, Sum, Values
from usagebill_tui.domain.metric import Filter, Metric, Scalar
from usagebill_tui.domain.quantity import FRACTION_DIGITS, INTEGER_DIGITS, parse_decimal, plain, to_quantity

QUANTITY = Numeric(INTEGER_DIGITS + FRACTION_DIGITS, FRACTION_DIGITS)


class Property(msgspec.Struct, frozen=True):
    """The columns under which the events relation gives one property: its number and its text."""

    number: ColumnElement[Decimal]
    text: ColumnElement[str]


class Translation(Protocol):
    """What engines say differently."""

    def sum(self, number: ColumnElement[Decimal]) -> Sequence[ColumnElement[Any]]:
        """Return aggregate columns that together make an exact sum (their values are added)."""

    def latest(self, value: ColumnElement[Any], order: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        """Return the non-null value that is last by `order`."""


class UsageQuery:
    """A metric over windows: the events relation joined with the windows table, filtered and grouped.

    `events` has the columns source, id, account, metric, timestamp; `windows` has key, account, since, until.
    """

    def __init__(
        self,
        metric: Metric,
        events: FromClause,
        windows: FromClause,
        properties: Mapping[str, Property],
        translation: Translation,
    ) -> None:
        self.metric = metric
        self.events = events.c
        self.windows = windows.c
        self.properties = properties
        self.translation = translation
        self._source = events.join(
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
        """Return the conditions of the metric."""
        conditions = [self.events.metric == self.metric.event_code]
        conditions += [condition(self.properties[f.property], f) for f in self.metric.filters]
        for exclusion in self.metric.exclude:
            equalities = [_excluded(self.properties[path], value) for path, value in exclusion.items()]
            conditions.append(not_(and_(*equalities)))
        return and_(*conditions)

    def measured(
        self, measures: Mapping[str, Measure], usable: ColumnElement[Any] | None, group_by: Sequence[str]
    ) -> tuple[Select[Any], dict[str, list[int]]]:
        """Return the select of key, groups, matched, usable and the measures, and each measure's columns."""
        groups = [self.properties[path].text for path in group_by]
        columns: list[ColumnElement[Any]] = [self.windows.key, *groups, func.count()]
        columns.append(func.count() if usable is None else func.count(usable))
        places: dict[str, list[int]] = {}
        for name, measure in measures.items():
            parts = self._columns(measure)
            places[name] = list(range(len(columns), len(columns) + len(parts)))
            columns += parts
        labelled = [column.label(f"c{number}") for number, column in enumerate(columns)]
        query = select(*labelled).select_from(self._source).where(self.where())
        return query.group_by(self.windows.key, *groups), places

    def matching(self) -> Select[Any]:
        """Return the select of batch, source and id of the events that match."""
        return (
            select(self.events.batch, self.events.source, self.events.id)
            .select_from(self._source)
            .where(self.where())
        )

    def amounts(self, path: str) -> Select[Any]:
        """Return the select of key and number, in the order that matters."""
        number = self.properties[path].number
        query = select(self.windows.key, number).select_from(self._source)
        return query.where(self.where(), number.is_not(None)).order_by(self.windows.key, *self.order())

    def distinct_after_operations(self, measure: Distinct, group_by: Sequence[str]) -> Select[Any]:
        """Return the select of key, groups and the number of values whose last operation is not `remove`."""
        groups = [self.properties[path].text for path in group_by]
        value = self.properties[measure.property].text
        operation = func.coalesce(self.properties[str(measure.operation)].text, "")
        labelled = [group.label(f"g{number}") for number, group in enumerate(groups)]
        last = (
            select(
                self.windows.key,
                *labelled,
                self.translation.latest(operation, self.order()).label("operation"),
            )
            .select_from(self._source)
            .where(self.where(), value.is_not(None))
            .group_by(self.windows.key, *groups, value)
            .subquery("last")
        )
        outer = [last.c[f"g{number}"] for number in range(len(groups))]
        present = func.sum(case((last.c.operation == "remove", 0), else_=1))
        return select(last.c.key, *outer, present).group_by(last.c.key, *outer)

    def _columns(self, measure: Measure) -> Sequence[ColumnElement[Any]]:
        if isinstance(measure, Count):
            return [func.count()]
        prop = self.properties[measure.property]
        if isinstance(measure, Sum):
            return self.translation.sum(prop.number)
        if isinstance(measure, Latest):
            return [self.translation.latest(prop.number, self.order())]
        if isinstance(measure, Distinct):
            return [func.count(prop.text.distinct())]
        simple: dict[type[Measure], Callable[[Any], ColumnElement[Any]]]
        simple = {Min: func.min, Max: func.max, Values: func.count}
        return [simple[type(measure)](prop.number)]


def paths_of(metric: Metric, measures: Mapping[str, Measure], group_by: Sequence[str]) -> list[str]:
    """Return every property path that a usage query reads, each once."""
    paths = [f.property for f in metric.filters]
    paths += [path for exclusion in metric.exclude for path in exclusion]
    paths += group_by
    for measure in measures.values():
        match measure:
            case Count():
                pass
            case Distinct(path, operation):
                paths += [path] if operation is None else [path, operation]
            case _:
                paths.append(measure.property)
    if metric.property is not None:
        paths.append(metric.property)
    return list(dict.fromkeys(paths))


def condition(prop: Property, f: Filter) -> ColumnElement[bool]:
    """Return one filter as SQL; `domain.metric.Filter` says what a missing property fulfils."""
    values = f.value if isinstance(f.value, tuple) else (f.value,)
    match f.op:
        case "exists":
            return prop.text.is_not(None) if values[0] in {True, "true"} else prop.text.is_(None)
        case "eq" | "in":
            return or_(false(), *(_equal(prop, value) for value in values))
        case "ne" | "not_in":
            return not_(or_(false(), *(_equal(prop, value) for value in values)))
        case "contains":
            return or_(false(), *(_contains(prop, value) for value in values))
        case "not_contains":
            return not_(or_(false(), *(_contains(prop, value) for value in values)))
        case "gt" | "ge" | "lt" | "le":
            return or_(false(), *(_compared(prop, f.op, value) for value in values))


def as_text(value: Scalar) -> str:
    """Return a filter's value in the form in which properties are compared as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Scalar) -> Decimal | None:
    return None if isinstance(value, bool) else parse_decimal(str(value))


def _quantity(number: Decimal | None) -> ColumnElement[Decimal] | None:
    quantity = None if number is None else to_quantity(number)
    return None if quantity is None else cast(literal(plain(quantity)), QUANTITY)


def _excluded(prop: Property, value: Scalar | tuple[Scalar, ...]) -> ColumnElement[bool]:
    values = value if isinstance(value, tuple) else (value,)
    return or_(false(), *(_equal(prop, one) for one in values))


def _equal(prop: Property, value: Scalar) -> ColumnElement[bool]:
    quantity = _quantity(_number(value))
    same = prop.text == as_text(value) if quantity is None else prop.number == quantity
    return func.coalesce(same, false())


def _contains(prop: Property, value: Scalar) -> ColumnElement[bool]:
    return func.coalesce(prop.text.contains(as_text(value), autoescape=True), false())


def _compared(prop: Property, op: str, value: Scalar) -> ColumnElement[bool]:
    number = _number(value)
    quantity = _quantity(number)
    if number is not None and quantity is None:
        # Every quantity lies below a number that is too large to be one, and above its negative.
        return prop.number.is_not(None) if (number > 0) == (op in {"lt", "le"}) else false()
    left: ColumnElement[Any] = prop.text if quantity is None else prop.number
    right: ColumnElement[Any] = literal(as_text(value)) if quantity is None else quantity
    comparison = {"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[op]
    return func.coalesce(comparison, false())
