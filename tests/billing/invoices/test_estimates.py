"""Estimates: the current period as if it were invoiced now."""

from datetime import UTC, date, datetime

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, amounts, catalogue, fee, metered

TEXT = catalogue(
    {
        "fee": fee("49.00"),
        "after": fee("1.00", "arrears"),
        "calls": metered("calls", unit_amount="1"),
        "stored": metered("stored", unit_amount="1"),
    },
    subscription={"start": date(2026, 9, 10)},
)


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """A desk in the middle of October, with events before, in and after."""
    desk = open_desk(TEXT, now="2026-10-15T12:00:00Z")
    desk.events(
        ("acme", "gb", "2026-09-15T00:00:00Z", {"gb": 3}),
        ("acme", "calls", "2026-09-30T23:59:59Z"),
        ("acme", "calls", "2026-10-10T00:00:00Z"),
        ("acme", "calls", "2026-10-15T11:59:59Z"),
        ("acme", "calls", "2026-10-15T12:00:00Z"),
        ("acme", "gb", "2026-10-20T00:00:00Z", {"gb": 5}),
    )
    return desk


def test_all_fees_and_the_usage_so_far_are_in_it(desk: Desk) -> None:
    (estimate,) = desk.workspace.estimate()
    assert (estimate.status, estimate.number) == ("estimate", None)
    assert amounts(estimate) == {"fee": "49.00", "after": "1.00", "calls": "2.00", "stored": "3.00"}
    assert (estimate.period.start.day, estimate.period.end.month) == (1, 11)
    assert desk.workspace.invoices() == []


@pytest.mark.parametrize(
    ("at", "calls", "stored"),
    [
        (datetime(2026, 10, 12, tzinfo=UTC), "1.00", "3.00"),
        (datetime(2026, 10, 31, tzinfo=UTC), "3.00", "8.00"),
        (datetime(2026, 10, 1, tzinfo=UTC), "0.00", "3.00"),
    ],
)
def test_an_estimate_of_another_moment_holds_what_came_before_it(
    desk: Desk, at: datetime, calls: str, stored: str
) -> None:
    (estimate,) = desk.workspace.estimate(["acme"], at)
    assert (amounts(estimate)["calls"], amounts(estimate)["stored"]) == (calls, stored)


def test_who_has_no_subscription_then_has_no_estimate(desk: Desk) -> None:
    assert desk.workspace.estimate(at=datetime(2026, 9, 9, tzinfo=UTC)) == []


def test_an_estimate_at_the_very_end_is_the_invoice(desk: Desk) -> None:
    (estimate,) = desk.workspace.estimate(at=datetime(2026, 10, 31, 23, 59, 59, 999999, tzinfo=UTC))
    desk.now = datetime(2026, 11, 1, tzinfo=UTC)
    (invoice,) = desk.workspace.bill("2026-10").invoices
    assert estimate.lines == invoice.lines
    assert (estimate.total, estimate.id) == (invoice.total, invoice.id)


def test_a_trial_that_is_not_over_costs_nothing_yet(open_desk: OpenDesk) -> None:
    text = catalogue(
        {"calls": metered("calls", unit_amount="1")},
        plan={"trial_days": 20},
        subscription={"start": date(2026, 10, 1)},
    )
    desk = open_desk(text, now="2026-10-15T12:00:00Z")
    desk.events(("acme", "calls", "2026-10-10T00:00:00Z"), ("acme", "calls", "2026-10-25T00:00:00Z"))
    assert [amounts(each) for each in desk.workspace.estimate()] == [{"calls": "0.00"}]
