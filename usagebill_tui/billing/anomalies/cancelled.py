"""Usage of customers after their last subscription has ended: events that no invoice will hold."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from usagebill_tui.billing.anomalies.anomaly import Anomaly
from usagebill_tui.billing.anomalies.scope import Subject
from usagebill_tui.billing.house import House
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.zones import from_micros, local_day, zone
from usagebill_tui.eventstore.funnel import Stretch, Tally


def usage_after_cancellation(
    house: House, catalogue: Catalogue, subjects: Sequence[Subject], snapshot: int
) -> Iterator[Anomaly]:
    """Yield, by customer and the code that its events carry, what came in the days asked for."""
    codes = sorted({metric.event_code for metric in catalogue.metrics.values()})
    asked: list[tuple[Subject, date, Stretch]] = []
    for subject in subjects:
        ended, days = _days_after_end(subject)
        if days:
            since, until = subject.span(days)
            asked += [
                (subject, ended, Stretch(account=account, metric=code, since=since, until=until))
                for account in subject.accounts
                for code in codes
            ]
    counted = house.events.funnel.stretches([stretch for _, _, stretch in asked], snapshot) if asked else []
    for (subject, ended, stretch), tally in zip(asked, counted, strict=True):
        if tally is not None:
            yield _anomaly(subject, ended, stretch, tally)


def _days_after_end(subject: Subject) -> tuple[date, range]:
    """Return the day on which the last subscription ended, and which days from it on are asked for."""
    last = max((days.stop for days in subject.expected), default=date.max.toordinal())
    first = max(last, subject.days.start)
    return date.fromordinal(last), range(first, max(first, subject.days.stop))


def _anomaly(subject: Subject, ended: date, stretch: Stretch, tally: Tally) -> Anomaly:
    local = zone(subject.customer.timezone)
    return Anomaly(
        customer=subject.customer.id,
        metric=stretch.metric,
        day=local_day(from_micros(tally.first), local),
        kind="usage after cancellation",
        seen=Decimal(tally.events),
        usual_from=Decimal(0),
        usual_to=Decimal(0),
        reason=f"{tally.events:,} events of {stretch.account} up to "
        f"{local_day(from_micros(tally.last), local).isoformat()}, though its subscription ended on "
        f"{ended.isoformat()}: nobody is charged for them",
    )
