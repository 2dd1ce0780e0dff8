"""Anomalies of a small workspace: each kind, its reason, its order, its thresholds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, metered
from usagebill_tui.billing.anomalies import read_thresholds
from usagebill_tui.billing.reports.request import ReportRequest
from usagebill_tui.errors import NotFound, WrongCall

METRICS: list[Table] = [
    {"code": "calls", "aggregation": "count", "group_by": ["model"]},
    {"code": "gb", "aggregation": "sum", "property": "gb", "unit": "GB"},
    {"code": "peak", "event": "gb", "aggregation": "max", "property": "gb"},
    {
        "code": "eu",
        "event": "gb",
        "aggregation": "count",
        "filters": [{"property": "region", "op": "eq", "value": "eu"}],
    },
]
PRODUCTS = {"gb": metered("gb", unit_amount="2"), "calls": metered("calls", unit_amount="0.10")}
OCTOBER = ReportRequest(first="2026-10-01", last="2026-11-01")
FIRST = datetime(2026, 8, 1, 12, tzinfo=UTC)
NOW = "2026-11-05T12:00:00Z"


def day(number: int) -> str:
    """Return the noon so many days after 1 August; 61 is 1 October."""
    return (FIRST + timedelta(days=number)).isoformat()


def steady(days: range, **properties: Any) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Give 100 GB a day."""
    for number in days:
        yield "acme", "gb", day(number), {"gb": 100, "region": "eu", **properties}


def found(desk: Desk, request: ReportRequest = OCTOBER) -> list[tuple[Any, ...]]:
    rows = desk.workspace.report("anomalies", request).rows
    return [(row["customer"], row["metric"], row["day"], row["kind"], str(row["seen"])) for row in rows]


def text(**parts: object) -> str:
    return catalogue(PRODUCTS, **{"metrics": METRICS, **parts})  # type: ignore[arg-type] # as the desk takes them


def test_a_spike_says_what_was_seen_and_what_is_usual(open_desk: OpenDesk) -> None:
    desk = open_desk(text(), now=NOW)
    desk.events(*steady(range(92)), ("acme", "gb", day(70), {"gb": "420.5", "region": "eu"}))
    row, peak = desk.workspace.report("anomalies", OCTOBER).rows
    assert (row["seen"], row["usual_from"], row["usual_to"]) == (Decimal("520.5"), 100, 300)
    assert row["reason"] == (
        "520.5 GB, 5.2 times the usual; usual is 100 to 300: 8 Saturdays before had 100 (median)"
    )
    assert (peak["metric"], peak["day"], str(peak["seen"])) == ("peak", "2026-10-10", "420.5")


def test_a_drop_is_told_once_for_as_long_as_it_goes_on(open_desk: OpenDesk) -> None:
    desk = open_desk(text(), now=NOW)
    desk.events(*steady(range(66)), *steady(range(70, 92)))
    rows = [row for row in desk.workspace.report("anomalies", OCTOBER).rows if row["metric"] == "gb"]
    assert [(row["kind"], row["day"], row["seen"]) for row in rows] == [("drop to zero", "2026-10-06", 0)]
    assert rows[0]["reason"] == ("no GB for 4 days, to 2026-10-09; 8 Tuesdays before had 100 (median)")


def test_no_drop_after_the_subscription_or_on_a_day_that_has_not_ended(open_desk: OpenDesk) -> None:
    desk = open_desk(text(subscription={"end": datetime(2026, 10, 6, tzinfo=UTC).date()}), now=NOW)
    desk.events(*steady(range(66)))
    assert found(desk) == []
    today = open_desk(text(), now="2026-10-06T12:00:00Z")
    today.events(*steady(range(66)))
    assert found(today, ReportRequest()) == []


def test_usage_after_cancellation_counts_from_the_end(open_desk: OpenDesk) -> None:
    desk = open_desk(text(subscription={"end": datetime(2026, 10, 6, tzinfo=UTC).date()}), now=NOW)
    desk.events(*steady(range(69)))
    assert found(desk) == [("acme", "gb", "2026-10-06", "usage after cancellation", "3")]
    assert "ended on 2026-10-06" in desk.workspace.report("anomalies", OCTOBER).rows[0]["reason"]


def test_new_values_of_group_keys_and_of_filters(open_desk: OpenDesk) -> None:
    desk = open_desk(text(), now=NOW)
    calls = (("acme", "calls", day(number), {"model": "small"}) for number in range(92))
    desk.events(*steady(range(80)), *steady(range(80, 92), region="EU"), *calls)
    desk.events(("acme", "calls", day(75), {"model": "large"}), ("acme", "calls", day(75), {}))
    rows = desk.workspace.report("anomalies", OCTOBER).rows
    news = [row for row in rows if row["kind"] == "new property value"]
    assert [(row["metric"], row["day"], int(row["seen"])) for row in news] == [
        ("calls", "2026-10-15", 2),
        ("eu", "2026-10-20", 12),
    ]
    assert news[0]["reason"].startswith("model is 'large' or missing in 2 events from this day on; before")
    assert "region is 'EU' in 12 events" in news[1]["reason"]
    assert found(desk, ReportRequest(first="2026-10-01", last="2026-11-01", thresholds=("seen=62",))) == []


def test_a_burst_of_duplicates_is_a_batch(open_desk: OpenDesk) -> None:
    desk = open_desk(text(), now="2026-10-20T12:00:00Z")
    rows = [{"gb": 1, "region": "eu"}] * 150
    desk.events(*(("acme", "gb", day(70), row) for row in rows))
    again = (desk.folder / "2.jsonl").read_text(encoding="utf-8")
    (desk.folder / "again.jsonl").write_text(again + "\n", encoding="utf-8")
    desk.workspace.import_events([desk.folder / "again.jsonl"])
    asked = ReportRequest(first="2026-10-01")
    assert found(desk, asked) == [(None, None, "2026-10-20", "burst of duplicates", "150")]
    assert (
        "150 of 150 rows (100 %) were there already"
        in (desk.workspace.report("anomalies", asked).rows[0]["reason"])
    )
    assert found(desk, ReportRequest(customers=("acme",), first="2026-10-01")) == []
    desk.workspace.undo_batch(2)
    assert found(desk, asked) == []


def test_rows_come_by_customer_metric_and_day(open_desk: OpenDesk) -> None:
    desk = open_desk(text(more=[{"id": "aaa", "aliases": ["zed"]}]), now=NOW)
    other = (("zed", "gb", day(number), {"gb": 50, "region": "eu"}) for number in range(92))
    desk.events(*steady(range(92)), *other)
    desk.events(*((name, "gb", day(at), {"gb": 900}) for name in ("zed", "acme") for at in (71, 65)))
    spikes = [row[:3] for row in found(desk) if row[1] == "gb"]
    assert spikes == [
        ("aaa", "gb", "2026-10-05"),
        ("aaa", "gb", "2026-10-11"),
        ("acme", "gb", "2026-10-05"),
        ("acme", "gb", "2026-10-11"),
    ]
    assert {row[0] for row in found(desk, ReportRequest(customers=("aaa",), first="2026-10-01"))} == {"aaa"}


def test_thresholds_are_numbers_with_known_names(open_desk: OpenDesk) -> None:
    desk = open_desk(text(), now=NOW)
    desk.events(*steady(range(92)), ("acme", "gb", day(70), {"gb": 420, "region": "eu"}))
    asked = ReportRequest(first="2026-10-01", last="2026-11-01", thresholds=("times=5.2",))
    assert found(desk, asked) == []
    assert read_thresholds(["floor=0.5", "weeks=4"]).floor == Decimal("0.5")
    for wrong, why in (
        ("time=2", "did you mean 'times'"),
        ("times=many", "cannot be 'many'"),
        ("times=-1", "cannot be '-1'"),
        ("weeks=1.5", "a whole number"),
        ("weeks=0", "a whole number"),
        ("weeks=99999", "cannot be"),
    ):
        with pytest.raises(WrongCall, match=why):
            read_thresholds([wrong])


def test_days_are_the_customers_own_across_a_change_of_the_clock(open_desk: OpenDesk) -> None:
    zoned = {"timezone": "America/New_York"}
    desk = open_desk(text(customer=zoned), now="2026-12-05T12:00:00Z")
    late = ("2026-11-10T04:30:00Z", "2026-10-20T03:30:00Z")
    desk.events(*steady(range(127)), *(("acme", "gb", at, {"gb": 900, "region": "eu"}) for at in late))
    spikes = [row[2] for row in found(desk, ReportRequest(first="2026-10-01")) if row[1] == "gb"]
    assert spikes == ["2026-10-19", "2026-11-09"]


def test_unknown_customers_and_empty_ranges_are_refused(open_desk: OpenDesk) -> None:
    desk = open_desk(text(), now=NOW)
    with pytest.raises(NotFound, match="did you mean 'acme'"):
        found(desk, ReportRequest(customers=("acmee",)))
    with pytest.raises(WrongCall, match="--from comes first"):
        found(desk, ReportRequest(first="2026-10-02", last="2026-10-02"))
    assert found(desk, ReportRequest(first="2027-01-01")) == []
