"""Usage as it is asked for: by customer, metric, time and group."""

from datetime import date

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, metered
from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.domain.periods import Bucket, rfc3339
from usagebill_tui.errors import NotFound, WrongCall

PRODUCTS = {"calls": metered("calls", unit_amount="1")}
METRICS: list[Table] = [
    {"code": "calls", "aggregation": "count", "group_by": ["model"]},
    {"code": "gb", "event": "calls", "aggregation": "sum", "property": "gb"},
    {"code": "peak", "event": "calls", "aggregation": "max", "property": "gb"},
    {"code": "stored", "event": "calls", "aggregation": "sum", "property": "gb", "recurring": True},
]
NEW_YORK = catalogue(PRODUCTS, metrics=METRICS, customer={"timezone": "America/New_York"})
# No subscription is needed where the dates are given.
ZEN = {"id": "zen"}


def shown(desk: Desk, **request: object) -> list[tuple[str, str, str | None]]:
    """Return customer, start and units of each row."""
    rows = desk.workspace.usage(UsageRequest(**request))  # type: ignore[arg-type] # passed on as it is
    return [(row.customer, rfc3339(row.start), None if row.units is None else str(row.units)) for row in rows]


def test_explicit_dates_need_no_subscription_and_are_each_customers_days(open_desk: OpenDesk) -> None:
    text = catalogue(PRODUCTS, metrics=METRICS, customer={"timezone": "America/New_York"}, more=[ZEN])
    desk = open_desk(text)
    for account in ("acme", "zen"):
        desk.events(
            (account, "calls", "2026-10-01T03:59:59Z", {"gb": 1}),
            (account, "calls", "2026-10-01T04:00:00Z", {"gb": 2}),
            (account, "calls", "2026-10-02T00:00:00Z", {"gb": 4}),
        )
    assert shown(desk, metrics=("gb",), first="2026-10-01", last="2026-10-02") == [
        ("acme", "2026-10-01T04:00:00Z", "6"),
        ("zen", "2026-10-01T00:00:00Z", "3"),
    ]
    assert shown(desk, customers=("zen",), metrics=("gb",), first="2026-10-01T04:00:00Z") == [
        ("zen", "2026-10-01T04:00:00Z", "6")
    ]


def test_explicit_dates_cover_what_lies_outside_the_subscription(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS, metrics=METRICS, subscription={"start": date(2026, 10, 15)}))
    desk.events(("acme", "calls", "2026-10-01T00:00:00Z", {"gb": 1}))
    assert shown(desk, metrics=("gb",), first="2026-10-01", last="2026-11-01")[0][2] == "1"


def test_without_dates_the_current_period_is_meant(open_desk: OpenDesk) -> None:
    desk = open_desk(NEW_YORK, now="2026-11-01T03:00:00Z")
    desk.events(
        ("acme", "calls", "2026-10-01T03:59:59Z"),
        ("acme", "calls", "2026-10-01T04:00:00Z"),
        ("acme", "calls", "2026-11-01T04:00:00Z"),
    )
    (row,) = desk.workspace.usage()
    assert (row.metric, str(row.units), rfc3339(row.start), rfc3339(row.end)) == (
        "calls", "1", "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z",
    )  # fmt: skip
    desk.now = desk.now.replace(hour=4)
    assert shown(desk)[0][1] == "2026-11-01T04:00:00Z"


@pytest.mark.parametrize(
    ("by", "rows", "expected"),
    [
        ("month", 2, {"10-31T04": "3", "11-01T04": "21"}),
        ("week", 2, {"10-31T04": "8", "11-02T05": "16"}),
        ("day", 3, {"10-31T04": "3", "11-01T04": "5", "11-02T05": "16"}),
        ("hour", 73, {"10-31T04": "1", "11-01T03": "2", "11-01T05": "4", "11-01T06": "1", "11-02T05": "16"}),
    ],
)
def test_buckets_follow_the_customers_clock(
    open_desk: OpenDesk, by: Bucket, rows: int, expected: dict[str, str]
) -> None:
    desk = open_desk(NEW_YORK)
    # The clock goes back on 1 November: 05:30 and 06:30 UTC are both 01:30 there.
    desk.events(
        ("acme", "calls", "2026-10-31T04:00:00Z", {"gb": 1}),
        ("acme", "calls", "2026-11-01T03:59:59Z", {"gb": 2}),
        ("acme", "calls", "2026-11-01T05:30:00Z", {"gb": 4}),
        ("acme", "calls", "2026-11-01T06:30:00Z", {"gb": 1}),
        ("acme", "calls", "2026-11-02T05:00:00Z", {"gb": 16}),
    )
    found = shown(desk, metrics=("gb",), first="2026-10-31", last="2026-11-03", by=by)
    assert len(found) == rows
    assert {start[5:13]: units for _, start, units in found if units != "0"} == expected


def test_a_recurring_metric_is_carried_from_bucket_to_bucket(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS, metrics=METRICS))
    desk.events(
        ("acme", "calls", "2026-09-01T00:00:00Z", {"gb": 10}),
        ("acme", "calls", "2026-10-02T00:00:00Z", {"gb": 5}),
        ("acme", "calls", "2026-10-03T00:00:00Z", {"gb": -3}),
    )
    found = shown(desk, metrics=("stored",), first="2026-10-01", last="2026-10-05", by="day")
    assert [units for *_, units in found] == ["10", "15", "12", "12"]


def test_groups_are_the_metrics_own_or_those_asked_for_and_a_missing_key_is_one(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS, metrics=METRICS))
    desk.events(
        ("acme", "calls", "2026-10-02T00:00:00Z", {"model": "large", "region": "eu"}),
        ("acme", "calls", "2026-10-02T00:00:00Z", {"model": "small", "region": "eu"}),
        ("acme", "calls", "2026-10-02T00:00:00Z", {"model": None, "region": "us"}),
        ("acme", "calls", "2026-10-02T00:00:00Z"),
    )

    def groups(*keys: str) -> list[tuple[object, str]]:
        request = UsageRequest(metrics=("calls",), first="2026-10-01", last="2026-11-01", group_by=keys)
        return [(row.group, str(row.units)) for row in desk.workspace.usage(request)]

    assert groups() == [({"model": None}, "2"), ({"model": "large"}, "1"), ({"model": "small"}, "1")]
    assert groups("region") == [({"region": None}, "1"), ({"region": "eu"}, "2"), ({"region": "us"}, "1")]
    assert groups("region", "model") == [
        ({"region": None, "model": None}, "1"),
        ({"region": "eu", "model": "large"}, "1"),
        ({"region": "eu", "model": "small"}, "1"),
        ({"region": "us", "model": None}, "1"),
    ]


def test_nothing_is_0_for_sums_and_no_value_for_a_maximum(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS, metrics=METRICS))
    rows = desk.workspace.usage(UsageRequest(first="2026-10-01", last="2026-11-01"))
    # `calls` has groups, and none has an event.
    shown_ = [(row.metric, row.units, row.events, row.left_out) for row in rows]
    assert shown_ == [("gb", 0, 0, 0), ("peak", None, 0, 0), ("stored", 0, 0, 0)]


def test_events_without_a_usable_property_are_counted_apart(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS, metrics=METRICS))
    unusable: list[Table] = [{}, {"gb": None}, {"gb": "much"}, {"gb": "1" + "0" * 20}]
    desk.events(
        *[("acme", "calls", "2026-10-02T00:00:00Z", properties) for properties in unusable],
        ("acme", "calls", "2026-10-02T00:00:00Z", {"gb": "1.5"}),
        ("acme", "calls", "2026-10-02T00:00:00Z", {"gb": 2}),
    )
    rows = desk.workspace.usage(UsageRequest(metrics=("gb", "peak"), first="2026-10-01", last="2026-11-01"))
    found = [(row.metric, str(row.units), row.events, row.left_out) for row in rows]
    assert found == [("gb", "3.5", 2, 4), ("peak", "2", 2, 4)]


@pytest.mark.parametrize(
    ("request_", "error", "words"),
    [
        (UsageRequest(customers=("acne",)), NotFound, "there is no customer 'acne'; did you mean 'acme'"),
        (UsageRequest(metrics=("pek",)), NotFound, "there is no metric 'pek'; did you mean 'peak'"),
        (UsageRequest(last="2026-11-01"), WrongCall, "--to without --from"),
        (UsageRequest(first="2026-11-01", last="2026-11-01"), WrongCall, "--from comes first"),
        (UsageRequest(first="2126-11-01"), WrongCall, "no time between 2126-11-01 and now"),
        (UsageRequest(first="0002-01-01", last="9999-01-01", by="hour"), WrongCall, "asks for about 3"),
    ],
)
def test_what_makes_no_sense_is_refused(
    open_desk: OpenDesk, request_: UsageRequest, error: type[NotFound | WrongCall], words: str
) -> None:
    desk = open_desk(catalogue(PRODUCTS, metrics=METRICS))
    with pytest.raises(error, match=words):
        desk.workspace.usage(request_)


def test_rows_come_by_customer_metric_and_start(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS, metrics=METRICS, more=[ZEN]))
    request = UsageRequest(metrics=("peak", "gb"), first="2026-10-01", last="2026-10-03", by="day")
    found = [(row.customer, row.metric, row.start.day) for row in desk.workspace.usage(request)]
    assert found == sorted(found)
    assert len(found) == 8
