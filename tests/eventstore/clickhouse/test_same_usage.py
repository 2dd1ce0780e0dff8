"""The same usage, to the last digit, from DuckDB, from ClickHouse and from the plain model."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines import needs_chdb
from tests.eventstore.clickhouse.test_same_as_parquet import both
from tests.eventstore.inventing import NUMBERS, Asked, World, worlds
from tests.eventstore.stores import deliver, event, question
from tests.eventstore.test_usage_against_reference import expected_usage, windows_of
from usagebill_tui.domain.event import Event
from usagebill_tui.domain.metric import Filter, Metric
from usagebill_tui.domain.zones import start_of_day, to_micros, zone

pytestmark = needs_chdb

ZONES = ("America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca")
DAYS = (date(2024, 3, 9), date(2024, 4, 6), date(2024, 11, 2), date(2011, 12, 28), date(1969, 12, 30))
KINDS = (
    *("count", "sum", "unique_count", "max", "min", "average", "latest", "weighted_sum", "percentile"),
)  # fmt: skip


@st.composite
def zoned(draw: st.DrawFn) -> World:
    """Return events about the edges of local days, where clocks change, and questions about these days."""
    where, first = zone(draw(st.sampled_from(ZONES))), draw(st.sampled_from(DAYS))
    edges = [to_micros(start_of_day(first + timedelta(days=k), where)) for k in range(4)]
    times = st.builds(int.__add__, st.sampled_from(edges), st.sampled_from([-1, 0, 1, 3_600_000_000]))
    one = st.builds(
        _event, times, st.sampled_from("ab"), st.sampled_from(NUMBERS), st.sampled_from(["eu", "us"])
    )
    rows = draw(st.lists(one, min_size=4, max_size=16))
    events = [_named(row, number) for number, row in enumerate(rows)]
    accounts = st.sampled_from([("a",), ("b",), ("a", "b")])
    spans: list[Any] = [
        (
            draw(accounts),
            edges[k],
            edges[k + draw(st.integers(1, 3 - k))],
        )
        for k in (0, 1, 2)
    ]
    questions = [
        Asked(_metric(kind, draw(st.booleans())), spans, draw(st.sampled_from([(), ("r",), ("r", "n")])))
        for kind in draw(st.permutations(KINDS))[:4]
    ]
    return World([events[::2], events[1::2]], questions)


def _event(at: int, account: str, number: Decimal, region: str) -> tuple[int, str, Decimal, str]:
    return at, account, number, region


def _named(row: tuple[int, str, Decimal, str], number: int) -> Event:
    at, account, value, region = row
    return event(f"e{number}", at, account, n=value, r=region)


def _metric(kind: str, narrowed: bool) -> Metric:  # noqa: FBT001 - drawn
    filters = (Filter(property="r", op="eq", value="eu"),) if narrowed else ()
    return Metric(code="m", aggregation=kind, property=None if kind == "count" else "n", filters=filters)


def check_same(world: World) -> None:
    with both() as stores:
        for store in stores:
            for part in world.imports:
                deliver(store, part)
        for asked in world.questions:
            windows = windows_of(asked)
            parquet, clickhouse = (
                store.usage(question(store, asked.metric, windows, asked.group_by)) for store in stores
            )
            assert clickhouse == parquet, asked
            found = {(a.key, a.group): (a.units, a.events, a.left_out) for a in clickhouse}
            assert found == expected_usage(asked, world.events), asked


@settings(max_examples=4)
@given(worlds())
def test_of_odd_events_and_any_metric(world: World) -> None:
    check_same(world)


@settings(max_examples=3)
@given(zoned())
def test_over_days_of_a_zone(world: World) -> None:
    check_same(world)
