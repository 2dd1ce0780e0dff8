"""Levels over time, percentiles and folds of plugins in usage, estimates and invoices."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, amounts, catalogue, metered
from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.domain.aggregation import Batch, FoldAggregation, MeasuredPeriod
from usagebill_tui.domain.origin import Origin
from usagebill_tui.errors import InvalidInput
from usagebill_tui.events import builtin as readers
from usagebill_tui.plugin import builtin
from usagebill_tui.plugin.loading import load_plugins
from usagebill_tui.plugin.registry import Registry

METRICS: list[Table] = [
    {"code": "held", "event": "gb", "aggregation": "weighted_sum", "property": "gb", "recurring": True},
    {"code": "fresh", "event": "gb", "aggregation": "weighted_sum", "property": "gb"},
    {
        "code": "p50",
        "event": "gb",
        "aggregation": "percentile",
        "property": "gb",
        "params": {"percentile": 50},
    },
]
PRODUCTS = {code: metered(code, unit_amount="1") for code in ("held", "fresh", "p50")}
# October has 31 days, November 30; the level is 310 from 1 October, 340 from 16 November.
EVENTS: Sequence[tuple[str, str, str, dict[str, int]]] = (
    ("acme", "gb", "2026-10-01T00:00:00Z", {"gb": 310}),
    ("acme", "gb", "2026-11-16T00:00:00Z", {"gb": 30}),
)


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """A desk with a level that rises in the middle of November."""
    desk = open_desk(catalogue(PRODUCTS, metrics=METRICS, subscription={"start": date(2026, 10, 1)}))
    desk.events(*EVENTS)
    return desk


def usage(desk: Desk, metric: str, **request: Any) -> list[str]:
    asked = UsageRequest(metrics=(metric,), **request)
    return [str(row.units) for row in desk.workspace.usage(asked)]


def test_a_level_is_carried_from_month_to_month(desk: Desk) -> None:
    run = desk.workspace.bill("2026-10-01..2027-01-01")
    assert [amounts(invoice) for invoice in run.invoices] == [
        {"held": "310.00", "fresh": "310.00", "p50": "310.00"},
        {"held": "325.00", "fresh": "15.00", "p50": "30.00"},
        {"held": "340.00", "fresh": "0.00", "p50": "0.00"},
    ]
    assert [line.events for invoice in run.invoices for line in invoice.lines] == [1, 1, 1, 2, 1, 1, 2, 0, 0]


@pytest.mark.parametrize(
    ("at", "held", "fresh"),
    [
        (datetime(2026, 11, 1, tzinfo=UTC), "0.00", "0.00"),
        (datetime(2026, 11, 4, tzinfo=UTC), "31.00", "0.00"),
        (datetime(2026, 11, 16, tzinfo=UTC), "155.00", "0.00"),
        (datetime(2026, 11, 19, tzinfo=UTC), "189.00", "3.00"),
        (datetime(2026, 11, 30, 23, 59, 59, 999999, tzinfo=UTC), "325.00", "15.00"),
    ],
)
def test_an_estimate_holds_the_level_up_to_the_moment_asked_for(
    desk: Desk, at: datetime, held: str, fresh: str
) -> None:
    (estimate,) = desk.workspace.estimate(at=at)
    assert (amounts(estimate)["held"], amounts(estimate)["fresh"]) == (held, fresh)


def test_the_usage_of_the_current_period_is_that_of_the_estimate(desk: Desk) -> None:
    at = datetime(2026, 11, 19, tzinfo=UTC)
    assert (usage(desk, "held", at=at), usage(desk, "fresh", at=at)) == (["189"], ["3"])
    # The week of the 16th is under way: 340 for three of its seven days; those to come hold nothing yet.
    by_week = usage(desk, "held", at=at, by="week")
    assert by_week == ["310", "310", "310", "145.714285714285714286", "0", "0"]


def test_buckets_are_periods_of_their_own_and_carry_the_level(desk: Desk) -> None:
    november = {"first": "2026-11-01", "last": "2026-12-01"}
    assert usage(desk, "held", **november) == ["325"]
    assert usage(desk, "fresh", **november) == ["15"]
    days = usage(desk, "held", **november, by="day")
    assert days == ["310"] * 15 + ["340"] * 15
    assert usage(desk, "fresh", **november, by="day") == ["0"] * 15 + ["30"] + ["0"] * 14
    assert (
        usage(desk, "held", first="2026-11-15", last="2026-11-17", by="hour") == ["310"] * 24 + ["340"] * 24
    )
    assert usage(desk, "held", first="2026-10-01", last="2027-01-01", by="month") == ["310", "325", "340"]


def test_an_explicit_range_is_its_own_period_and_needs_no_subscription(desk: Desk) -> None:
    assert usage(desk, "held", first="2026-11-15", last="2026-11-17") == ["325"]
    assert usage(desk, "held", first="2026-09-30", last="2026-10-02") == ["155"]
    assert usage(desk, "held", first="2026-09-01", last="2026-09-02") == ["0"]
    assert usage(desk, "p50", first="2026-09-01", last="2026-09-02") == ["None"]


def test_groups_carry_levels_of_their_own(desk: Desk) -> None:
    desk.events(("acme", "gb", "2026-11-21T00:00:00Z", {"gb": 30, "region": "eu"}))
    request = UsageRequest(metrics=("held",), first="2026-11-01", last="2026-12-01", group_by=("region",))
    found = [(row.group, str(row.units)) for row in desk.workspace.usage(request)]
    assert found == [({"region": None}, "325"), ({"region": "eu"}, "10")]
    december = UsageRequest(metrics=("held",), first="2026-12-01", last="2026-12-02", group_by=("region",))
    assert [str(row.units) for row in desk.workspace.usage(december)] == ["340", "30"]


def test_a_part_of_a_period_counts_by_the_full_period(open_desk: OpenDesk) -> None:
    """Who changes subscriptions within a month pays for a level as if nothing had changed."""
    text = catalogue(
        {"held": PRODUCTS["held"]},
        metrics=METRICS,
        subscription={"start": date(2026, 10, 1), "end": date(2026, 11, 16), "aliases": ["old"]},
        others=[{"id": "acme-next", "start": date(2026, 11, 16), "aliases": ["new"]}],
    )
    desk = open_desk(text)
    desk.events(
        ("old", "gb", "2026-11-04T00:00:00Z", {"gb": 30}), ("new", "gb", "2026-11-16T00:00:00Z", {"gb": 30})
    )
    found = [amounts(invoice)["held"] for invoice in desk.workspace.bill("2026-11").invoices]
    assert found == ["15.00", "12.00"]
    (estimate,) = desk.workspace.estimate(at=datetime(2026, 11, 17, tzinfo=UTC))
    assert amounts(estimate)["held"] == "1.00"


def test_a_month_is_as_long_as_it_is_in_the_customers_zone(open_desk: OpenDesk) -> None:
    """In New York the clock goes back on 1 November: 25 is held for 24 of the day's 25 hours."""
    text = catalogue(PRODUCTS, metrics=METRICS, customer={"timezone": "America/New_York"})
    desk = open_desk(text)
    desk.events(("acme", "gb", "2026-11-01T05:00:00Z", {"gb": 25}))
    assert usage(desk, "held", first="2026-11-01", last="2026-11-02") == ["24"]
    assert usage(desk, "held", first="2026-11-01", last="2026-11-03", by="day") == ["24", "25"]


def test_a_level_that_was_carried_is_rounded_like_any_usage(open_desk: OpenDesk) -> None:
    rounded = [{**METRICS[0], "rounding": {"mode": "ceil"}}, *METRICS[1:]]
    desk = open_desk(catalogue(PRODUCTS, metrics=rounded))
    desk.events(("acme", "gb", "2026-10-17T00:00:00Z", {"gb": 10}))
    assert [amounts(i)["held"] for i in desk.workspace.bill("2026-10").invoices] == ["5.00"]


@pytest.mark.parametrize(
    ("percentile", "why"),
    [
        ("0", "must be above 0, not 0"),
        ("100.5", "must not be above 100, not 100.5"),
        ("99.1234567890123456789", "may have up to 18 digits after the point"),
        ("most", "'most' is not a number"),
    ],
)
def test_a_percentile_out_of_reach_is_refused_by_its_key(
    open_desk: OpenDesk, percentile: str, why: str
) -> None:
    wrong = [*METRICS[:2], {**METRICS[2], "params": {"percentile": percentile}}]
    with pytest.raises(InvalidInput) as caught:
        open_desk(catalogue(PRODUCTS, metrics=wrong))
    assert '[[metric]] "p50", params.percentile' in str(caught.value)
    assert why in str(caught.value)


def test_a_percentile_carries_nothing(open_desk: OpenDesk) -> None:
    wrong = [*METRICS[:2], {**METRICS[2], "recurring": True}]
    with pytest.raises(InvalidInput, match="'percentile' carries no state"):
        open_desk(catalogue(PRODUCTS, metrics=wrong))


class NightShare(FoldAggregation):
    """The sum over the night hours of the customer's own clock, per day of the period."""

    name = "night_share"
    title = "Night share"

    def start(self, period: MeasuredPeriod, params: Any) -> list[Any]:
        return [ZoneInfo(period.timezone), Decimal(period.length) / 86_400_000_000, Decimal(0)]

    def step(self, state: list[Any], batch: Batch, params: Any) -> list[Any]:
        for at, number in zip(batch.timestamps, batch.numbers["value"], strict=True):
            if number == 13:
                raise ValueError("unlucky")
            if datetime.fromtimestamp(at // 1_000_000, state[0]).hour < 6:
                state[2] += number
        return state

    def merge(self, earlier: list[Any], later: list[Any], params: Any) -> list[Any]:
        return [*earlier[:2], earlier[2] + later[2]]

    def finish(self, state: list[Any], params: Any) -> Decimal | None:
        share: Decimal = state[2] / state[1]
        return share


def registry_with(aggregation: FoldAggregation) -> Registry:
    known = load_plugins((builtin, readers), entry_points=False).registry
    added = Registry(Origin("nights", "1.2", "nights.py"), known)
    added.add_aggregation(aggregation)
    added.take_over(known)
    return added


@pytest.fixture
def night_desk(open_desk: OpenDesk) -> Desk:
    """A desk whose plugin counts what happens at night in India."""
    text = catalogue(
        {"night": metered("night", unit_amount="31"), **PRODUCTS},
        metrics=[{"code": "night", "event": "gb", "aggregation": "night_share", "property": "gb"}, *METRICS],
        customer={"timezone": "Asia/Kolkata"},
    )
    return open_desk(text, registry=registry_with(NightShare()))


def test_a_fold_is_billed_estimated_and_explained_like_a_built_in_type(night_desk: Desk) -> None:
    night_desk.events(
        ("acme", "gb", "2026-10-05T20:30:00Z", {"gb": 2}),
        ("acme", "gb", "2026-10-05T06:30:00Z", {"gb": 100}),
        ("acme", "gb", "2026-10-09T22:00:00Z", {"gb": 3}),
        ("acme", "gb", "2026-10-09T22:00:00Z", {"gb": "many"}),
    )
    (invoice,) = night_desk.workspace.bill("2026-10").invoices
    assert amounts(invoice)["night"] == "5.00"
    line = invoice.lines[0]
    assert (line.events, line.left_out, dict(invoice.plugins)) == (3, 1, {"nights": "1.2"})
    (explained,) = night_desk.workspace.explain(invoice.id, 1).lines
    behind = night_desk.workspace.events_behind(night_desk.workspace.explain(invoice.id, 1), explained)
    assert len(list(behind)) == 4
    at = datetime(2026, 10, 9, tzinfo=UTC)
    assert [amounts(each)["night"] for each in night_desk.workspace.estimate(at=at)] == ["2.00"]
    by_day = usage(night_desk, "night", first="2026-10-06", last="2026-10-07", by="day")
    assert by_day == ["2"]


def test_a_fold_has_a_value_over_no_events(night_desk: Desk) -> None:
    assert usage(night_desk, "night", first="2026-10-06", last="2026-10-07") == ["0"]


def test_a_fold_that_fails_leaves_its_line_unrated_and_bills_the_rest(night_desk: Desk) -> None:
    night_desk.events(("acme", "gb", "2026-10-05T20:30:00Z", {"gb": 13}))
    (invoice,) = night_desk.workspace.bill("2026-10").invoices
    assert amounts(invoice)["p50"] == "13.00"
    assert "'night_share' of plugin nights 1.2 failed on a batch of events" in str(invoice.lines[0].not_rated)


class Impossible(NightShare):
    """Cannot even start."""

    def start(self, period: MeasuredPeriod, params: Any) -> list[Any]:
        raise ValueError("not today")


def test_a_fold_that_cannot_start_says_so_where_there_are_no_events(open_desk: OpenDesk) -> None:
    metrics = [{"code": "night", "event": "gb", "aggregation": "night_share", "property": "gb"}]
    text = catalogue({"night": metered("night", unit_amount="1")}, metrics=metrics)
    desk = open_desk(text, registry=registry_with(Impossible()))
    (row,) = desk.workspace.usage(UsageRequest(first="2026-10-06", last="2026-10-07"))
    assert row.units is None
    assert "failed to start (ValueError: not today)" in str(row.failure)
