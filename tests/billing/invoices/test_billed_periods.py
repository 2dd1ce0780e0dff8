"""Invoices of periods: where they begin and end, what is on them, that each is billed once."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import pairwise

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Table, amounts, catalogue, fee, metered
from usagebill_tui.domain.invoice import Invoice, Line, Span
from usagebill_tui.domain.periods import rfc3339

CALLS = metered("calls", unit_amount="1")
Billed = tuple[str | None, Span, str]


def lines(invoices: Iterable[Invoice]) -> Counter[Billed]:
    every: list[Line] = [line for invoice in invoices for line in invoice.lines]
    return Counter((line.product, line.period, str(line.amount)) for line in every)


def test_an_event_at_local_midnight_belongs_to_the_new_period(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"calls": CALLS}, customer={"timezone": "America/New_York"}))
    desk.events(
        ("acme", "calls", "2026-11-01T03:59:59.999999Z"),
        ("acme", "calls", "2026-11-01T04:00:00Z"),
        ("acme", "calls", "2026-12-01T04:59:59.999999Z"),
        ("acme", "calls", "2026-12-01T05:00:00Z"),
    )
    october, november, december = desk.workspace.bill("2026-10-01..2027-01-01").invoices
    assert [amounts(each) for each in (october, november, december)] == [
        {"calls": "1.00"},
        {"calls": "2.00"},
        {"calls": "1.00"},
    ]
    # The clocks went back within it.
    assert (rfc3339(november.period.start), rfc3339(november.period.end)) == (
        "2026-11-01T04:00:00Z",
        "2026-12-01T05:00:00Z",
    )


def test_each_customer_has_days_of_its_own(open_desk: OpenDesk) -> None:
    tokyo = {
        "id": "zen",
        "timezone": "Asia/Tokyo",
        "subscription": [{"id": "zen-pro", "plan": "pro", "start": date(2026, 1, 1)}],
    }
    desk = open_desk(catalogue({"calls": CALLS}, more=[tokyo]), now="2026-10-31T15:00:00Z")
    at = "2026-09-30T15:00:00Z"
    desk.events(("acme", "calls", at), ("zen", "calls", at))
    run = desk.workspace.bill("2026-10")
    assert [(each.customer, amounts(each)) for each in run.invoices] == [("zen", {"calls": "1.00"})]
    assert run.unfinished == ("acme-pro",)


@pytest.mark.parametrize(
    ("interval", "billing"),
    [
        ("week", "calendar"),
        ("month", "calendar"),
        ("month", "anniversary"),
        ("quarter", "calendar"),
        ("half_year", "anniversary"),
        ("year", "calendar"),
    ],
)
def test_two_months_at_a_time_bill_what_a_year_at_once_bills(
    open_desk: OpenDesk, interval: str, billing: str
) -> None:
    text = catalogue(
        {
            "calls": CALLS,
            "gb": metered(
                "gb", model="tiered", tiers=[{"up_to": 5, "unit_amount": "1"}, {"unit_amount": "2"}]
            ),
            "stored": metered("stored", unit_amount="0.10"),
            "ahead": fee("31.00"),
            "after": fee("3.10", "arrears"),
            "setup": fee("99.00", kind="one_time"),
        },
        plan={"interval": interval, "billing": billing},
        customer={"timezone": "Europe/Berlin"},
        subscription={"start": date(2026, 1, 31), "end": date(2026, 12, 10)},
    )
    rows = [
        ("acme", metric, f"2026-{month:02}-{day:02}T{hour}:00:00Z", {"gb": f"1.{month}"})
        for month in range(1, 13)
        for day, hour, metric in ((1, "00", "gb"), (17, "12", "calls"), (28, "23", "gb"))
    ]
    step_by_step, at_once = open_desk(text), open_desk(text)
    for desk in (step_by_step, at_once):
        desk.events(*rows)
    made: list[Invoice] = []
    for first, after in pairwise([*(f"2026-{month:02}-01" for month in range(1, 13, 2)), "2027-01-01"]):
        made += step_by_step.workspace.bill(f"{first}..{after}", finalize=True).invoices
    together = at_once.workspace.bill("2026")
    assert lines(made) == lines(together.invoices)
    assert max(lines(made).values()) == 1
    periods = [invoice.period for invoice in together.invoices]
    assert len(set(periods)) == len(periods)
    used = sum(line.events for each in made for line in each.lines if line.product in {"calls", "gb"})
    active = [row for row in rows if "2026-01-30T23" <= row[2] < "2026-12-09T23"]
    assert used == len(active)
    assert step_by_step.workspace.bill("2026").invoices == ()


def test_advance_and_usage_billed_apart_make_two_invoices_and_together_one(open_desk: OpenDesk) -> None:
    text = catalogue({"calls": CALLS, "fee": fee("49.00")})
    apart, together = open_desk(text, now="2026-10-01T00:00:00Z"), open_desk(text)
    for desk in (apart, together):
        desk.events(("acme", "calls", "2026-10-05T00:00:00Z"))
    first = apart.workspace.bill("2026-10", finalize=True)
    assert [amounts(each) for each in first.invoices] == [{"fee": "49.00"}]
    assert first.unfinished == ("acme-pro",)
    apart.now = together.now
    second = apart.workspace.bill("2026-10", finalize=True)
    assert [(each.id, amounts(each)) for each in second.invoices] == [
        ("acme-pro_2026-10-01_2", {"calls": "1.00"})
    ]
    assert apart.workspace.bill("2026-10").billed == 1
    whole = together.workspace.bill("2026-10").invoices
    assert [amounts(each) for each in whole] == [{"calls": "1.00", "fee": "49.00"}]


def test_a_draft_with_the_advance_fee_takes_the_usage_up_when_the_period_has_ended(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk(catalogue({"calls": CALLS, "fee": fee("49.00")}), now="2026-10-01T00:00:00Z")
    (draft,) = desk.workspace.bill("2026-10").invoices
    desk.now = desk.now.replace(month=11)
    (renewed,) = desk.workspace.bill("2026-10").invoices
    assert (renewed.id, amounts(renewed)) == (draft.id, {"calls": "0.00", "fee": "49.00"})


def test_two_drafts_of_one_period_are_both_made_anew_with_the_contract(
    open_desk: OpenDesk,
) -> None:
    text = catalogue(
        {"calls": CALLS, "fee": fee("49.00")},
        plan={"billing": "anniversary", "minimum_spend": "100"},
        subscription={"start": date(2026, 9, 15)},
    )
    desk = open_desk(text)
    desk.workspace.bill("2026-09")
    desk.workspace.bill("2026-10")
    desk.events(("acme", "calls", "2026-09-20T00:00:00Z"))
    desk.apply(text.replace("start = 2026-09-15", "start = 2026-09-15, end = 2026-10-05"))
    first = [each for each in desk.workspace.invoices() if each.period.start.month == 9]
    # 20 of 30 days of 49.00 and of the minimum of 100.
    assert [(each.id, amounts(each)) for each in first] == [
        ("acme-pro_2026-09-15", {"fee": "32.67"}),
        ("acme-pro_2026-09-15_2", {"calls": "1.00", "minimum": "33.00"}),
    ]
    desk.events(("acme", "calls", "2026-09-21T00:00:00Z"))
    run = desk.workspace.bill("2026-09-01..2026-11-01")
    renewed = {each.id: amounts(each) for each in run.invoices}
    assert renewed["acme-pro_2026-09-15_2"] == {"calls": "2.00", "minimum": "32.00"}
    assert desk.workspace.bill("2026-09-01..2026-11-01").invoices == ()


def test_of_two_drafts_the_one_that_closes_takes_what_the_other_leaves_of_a_discount(
    open_desk: OpenDesk,
) -> None:
    text = catalogue(
        {"calls": metered("calls", unit_amount="40"), "fee": fee("49.00")},
        plan={"billing": "anniversary", "minimum_spend": "1", "discount": {"amount": "60"}},
        subscription={"start": date(2026, 9, 15), "end": date(2026, 10, 5)},
    )
    desk = open_desk(text)
    desk.events(("acme", "calls", "2026-09-20T00:00:00Z"))
    made = [*desk.workspace.bill("2026-09").invoices, *desk.workspace.bill("2026-10").invoices]
    assert [str(each.discount) for each in made] == ["32.67", "27.33"]
    desk.apply(text.replace(", end = 2026-10-05", ""))
    desk.workspace.bill("2026-09-01..2026-11-01")
    renewed = [desk.workspace.invoice(each.id) for each in made]
    assert [str(each.discount) for each in renewed] == ["49.00", "11.00"]


def test_one_time_fees_are_billed_once(open_desk: OpenDesk) -> None:
    products = {
        "setup": fee("99.00", kind="one_time"),
        "farewell": fee("9.00", "arrears", kind="one_time"),
        "fee": fee("10.00"),
    }
    desk = open_desk(catalogue(products, subscription={"start": date(2026, 10, 20)}))
    october, november = desk.workspace.bill("2026-10-01..2026-12-01").invoices
    # 12 of 31 days of the fee; a one-time fee is never prorated.
    assert amounts(october) == {"setup": "99.00", "farewell": "9.00", "fee": "3.87"}
    assert amounts(november) == {"fee": "10.00"}


@pytest.mark.parametrize(
    ("trial", "fees", "october", "november"),
    [
        (0, "31.00", "2.00", "1.00"),
        (10, "21.00", "1.00", "1.00"),
        (31, "0.00", "0.00", "1.00"),
        (40, "0.00", "0.00", "1.00"),
    ],
)
def test_trial_days_are_free(open_desk: OpenDesk, trial: int, fees: str, october: str, november: str) -> None:
    desk = open_desk(
        catalogue(
            {"calls": CALLS, "fee": fee("31.00")},
            plan={"trial_days": trial},
            subscription={"start": date(2026, 10, 1)},
        )
    )
    desk.events(
        ("acme", "calls", "2026-10-10T23:59:59Z"),
        ("acme", "calls", "2026-10-11T00:00:00Z"),
        ("acme", "calls", "2026-11-10T00:00:00Z"),
    )
    first, second = desk.workspace.bill("2026-10-01..2026-12-01").invoices
    assert amounts(first) == {"calls": october, "fee": fees}
    assert amounts(second)["calls"] == november
    assert (str(first.period.start.date()), str(first.period.end.date())) == ("2026-10-01", "2026-11-01")


@pytest.mark.parametrize("trial", [1, 10, 31, 40])
def test_a_one_time_fee_is_of_the_first_day_so_any_trial_makes_it_free(
    open_desk: OpenDesk, trial: int
) -> None:
    products = {
        "setup": fee("99.00", kind="one_time"),
        "report": fee("9.00", "arrears", kind="one_time"),
    }
    desk = open_desk(
        catalogue(products, plan={"trial_days": trial}, subscription={"start": date(2026, 10, 1)})
    )
    first, *later = desk.workspace.bill("2026-10-01..2027-01-01").invoices
    assert (amounts(first), later) == ({"setup": "0.00", "report": "0.00"}, [])
    assert [line.steps[0].description for line in first.lines] == ["free during the trial"] * 2


@pytest.mark.parametrize(("trial", "minimum"), [(0, "48.39"), (5, "32.26"), (15, None)])
def test_the_minimum_is_prorated_by_the_charged_days(
    open_desk: OpenDesk, trial: int, minimum: str | None
) -> None:
    text = catalogue(
        {"calls": CALLS},
        plan={"trial_days": trial, "minimum_spend": "100"},
        subscription={"start": date(2026, 10, 17)},
    )
    (invoice,) = open_desk(text).workspace.bill("2026-10").invoices
    assert amounts(invoice).get("minimum") == minimum


def test_a_cancelled_subscription_is_billed_to_its_last_day(open_desk: OpenDesk) -> None:
    products: dict[str, Table] = {"calls": CALLS, "after": fee("31.00", "arrears")}
    desk = open_desk(catalogue(products, subscription={"end": date(2026, 10, 11)}))
    desk.events(
        ("acme", "calls", "2026-10-10T23:59:59Z"),
        ("acme", "calls", "2026-10-11T00:00:00Z"),
    )
    run = desk.workspace.bill("2026-10-01..2027-01-01")
    assert [amounts(each) for each in run.invoices] == [{"calls": "1.00", "after": "10.00"}]


def test_the_state_of_a_recurring_metric_starts_with_the_subscription(open_desk: OpenDesk) -> None:
    desk = open_desk(
        catalogue({"stored": metered("stored", unit_amount="1")}, subscription={"start": date(2026, 9, 10)})
    )
    desk.events(
        ("acme", "gb", "2026-09-09T23:00:00Z", {"gb": 100}),
        ("acme", "gb", "2026-09-10T00:00:00Z", {"gb": 7}),
        ("acme", "gb", "2026-10-20T00:00:00Z", {"gb": -2}),
    )
    run = desk.workspace.bill("2026-09-01..2026-12-01")
    assert [amounts(each)["stored"] for each in run.invoices] == ["7.00", "5.00", "5.00"]
