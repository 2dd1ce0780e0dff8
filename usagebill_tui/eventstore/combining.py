"""Usage of many accounts over few spans of time: each account's events first, then what windows hold.

Where windows share their spans, an engine need not look for the windows of each single event: it aggregates
by account and slice, the time between one bound of any window and the next, and joins the few rows that this
leaves with the windows. A slice lies in a window or outside of it, never both.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from usagebill_tui.domain.aggregation import Count, Max, Measure, Min, Sum, Values
from usagebill_tui.eventstore.query import COUNTS, Parts, UsageQuery

_Combine = Callable[[ColumnElement[Any]], ColumnElement[Any]]
_COMBINED: Mapping[type[Measure], _Combine] = {
    Count: func.sum,
    Sum: func.sum,
    Values: func.sum,
    Min: func.min,
    Max: func.max,
}
"""How what several accounts come to is put together, for each measure of which that can be told."""


MOST_BOUNDS = 1_000
"""With more bounds, each event is joined with its account's windows: telling slices would cost more."""


def combinable(query: UsageQuery, measures: Iterable[Measure]) -> bool:
    """Tell whether `combined` selects the same as the query's `measured`."""
    return 1 < len(query.bounds) <= MOST_BOUNDS and all(type(measure) in _COMBINED for measure in measures)


def combined(
    query: UsageQuery,
    measures: Mapping[str, Measure],
    usable: ColumnElement[Any] | None,
    group_by: Sequence[str],
) -> tuple[Select[Any], dict[str, Parts]]:
    """Return what `UsageQuery.measured` does: the select, and each measure's columns."""
    counted = func.count() if usable is None else func.count(usable)
    columns: list[tuple[ColumnElement[Any], Measure]] = [(func.count(), Count()), (counted, Count())]
    places: dict[str, Parts] = {}
    for name, measure in measures.items():
        parts = query.columns(measure)
        first = 1 + len(group_by) + len(columns)
        places[name] = [(first + k, power) for k, (_, power) in enumerate(parts)]
        columns += [(part, measure) for part, _ in parts]
    groups = [query.properties[path].text for path in group_by]
    starts = _starts(query)
    by_account = (
        select(
            query.events.account.label("account"),
            starts.label("starts"),
            *(group.label(f"g{k}") for k, group in enumerate(groups)),
            *(column.label(f"m{k}") for k, (column, _) in enumerate(columns)),
        )
        .where(query.where())
        .group_by(query.events.account, starts, *groups)
        .subquery("by_account")
    )
    in_window = and_(
        by_account.c.account == query.windows.account,
        by_account.c.starts >= query.windows.since,
        by_account.c.starts < query.windows.until,
    )
    key = [query.windows.key, *(by_account.c[f"g{k}"] for k in range(len(groups)))]
    together = [
        query.translation.handed(
            _COMBINED[type(measure)](by_account.c[f"m{k}"]), counts=isinstance(measure, COUNTS)
        )
        for k, (_, measure) in enumerate(columns)
    ]
    labelled = [column.label(f"c{k}") for k, column in enumerate([*key, *together])]
    return select(*labelled).where(in_window).group_by(*key), places


def _starts(query: UsageQuery) -> ColumnElement[Any]:
    """Return the start of the slice that an event lies in; all lie between the first bound and the last."""
    return _sought(query.events.timestamp, query.bounds[:-1])


def _sought(instant: ColumnElement[Any], starts: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    """Return the last of some starts that is not after an instant, found by halving."""
    if len(starts) == 1:
        return starts[0]
    middle = len(starts) // 2
    before, after = _sought(instant, starts[:middle]), _sought(instant, starts[middle:])
    return case((instant < starts[middle], before), else_=after)
