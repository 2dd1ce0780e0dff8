"""Which usage on final invoices is reached by other names now, so that other events count."""

from collections.abc import Iterable
from datetime import UTC, datetime

from usagebill_tui.billing.adjustments.recomputing import Recomputed
from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.measuring import Ask, measure
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Line
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.periods import Period

_BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)

Renamed = dict[str, frozenset[str]]
"""By the invoice's id, the metrics whose events are reached by other names."""


def renamed_metrics(
    house: House, catalogue: Catalogue, found: Iterable[Recomputed], snapshot: int
) -> Renamed:
    """Return where events name what names an account now and did not then, or the other way round.

    A name that no event of the period says changes nothing, such as that of a subscription that follows.
    """
    asked: list[tuple[str, Ask]] = []
    for one in found:
        if one.now is not None:
            before = {line.metric: line.accounts for line in one.billed.lines if line.accounts}
            for line in one.now.lines:
                other = set(line.accounts).symmetric_difference(before.get(line.metric, line.accounts))
                if line.metric and line.accounts and other:
                    asked.append((one.billed.id, _ask(catalogue, line, one.billed.customer, other)))
    told: dict[str, set[str]] = {}
    measured = measure(house, [ask for _, ask in asked], snapshot)
    for (invoice, ask), answer in zip(asked, measured, strict=True):
        if any(usage.events for usage in answer.usage):
            told.setdefault(invoice, set()).add(ask.metric.code)
    return {invoice: frozenset(metrics) for invoice, metrics in told.items()}


def _ask(catalogue: Catalogue, line: Line, customer: str, names: Iterable[str]) -> Ask:
    """Return how many events of a line's metric, whatever they say, name any of these."""
    metric = catalogue.metrics[line.metric or ""]
    start = _BEGINNING if metric.recurring else line.period.start
    return Ask(
        customer=customer,
        metric=Metric(code=metric.code, event=metric.event_code, aggregation="count"),
        accounts=tuple(sorted(names)),
        period=Period(start, line.period.end),
        timezone="UTC",
    )
