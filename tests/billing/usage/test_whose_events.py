"""Whose event is it: names, aliases, two subscriptions of one customer, prices of one's own, old versions."""

from datetime import date

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, amounts, catalogue, fee, metered
from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.errors import Refused

ONE = metered("calls", unit_amount="1")


def called(desk: Desk, *accounts: str, day: int = 5) -> None:
    desk.events(*[(account, "calls", f"2026-10-{day:02}T00:00:00Z") for account in accounts])


def billed(desk: Desk) -> dict[str, dict[str, str]]:
    return {each.subscription: amounts(each) for each in desk.workspace.bill("2026-10").invoices}


def test_every_name_of_customer_and_subscription_counts(open_desk: OpenDesk) -> None:
    text = catalogue({"calls": ONE}, customer={"aliases": ["cus_1"]}, subscription={"aliases": ["sub_1"]})
    desk = open_desk(text)
    called(desk, "acme", "cus_1", "acme-pro", "sub_1", "ACME", "cus_2")
    assert billed(desk) == {"acme-pro": {"calls": "4.00"}}


def test_a_name_that_comes_to_exist_later_finds_its_events(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"calls": ONE}))
    called(desk, "cus_1")
    assert billed(desk) == {"acme-pro": {"calls": "0.00"}}
    desk.apply(catalogue({"calls": ONE}, customer={"aliases": ["cus_1"]}))
    assert billed(desk) == {"acme-pro": {"calls": "1.00"}}


def test_a_name_of_a_subscription_comes_before_that_of_a_customer(open_desk: OpenDesk) -> None:
    zen = {"id": "zen", "subscription": [{"plan": "pro", "start": date(2026, 1, 1)}]}
    desk = open_desk(catalogue({"calls": ONE}, subscription={"aliases": ["zen"]}, more=[zen]))
    called(desk, "zen")
    assert billed(desk) == {"acme-pro": {"calls": "1.00"}, "zen-pro": {"calls": "0.00"}}


def test_of_two_subscriptions_with_one_metric_each_counts_what_names_it(open_desk: OpenDesk) -> None:
    text = catalogue(
        {"calls": ONE},
        customer={"aliases": ["cus_1"]},
        subscription={"aliases": ["one"]},
        others=[{"id": "acme-two", "aliases": ["two"]}],
    )
    desk = open_desk(text)
    called(desk, "one", "acme-pro", "two", "acme-two", "acme-two", "acme", "cus_1")
    assert billed(desk) == {"acme-pro": {"calls": "2.00"}, "acme-two": {"calls": "3.00"}}
    rows = desk.workspace.usage(UsageRequest(metrics=("calls",), first="2026-10-01", last="2026-11-01"))
    assert [(row.customer, str(row.units)) for row in rows] == [("acme", "7")]


def test_two_subscriptions_that_would_bill_an_event_twice_are_refused(open_desk: OpenDesk) -> None:
    with pytest.raises(Refused, match="billed twice") as refusal:
        open_desk(catalogue({"calls": ONE}, others=[{"id": "acme-two"}]))
    assert refusal.value.exit_code == 5


def test_two_metrics_of_one_event_are_each_billed_by_their_own_subscription(open_desk: OpenDesk) -> None:
    metrics = [
        {"code": "calls", "aggregation": "count"},
        {"code": "gb", "event": "calls", "aggregation": "sum", "property": "gb"},
    ]
    traffic = {"code": "traffic", "products": ["gb"]}
    products = {"calls": ONE, "gb": metered("gb", unit_amount="1")}
    text = catalogue(
        products,
        metrics=metrics,
        plan={"products": ["calls"]},
        plans=[traffic],
        others=[{"id": "acme-traffic", "plan": "traffic"}],
    )
    desk = open_desk(text)
    desk.events(("acme", "calls", "2026-10-05T00:00:00Z", {"gb": 7}))
    assert billed(desk) == {"acme-pro": {"calls": "1.00"}, "acme-traffic": {"gb": "7.00"}}


def test_one_subscription_after_another_shares_the_customers_events_by_time(open_desk: OpenDesk) -> None:
    text = catalogue(
        {"calls": ONE},
        subscription={"end": date(2026, 10, 10)},
        others=[{"id": "acme-next", "start": date(2026, 10, 10)}],
    )
    desk = open_desk(text)
    called(desk, "acme", day=9)
    called(desk, "acme", "acme", day=10)
    called(desk, "acme-pro", day=11)
    assert billed(desk) == {"acme-next": {"calls": "2.00"}, "acme-pro": {"calls": "1.00"}}


def test_a_subscription_may_have_prices_of_its_own(open_desk: OpenDesk) -> None:
    zen = {"id": "zen", "subscription": [{"plan": "pro", "start": date(2026, 1, 1)}]}
    own = {
        "calls": {"model": "package", "package_size": 2, "package_amount": "3"},
        "fee": {"unit_amount": "5"},
    }
    text = catalogue({"calls": ONE, "fee": fee("49.00")}, subscription={"prices": own}, more=[zen])
    desk = open_desk(text)
    called(desk, "acme", "acme", "acme", "zen")
    assert billed(desk) == {
        "acme-pro": {"calls": "6.00", "fee": "5.00"},
        "zen-pro": {"calls": "1.00", "fee": "49.00"},
    }


def test_an_old_subscription_keeps_its_price_and_a_new_one_pays_the_new_one(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"calls": ONE}))
    called(desk, "acme", "zen")
    before = desk.workspace.bill("2026-10", finalize=True).invoices
    zen = {"id": "zen", "subscription": [{"plan": "pro", "start": date(2026, 1, 1)}]}
    desk.apply(catalogue({"calls": metered("calls", unit_amount="2")}, more=[zen]))
    called(desk, "acme", "zen", day=6)
    run = desk.workspace.bill("2026-10")
    assert [(each.plan, amounts(each)) for each in before] == [("pro@1", {"calls": "1.00"})]
    assert [(each.plan, amounts(each)) for each in run.invoices] == [("pro@2", {"calls": "4.00"})]
    (november,) = desk.workspace.bill("2026-11", ["acme"]).invoices
    assert november.plan == "pro@1"


def test_a_metric_that_is_redefined_changes_no_subscription_that_is_on_the_old_version(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk(catalogue({"gb": metered("gb", unit_amount="1")}))
    desk.events(("acme", "gb", "2026-10-05T00:00:00Z", {"gb": "1.2"}))
    rounded = {"mode": "ceil", "digits": 0}
    metrics = [{"code": "gb", "aggregation": "sum", "property": "gb", "rounding": rounded}]
    desk.apply(catalogue({"gb": metered("gb", unit_amount="1")}, metrics=metrics))
    assert billed(desk) == {"acme-pro": {"gb": "1.20"}}
    asked = UsageRequest(first="2026-10-01", last="2026-11-01")
    assert [str(row.units) for row in desk.workspace.usage(asked) if row.metric == "gb"] == ["2"]
