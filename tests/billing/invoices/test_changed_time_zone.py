"""A change of a customer's time zone takes effect at the next boundary: every hour is billed once."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, amounts, catalogue, fee, metered
from usagebill_tui.billing.subscriptions.moving import MoveRequest

PRODUCTS = {"calls": metered("calls", unit_amount="1"), "base": fee("30.00")}


def text(zone: str, **more: Any) -> str:
    return catalogue(PRODUCTS, customer={"timezone": zone}, **more)


def starts(desk: Desk, period: str) -> list[tuple[str, str]]:
    made = desk.workspace.bill(period, finalize=True).invoices
    return [(f"{one.period.start:%m-%dT%H}", f"{one.period.end:%m-%dT%H}") for one in made]


@pytest.mark.parametrize(
    ("zone", "later"), [("America/New_York", "04-01T04"), ("Asia/Tokyo", "03-31T15"), ("UTC", "04-01T00")]
)
def test_the_running_period_ends_where_it_would_have_ended(
    open_desk: OpenDesk, zone: str, later: str
) -> None:
    desk = open_desk(text("UTC"), now="2026-02-10T00:00:00Z")
    desk.apply(text(zone))
    desk.now = datetime(2026, 5, 10, tzinfo=UTC)
    assert starts(desk, "2026-01-02..2026-04-01") == [
        ("01-01T00", "02-01T00"),
        ("02-01T00", "03-01T00"),
        ("03-01T00", later),
    ]


def test_every_hour_is_billed_once_across_the_change(open_desk: OpenDesk) -> None:
    desk = open_desk(text("America/New_York"), now="2026-02-10T00:00:00Z")
    desk.apply(text("Asia/Tokyo"))
    hours = [
        f"2026-{day}T{hour:02}:30:00Z" for day in ("02-28", "03-01", "03-31", "04-01") for hour in range(24)
    ]
    desk.events(*(("acme", "calls", hour) for hour in hours))
    desk.now = datetime(2026, 7, 1, tzinfo=UTC)
    made = desk.workspace.bill("2026-01-01..2026-06-01", finalize=True).invoices
    assert sum(int(line.units or 0) for one in made for line in one.lines if line.metric) == 96
    assert desk.workspace.adjustment_proposals() == []
    assert desk.workspace.unbilled() == []


def test_a_draft_of_the_running_period_stays_as_it_is(open_desk: OpenDesk) -> None:
    desk = open_desk(text("UTC"), now="2026-02-10T00:00:00Z")
    desk.workspace.bill("2026-02-01..2026-02-10")
    before = desk.workspace.invoices()
    desk.apply(text("Asia/Tokyo"))
    assert desk.workspace.invoices() == before


def test_who_has_nothing_running_changes_at_once(open_desk: OpenDesk) -> None:
    desk = open_desk(text("UTC", subscription={"start": date(2026, 3, 1)}), now="2026-02-10T00:00:00Z")
    desk.apply(text("Asia/Tokyo", subscription={"start": date(2026, 3, 1)}))
    assert desk.workspace.catalogue().customers["acme"].earlier_zones == ()
    desk.now = datetime(2026, 5, 10, tzinfo=UTC)
    assert starts(desk, "2026-03") == [("02-28T15", "03-31T15")]


def test_changed_twice_within_a_period_the_last_one_holds(open_desk: OpenDesk) -> None:
    desk = open_desk(text("UTC"), now="2026-02-10T00:00:00Z")
    desk.apply(text("America/New_York"))
    desk.apply(text("Asia/Tokyo"))
    desk.now = datetime(2026, 5, 10, tzinfo=UTC)
    assert starts(desk, "2026-02") == [("02-01T00", "03-01T00")]
    assert starts(desk, "2026-03") == [("03-01T00", "03-31T15")]


def test_the_catalogue_as_a_file_carries_the_zones_before(open_desk: OpenDesk) -> None:
    desk = open_desk(text("UTC"), now="2026-02-10T00:00:00Z")
    desk.apply(text("Asia/Tokyo"))
    desk.apply(text("Asia/Tokyo"))
    (kept,) = desk.workspace.catalogue().customers["acme"].earlier_zones
    assert (kept.timezone, kept.until) == ("UTC", date(2026, 2, 10))
    copy = open_desk(desk.workspace.export_catalogue())
    assert copy.workspace.catalogue() == desk.workspace.catalogue()


def test_what_was_invoiced_before_recomputes_as_it_was(open_desk: OpenDesk) -> None:
    desk = open_desk(text("UTC"), now="2026-02-10T00:00:00Z")
    desk.events(("acme", "calls", "2026-01-31T23:30:00Z"))
    (january,) = desk.workspace.bill("2026-01", finalize=True).invoices
    assert amounts(january) == {"calls": "1.00", "base": "30.00"}
    desk.apply(text("Asia/Tokyo"))
    assert desk.workspace.adjustment_proposals() == []
    desk.events(("acme", "calls", "2026-01-31T23:40:00Z"))
    (proposal,) = desk.workspace.adjustment_proposals()
    assert str(proposal.rest.net) == "1.00"


def test_what_follows_another_subscription_begins_where_that_ended(open_desk: OpenDesk) -> None:
    desk = open_desk(text("UTC"), now="2026-02-10T00:00:00Z")
    desk.apply(text("Asia/Tokyo"))
    cheaper = {**PRODUCTS, "base": fee("20.00")}
    desk.apply(catalogue(cheaper, customer={"timezone": "Asia/Tokyo"}))
    desk.workspace.move_subscriptions(MoveRequest(source="pro@1", target="pro@2"))
    desk.events(*(("acme", "calls", f"2026-02-28T{hour:02}:30:00Z") for hour in range(12, 24)))
    desk.now = datetime(2026, 5, 10, tzinfo=UTC)
    february, march = desk.workspace.bill("2026-02-02..2026-04-01", finalize=True).invoices
    assert february.period.end == march.period.start == datetime(2026, 3, 1, tzinfo=UTC)
    assert (amounts(february)["calls"], amounts(march)["calls"]) == ("12.00", "0.00")
