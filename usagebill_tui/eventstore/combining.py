"""Usage of many accounts over one span of time: each account's events first, then what windows make of them.

Where all windows are of one span, an engine need not look for the windows of each single event: it aggregates
by account, and joins the few rows that this leaves with the windows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from usagebill_tui.domain.aggregation import Count, Max, Measure, Min, Sum, Values
from usagebill_tui.eventstore.query import Parts, UsageQuery

_Combine = Callable[[ColumnElement[Any]], ColumnElement[Any]]
_COMBINED: Mapping[type[Measure], _Combine] = {
    Count: func.sum,
    Sum: func.sum,
    Values: func.sum,
    Min: func.min,
    Max: func.max,
}
"""How what several accounts come to is put together, for each measure of which that can be told."""


def combinable(query: UsageQuery, measures: Iterable[Measure]) -> bool:
    """Tell whether `combined` selects the same as the query's `measured`."""
    return query.one_span and all(type(measure) in _COMBINED for measure in measures)


def combined(
    query: UsageQuery,
    measures: Mapping[str, Measure],
    usable: ColumnElement[Any] | None,
    group_by: Sequence[str],
) -> tuple[Select[Any], dict[str, Parts]]:
    """Return what `UsageQuery.measured` does: the select, and each measure's columns."""
    counted = func.count() if usable is None else func.count(usable)
    columns: list[tuple[ColumnElement[Any], _Combine]] = [(func.count(), func.sum), (counted, func.sum)]
    places: dict[str, Parts] = {}
    for name, measure in measures.items():
        parts = query.columns(measure)
        first = 1 + len(group_by) + len(columns)
        places[name] = [(first + k, power) for k, (_, power) in enumerate(parts)]
        columns += [(part, _COMBINED[type(measure)]) for part, _ in parts]
    groups = [query.properties[path].text for path in group_by]
    by_account = (
        select(
            query.events.account.label("account"),
            *(group.label(f"g{k}") for k, group in enumerate(groups)),
            *(column.label(f"m{k}") for k, (column, _) in enumerate(columns)),
        )
        .where(query.where())
        .group_by(query.events.account, *groups)
        .subquery("by_account")
    )
    key = [query.windows.key, *(by_account.c[f"g{k}"] for k in range(len(groups)))]
    together = [combine(by_account.c[f"m{k}"]) for k, (_, combine) in enumerate(columns)]
    labelled = [column.label(f"c{k}") for k, column in enumerate([*key, *together])]
    return select(*labelled).where(by_account.c.account == query.windows.account).group_by(*key), places
