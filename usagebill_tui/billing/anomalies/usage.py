"""Spikes, and drops to zero: each customer's usage of each metric against its own history."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from usagebill_tui.billing.anomalies.anomaly import Anomaly
from usagebill_tui.billing.anomalies.daily import daily_units, measure_of
from usagebill_tui.billing.anomalies.judging import Judged, Series, Usual, judged
from usagebill_tui.billing.anomalies.scope import Subject
from usagebill_tui.billing.anomalies.thresholds import Thresholds
from usagebill_tui.billing.house import House
from usagebill_tui.domain.aggregation import Count
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.pricing.words import number
from usagebill_tui.domain.quantity import divided, exact_arithmetic, normalized, round_to

_SHOWN_DIGITS = 2
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def unusual_usage(
    house: House, metric: Metric, subjects: Sequence[Subject], limits: Thresholds, snapshot: int
) -> Iterator[Anomaly]:
    """Yield the spikes and drops of one metric."""
    found = daily_units(house, metric, subjects, snapshot)
    for place, units in found.items():
        subject = subjects[place]
        series = Series(units, min(units), subject.expected)
        for one in judged(series, subject.days, limits):
            yield _anomaly(subject, metric, one, limits)


def _anomaly(subject: Subject, metric: Metric, one: Judged, limits: Thresholds) -> Anomaly:
    low, high = _range(one.usual, limits)
    return Anomaly(
        customer=subject.customer.id,
        metric=metric.code,
        day=date.fromordinal(one.day),
        kind="spike" if one.kind == "spike" else "drop to zero",
        seen=normalized(one.seen),
        usual_from=low,
        usual_to=high,
        reason=_reason(metric, one, low, high),
    )


def _range(usual: Usual, limits: Thresholds) -> tuple[Decimal, Decimal]:
    """Return from where to where a day would not have been unusual."""
    with exact_arithmetic():
        level = usual.median or usual.largest
        high = max(level * limits.times, usual.median + usual.spread * limits.spreads, limits.floor)
        low = max(Decimal(0), usual.median - usual.spread * limits.spreads)
    return round_to(low, _SHOWN_DIGITS), round_to(high, _SHOWN_DIGITS)


def _reason(metric: Metric, one: Judged, low: Decimal, high: Decimal) -> str:
    unit = "events" if isinstance(measure_of(metric), Count) else metric.unit or "units"
    against = f"{_days_words(one)} had {number(round_to(one.usual.median, _SHOWN_DIGITS))} (median)"
    if one.kind == "drop":
        return f"no {unit} {_time_words(one)}; {against}"
    range_ = f"usual is {number(low)} to {number(high)}"
    return f"{number(one.seen)} {unit}, {_ratio_words(one)}; {range_}: {against}"


def _ratio_words(one: Judged) -> str:
    level = one.usual.median or one.usual.largest
    if not level:
        return "where there never were any"
    times = number(round_to(divided(one.seen, level), 1))
    return f"{times} times the {'usual' if one.usual.median else 'largest day before'}"


def _time_words(one: Judged) -> str:
    if one.days == 1:
        return "on this day"
    last = date.fromordinal(one.day) + timedelta(days=one.days - 1)
    return f"for {one.days} days, to {last.isoformat()}"


def _days_words(one: Judged) -> str:
    if one.usual.basis == "all days":
        return f"{one.usual.count} days before"
    return f"{one.usual.count} {_WEEKDAYS[date.fromordinal(one.day).weekday()]} before"
