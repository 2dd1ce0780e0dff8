"""Usage added up by account and slice of time is what joining each event with its windows gives."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import catalogue, metered
from usagebill_tui.domain.zones import to_micros
from usagebill_tui.eventstore import combining
from usagebill_tui.eventstore.types import Answer, Question, Window
from usagebill_tui.store.catalogue import load_catalogue

TIMES = [
    "2026-01-01T00:00:00Z",
    "2026-01-31T23:59:59.999999Z",
    "2026-02-01T00:00:00Z",
    "2026-02-14T12:00:00Z",
]
DAYS = [(1, 1, 2, 1), (2, 1, 3, 1), (1, 15, 2, 14), (1, 1, 3, 1), (2, 14, 2, 14)]


def at(month: int, day: int) -> int:
    return to_micros(datetime(2026, month, day, tzinfo=UTC))


@pytest.mark.parametrize("metric", ["calls", "gb", "peak"])
def test_slices_and_joins_find_the_same(
    metric: str, open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows touch, overlap, hold one another and are empty; one has two accounts, one has no events."""
    event = "calls" if metric == "calls" else "gb"
    desk = open_desk(catalogue({metric: metered(metric, unit_amount="1")}))
    desk.events(
        *(
            (account, event, time, {"gb": f"{place}.25"})
            for account in ("acme", "else")
            for place, time in enumerate(TIMES)
        )
    )
    spans = [(at(*days[:2]), at(*days[2:])) for days in DAYS]
    accounts = [("acme",), ("acme", "else", "acme"), ("nobody",)]
    windows = [
        Window(key, names, since, until)
        for key, (names, (since, until)) in enumerate((a, s) for a in accounts for s in spans)
    ]
    house = desk.workspace._house  # noqa: SLF001 - what the use cases are given
    with house.database.reading() as session:
        known = load_catalogue(session).metrics[metric]
    aggregation = house.registry.aggregation(known.aggregation)

    def asked() -> list[Answer]:
        return house.events.usage(
            Question(
                metric=known,
                aggregation=aggregation,
                params=aggregation.parameters(),
                windows=windows,
                snapshot=house.events.snapshot(),
            )
        )

    sliced = asked()
    monkeypatch.setattr(combining, "MOST_BOUNDS", 0)
    assert sliced == asked()
    assert {one.key: one.events for one in sliced} == {0: 2, 1: 2, 2: 2, 3: 4, 5: 4, 6: 4, 7: 4, 8: 8}
    assert all(isinstance(one.units, Decimal) for one in sliced)
