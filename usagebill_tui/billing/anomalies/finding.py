"""Everything unusual, in one list."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from usagebill_tui.billing.anomalies.anomaly import Anomaly, AnomalyRequest, place
from usagebill_tui.billing.anomalies.cancelled import usage_after_cancellation
from usagebill_tui.billing.anomalies.duplicates import bursts_of_duplicates
from usagebill_tui.billing.anomalies.scope import Subject, subjects
from usagebill_tui.billing.anomalies.usage import unusual_usage
from usagebill_tui.billing.anomalies.values import new_values
from usagebill_tui.billing.house import House
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.manifest import batches


def anomalies(house: House, request: AnomalyRequest) -> list[Anomaly]:
    """Return what is unusual, by customer, metric and day, batches last.

    Batches are those imported since the first of the days; where customers are named, none are. Raises
    NotFound for an unknown customer, WrongCall for a range without time.
    """
    return sorted(_found(house, request), key=place)


def _found(house: House, request: AnomalyRequest) -> Iterator[Anomaly]:
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        imported = batches(session)
    limits, snapshot = request.thresholds, house.events.snapshot()
    looked_at = [one for one in subjects(catalogue, request, house.clock()) if one.days]
    if not request.customers:
        yield from bursts_of_duplicates(imported, _since(looked_at, house.clock()), limits)
    if not looked_at:
        return
    for metric in catalogue.metrics.values():
        yield from unusual_usage(house, metric, looked_at, limits, snapshot)
        yield from new_values(house, metric, looked_at, limits, snapshot)
    yield from usage_after_cancellation(house, catalogue, looked_at, snapshot)


def _since(looked_at: list[Subject], now: datetime) -> datetime:
    first = min((subject.days.start for subject in looked_at), default=now.toordinal())
    return datetime.combine(date.fromordinal(first), time(), UTC)
