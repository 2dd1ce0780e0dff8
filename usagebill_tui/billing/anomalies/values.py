"""Values that a property never had before: of a metric's group keys, and of what its conditions read."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from usagebill_tui.billing.anomalies.anomaly import Anomaly
from usagebill_tui.billing.anomalies.scope import Subject
from usagebill_tui.billing.anomalies.thresholds import Thresholds
from usagebill_tui.billing.house import House
from usagebill_tui.domain.metric import Metric
from usagebill_tui.eventstore.types import Question, Window

Counts = Mapping[str | None, int]
"""How many events have which value."""
_SHOWN = 5


def paths_watched(metric: Metric) -> tuple[str, ...]:
    """Return the properties that decide whether an event counts, and in which group."""
    conditions = [one.property for one in metric.filters]
    exclusions = [path for exclusion in metric.exclude for path in exclusion]
    return tuple(dict.fromkeys([*metric.group_by, *conditions, *exclusions]))


def new_values(
    house: House, metric: Metric, subjects: Sequence[Subject], limits: Thresholds, snapshot: int
) -> Iterator[Anomaly]:
    """Yield the new values of one metric's properties, those of one day together."""
    everything = Metric(code=metric.code, event=metric.event_code, aggregation="count")
    for path in paths_watched(metric):
        known = _counted(house, everything, path, [(s, s.history) for s in subjects], snapshot)
        seen = _counted(house, everything, path, [(s, s.days) for s in subjects], snapshot)
        news = {place: new for place in seen if (new := _news(known[place], seen[place], limits))}
        by_day = _by_day(house, everything, path, {place: subjects[place] for place in news}, snapshot)
        for place, values in news.items():
            for day, counts in _first_days(by_day[place], values):
                yield _anomaly(subjects[place], metric, path, day, counts, known[place])


def _news(known: Counts, seen: Counts, limits: Thresholds) -> set[str | None]:
    if len(known) > limits.values or sum(known.values()) < limits.seen:
        return set()
    return {*seen} - {*known}


def _counted(
    house: House, metric: Metric, path: str, spans: Sequence[tuple[Subject, range]], snapshot: int
) -> dict[int, dict[str | None, int]]:
    windows = [
        Window(place, subject.accounts, *subject.span(days))
        for place, (subject, days) in enumerate(spans)
        if days
    ]
    found: dict[int, dict[str | None, int]] = defaultdict(dict)
    count = house.registry.aggregation("count")
    question = Question(
        metric=metric,
        aggregation=count,
        params=count.parameters(),
        windows=windows,
        group_by=(path,),
        snapshot=snapshot,
    )
    for answer in house.events.usage(question):
        found[answer.key][answer.group[0]] = answer.events
    return found


def _by_day(
    house: House, metric: Metric, path: str, subjects: Mapping[int, Subject], snapshot: int
) -> dict[int, dict[date, Counts]]:
    """Count day by day, for each subject by its place."""
    days = [(place, day) for place, subject in subjects.items() for day in subject.days]
    spans = [(subjects[place], range(day, day + 1)) for place, day in days]
    found: dict[int, dict[date, Counts]] = defaultdict(dict)
    for key, counts in sorted(_counted(house, metric, path, spans, snapshot).items()):
        place, day = days[key]
        found[place][date.fromordinal(day)] = counts
    return found


def _first_days(by_day: Mapping[date, Counts], values: set[str | None]) -> Iterator[tuple[date, Counts]]:
    """Yield each day on which some of the values came first, and how many events of each there are by now."""
    left = set(values)
    for day, counts in by_day.items():
        first = left & {*counts}
        left -= first
        if first:
            yield day, {value: sum(one.get(value, 0) for one in by_day.values()) for value in first}


def _anomaly(
    subject: Subject, metric: Metric, path: str, day: date, counts: Counts, known: Counts
) -> Anomaly:
    events = sum(counts.values())
    return Anomaly(
        customer=subject.customer.id,
        metric=metric.code,
        day=day,
        kind="new property value",
        seen=Decimal(events),
        reason=f"{path} is {_words(counts)} in {events:,} events from this day on; "
        f"before it was {_words(known)} in {sum(known.values()):,}",
    )


def _words(counts: Counts) -> str:
    """Name the values, the most frequent first."""
    ordered = sorted(counts, key=lambda value: (-counts[value], value is None, value or ""))
    names = ["missing" if value is None else repr(value) for value in ordered[:_SHOWN]]
    more = len(ordered) - len(names)
    return " or ".join([*names, *([f"{more} others"] if more else [])])
