"""Totals day by day are what a window for each day says, whatever its measure."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines import every_event_store, examples
from tests.eventstore.stores import any_store, deliver, event, question, temporary_any_store
from usagebill_tui.domain.aggregation import Count, Max, MeasuredPeriod, Sum
from usagebill_tui.domain.event import Event
from usagebill_tui.domain.metric import Filter, Metric
from usagebill_tui.eventstore.types import DayTotal, Window

pytestmark = every_event_store

DAY = 86_400_000_000
KINDS: dict[str, Sum | Max | Count] = {"sum": Sum("v"), "max": Max("v"), "count": Count()}


def metric(kind: str) -> Metric:
    return Metric(
        code="m",
        aggregation=kind,
        property=None if kind == "count" else "v",
        filters=(Filter(property="region", op="ne", value="us"),),
    )


def window(key: int, account: str, since: int, days: int, midnight: int) -> Window:
    until = midnight + days * DAY
    period = MeasuredPeriod(start=midnight, until=until, length=until - midnight)
    return Window(key, (account,), since, until, period)


def events(places: list[tuple[int, int, str, str]]) -> list[Event]:
    return [
        event(f"e{number}", at, account, v=v, region=region)
        for number, (at, v, account, region) in enumerate(places)
    ]


@settings(max_examples=examples(8))
@given(
    places=st.lists(
        st.tuples(
            st.integers(-DAY, 4 * DAY),
            st.integers(-(10**19), 10**19),
            st.sampled_from("ab"),
            st.sampled_from(["eu", "us"]),
        ),
        max_size=30,
    ),
    midnight=st.integers(-DAY, DAY),
    late=st.integers(0, DAY - 1),
    kind=st.sampled_from(sorted(KINDS)),
)
def test_days_are_as_if_each_had_a_window(
    places: list[tuple[int, int, str, str]], midnight: int, late: int, kind: str
) -> None:
    with temporary_any_store() as store:
        deliver(store, events(places))
        accounts = ("a", "b")
        whole = [window(key, one, midnight + late, 3, midnight) for key, one in enumerate(accounts)]
        found = store.daily(question(store, metric(kind), whole), KINDS[kind])
        single = [
            Window(
                key * 3 + day,
                (one,),
                midnight + (day * DAY if day else late),
                midnight + (day + 1) * DAY,
            )
            for key, one in enumerate(accounts)
            for day in range(3)
        ]
        expected = [
            DayTotal(*divmod(answer.key, 3), answer.events, answer.units)
            for answer in store.usage(question(store, metric(kind), single))
        ]
        assert found == expected


@pytest.mark.parametrize("kind", ["sum", "max"])
def test_what_has_no_number_does_not_count(tmp_path: Path, kind: str) -> None:
    store = any_store(tmp_path)
    deliver(store, [event("1", 5, v="many"), event("2", DAY + 5, v="1.5"), event("3", DAY + 6)])
    asked = question(store, metric(kind), [window(0, "a", 0, 3, 0)])
    assert store.daily(asked, KINDS[kind]) == [
        DayTotal(0, 0, 0, None),
        DayTotal(0, 1, 1, Decimal("1.5")),
    ]
    store.engine.dispose()
