"""A sentence on what is unusual, said before invoices are final: short, and quick to find."""

from collections.abc import Sequence
from contextlib import suppress

from usagebill_tui.billing.anomalies.anomaly import AnomalyRequest
from usagebill_tui.billing.anomalies.finding import anomalies
from usagebill_tui.billing.anomalies.thresholds import Thresholds
from usagebill_tui.billing.house import House
from usagebill_tui.domain.periods import Days
from usagebill_tui.errors import UsagebillError
from usagebill_tui.store.catalogue import load_catalogue

MOST_LOOKED_AT = 10_000
"""With more customers × metrics × days, that takes over half a second: only the command is named."""


def note(
    house: House, days: Days, customers: Sequence[str], thresholds: Thresholds | None = None
) -> str | None:
    """Say how many anomalies customers have in some days, and what shows them; None where there are none.

    What cannot be found out is no reason not to bill: then nothing is said.
    """
    named = tuple(sorted(set(customers)))
    with house.database.reading() as session:
        metrics = len(load_catalogue(session).metrics)
    command = f"usagebill report anomalies --from {days.first} --to {days.after}"
    if len(named) == 1:
        command += f" --customer {named[0]}"
    if len(named) * metrics * days.count > MOST_LOOKED_AT:
        return f"not looked at for anomalies: {command}"
    with suppress(UsagebillError):
        asked = AnomalyRequest(
            customers=named,
            first=str(days.first),
            last=str(days.after),
            thresholds=thresholds or Thresholds(),
        )
        found = len(anomalies(house, asked)) if named else 0
        if found:
            return f"{found:,} {'anomaly' if found == 1 else 'anomalies'} in this period: {command}"
    return None
