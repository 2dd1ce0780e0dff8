"""Moving to another plan version: every day is billed once, and what was agreed from the start goes on."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, amounts, catalogue, fee, metered
from usagebill_tui.billing.subscriptions.moving import Move, MoveRequest, Stayed
from usagebill_tui.billing.why import WhyRequest
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.periods import Days
from usagebill_tui.errors import InvalidInput, NotFound, Refused, WrongCall

NEXT = MoveRequest(source="pro@1", target="pro@2")
CALLS = metered("calls", unit_amount="1")
DEARER = metered("calls", unit_amount="2")


def two_versions(open_desk: OpenDesk, now: str, *, after: dict[str, Any] | None = None, **more: Any) -> Desk:
    """Return a desk where acme is on the first of two versions of `pro`, which differ in `after`."""
    products = more.pop("products", {"calls": CALLS})
    desk = open_desk(catalogue(products, **more), now=now)
    desk.apply(catalogue({**products, **(after or {"calls": DEARER})}, **more))
    return desk


def subscriptions(desk: Desk) -> dict[str, Subscription]:
    return desk.workspace.catalogue().subscriptions


def billed(desk: Desk, *months: str) -> list[dict[str, str]]:
    made = [one for month in months for one in desk.workspace.bill(month, finalize=True).invoices]
    return [amounts(one) for one in made]


def test_each_goes_on_where_its_period_ends_and_events_may_name_the_old_one(open_desk: OpenDesk) -> None:
    desk = two_versions(open_desk, "2026-02-10T12:00:00Z", subscription={"aliases": ["sub_1"]})
    moved = desk.workspace.move_subscriptions(NEXT)
    assert moved.moves == (
        Move(
            subscription="acme-pro",
            customer="acme",
            successor="acme-pro-2",
            plan_before="pro@1",
            plan_after="pro@2",
            day=date(2026, 3, 1),
        ),
    )
    old, new = subscriptions(desk).values()
    assert (old.plan_label, old.end, old.aliases) == ("pro@1", date(2026, 3, 1), ("sub_1",))
    assert (new.plan_label, new.start, new.end, new.follows) == ("pro@2", date(2026, 3, 1), None, "acme-pro")
    for month in ("02", "03"):
        names = ["acme", "acme-pro", "sub_1", "acme-pro-2"]
        desk.events(*((name, "calls", f"2026-{month}-20T00:00:00Z") for name in names))
    desk.now = datetime(2026, 5, 1, tzinfo=UTC)
    assert billed(desk, "2026-02", "2026-03") == [{"calls": "4.00"}, {"calls": "8.00"}]
    assert desk.workspace.adjustment_proposals() == []


def test_events_that_name_the_old_one_are_neither_unbilled_nor_a_riddle(open_desk: OpenDesk) -> None:
    desk = two_versions(open_desk, "2026-02-10T12:00:00Z", subscription={"aliases": ["sub_1"]})
    desk.workspace.move_subscriptions(NEXT)
    desk.events(*((name, "calls", "2026-03-20T00:00:00Z") for name in ("acme-pro", "sub_1")))
    desk.now = datetime(2026, 3, 25, tzinfo=UTC)
    assert desk.workspace.unbilled() == []
    answer = desk.workspace.why(WhyRequest(customer="acme", metric="calls"))
    assert [stage.name for stage in answer.stages if stage.lost] == []


def test_late_events_still_reach_what_was_moved_from(open_desk: OpenDesk) -> None:
    desk = two_versions(open_desk, "2026-02-10T12:00:00Z", subscription={"aliases": ["sub_1"]})
    desk.events(("sub_1", "calls", "2026-01-20T00:00:00Z"))
    billed(desk, "2026-01")
    desk.workspace.move_subscriptions(NEXT)
    assert desk.workspace.adjustment_proposals() == []
    desk.events(("sub_1", "calls", "2026-01-21T00:00:00Z"))
    (proposal,) = desk.workspace.adjustment_proposals()
    assert str(proposal.rest.net) == "1.00"


def test_moving_again_changes_nothing_and_says_why(open_desk: OpenDesk) -> None:
    desk = two_versions(open_desk, "2026-02-10T12:00:00Z")
    desk.workspace.move_subscriptions(NEXT)
    before = desk.workspace.catalogue()
    again = desk.workspace.move_subscriptions(NEXT)
    assert again.moves == ()
    assert again.stayed == (Stayed(subscription="acme-pro", customer="acme", reason="it ends on 2026-03-01"),)
    assert desk.workspace.catalogue() == before


def test_a_third_version_follows_the_second_under_the_next_number(open_desk: OpenDesk) -> None:
    desk = two_versions(open_desk, "2026-02-10T12:00:00Z")
    desk.workspace.move_subscriptions(NEXT)
    desk.now = datetime(2026, 3, 10, tzinfo=UTC)
    text = catalogue({"calls": metered("calls", unit_amount="5")}, subscription={"end": date(2026, 3, 1)})
    desk.apply(text)
    (move,) = desk.workspace.move_subscriptions(MoveRequest(source="pro", target="pro")).moves
    assert (move.subscription, move.successor, move.plan_after) == ("acme-pro-2", "acme-pro-3", "pro@3")
    third = subscriptions(desk)["acme-pro-3"]
    assert (third.follows, third.since) == ("acme-pro-2", date(2026, 1, 1))
    desk.events(*(("acme-pro", "calls", f"2026-0{month}-20T00:00:00Z") for month in (2, 3, 4)))
    desk.now = datetime(2026, 6, 1, tzinfo=UTC)
    assert billed(desk, "2026-02", "2026-03", "2026-04") == [
        {"calls": "1.00"},
        {"calls": "2.00"},
        {"calls": "5.00"},
    ]


def test_a_dry_run_shows_the_last_whole_period_under_either_and_leaves_nothing(open_desk: OpenDesk) -> None:
    desk = two_versions(open_desk, "2026-03-10T12:00:00Z")
    desk.events(*(("acme", "calls", f"2026-02-{day:02}T00:00:00Z") for day in range(1, 8)))
    before = desk.workspace.catalogue()
    (move,) = desk.workspace.move_subscriptions(NEXT, dry_run=True).moves
    assert move.effect is not None
    assert (str(move.effect.before), str(move.effect.after)) == ("7.00", "14.00")
    assert move.effect.days == Days(date(2026, 2, 1), date(2026, 3, 1))
    assert desk.workspace.catalogue() == before


def test_a_dry_run_looks_at_the_subscription_that_moves_and_at_no_other(open_desk: OpenDesk) -> None:
    other = {"id": "other", "plan": "storage", "aliases": ["o"]}
    plans = [{"code": "storage", "products": ["gb"]}]
    products = {"calls": CALLS, "gb": metered("gb", unit_amount="100")}
    text = catalogue(products, plan={"products": ["calls"]}, plans=plans, others=[other])
    desk = open_desk(text, now="2026-03-10T12:00:00Z")
    desk.apply(text.replace('unit_amount = "1"', 'unit_amount = "2"'))
    desk.events(("acme", "calls", "2026-02-02T00:00:00Z"), ("acme", "gb", "2026-02-02T00:00:00Z", {"gb": 9}))
    (move,) = desk.workspace.move_subscriptions(NEXT, dry_run=True).moves
    assert move.effect is not None
    assert (str(move.effect.before), str(move.effect.after)) == ("1.00", "2.00")


def test_one_that_has_not_started_changes_its_version_and_keeps_its_id(open_desk: OpenDesk) -> None:
    desk = two_versions(open_desk, "2025-12-10T12:00:00Z", subscription={"aliases": ["sub_1"]})
    (move,) = desk.workspace.move_subscriptions(NEXT).moves
    assert (move.successor, move.day) == ("acme-pro", date(2026, 1, 1))
    (only,) = subscriptions(desk).values()
    assert (only.plan_label, only.start, only.aliases) == ("pro@2", date(2026, 1, 1), ("sub_1",))


def test_own_prices_go_along_where_the_product_is_sold(open_desk: OpenDesk) -> None:
    products = {"calls": CALLS, "gb": metered("gb", unit_amount="1")}
    own = {code: {"model": "per_unit", "unit_amount": "0.5"} for code in products}
    desk = open_desk(catalogue(products, subscription={"prices": own}), now="2026-02-10T12:00:00Z")
    text = catalogue(products, plan={"products": ["calls"]}, subscription={"prices": own, "plan": "pro@1"})
    desk.apply(text)
    desk.workspace.move_subscriptions(NEXT)
    found = subscriptions(desk)
    assert set(found["acme-pro"].prices) == {"calls", "gb"}
    assert set(found["acme-pro-2"].prices) == {"calls"}


def test_fees_in_advance_are_charged_once_for_each_period(open_desk: OpenDesk) -> None:
    products = {"calls": CALLS, "base": fee("30.00"), "setup": fee("500.00", kind="one_time")}
    desk = two_versions(open_desk, "2026-01-10T12:00:00Z", products=products, after={"base": fee("40.00")})
    desk.workspace.bill("2026-01", finalize=True)
    desk.workspace.move_subscriptions(NEXT)
    desk.now = datetime(2026, 4, 10, tzinfo=UTC)
    first = desk.workspace.invoices()
    assert [amounts(one) for one in first] == [{"base": "30.00", "setup": "500.00"}]
    assert billed(desk, "2026-01", "2026-02", "2026-03") == [
        {"calls": "0.00"},
        {"calls": "0.00", "base": "40.00"},
        {"calls": "0.00", "base": "40.00"},
    ]


def test_credit_and_charge_are_both_without_the_tax_that_prices_contain(open_desk: OpenDesk) -> None:
    tax = "\n[[tax]]\ncode = 'vat'\npercent = '10'\ninclusive = true\n"
    products = {"base": {**fee("30.80"), "tax": "vat"}}
    plans = [{"code": "large", "products": ["base"]}]
    desk = open_desk(catalogue(products, plans=plans) + tax, now="2026-02-10T12:00:00Z")
    desk.workspace.bill("2026-02-01..2026-02-28", finalize=True)
    request = MoveRequest(source="pro", target="large", day=date(2026, 2, 15))
    dry = desk.workspace.move_subscriptions(request, dry_run=True)
    assert [str(one.charge) for one in dry.moves] == ["14.00"]
    assert [str(one.net) for one in dry.consequences] == ["-14.00"]


@pytest.mark.parametrize("day", [date(2026, 2, 2), date(2026, 2, 28)])
def test_a_fee_in_advance_goes_over_by_day(open_desk: OpenDesk, day: date) -> None:
    products = {"calls": CALLS, "base": fee("28.00")}
    after = {"calls": DEARER, "base": fee("56.00")}
    desk = two_versions(open_desk, "2026-02-01T12:00:00Z", products=products, after=after)
    desk.workspace.bill("2026-02-01..2026-02-28", finalize=True)
    request = MoveRequest(source="pro@1", target="pro@2", day=day)
    dry = desk.workspace.move_subscriptions(request, dry_run=True)
    left = (date(2026, 3, 1) - day).days
    assert [one.charge for one in dry.moves] == [2 * left]
    assert [(one.form, str(one.net)) for one in dry.consequences] == [("line", f"{-left}.00")]
    assert desk.workspace.move_subscriptions(request).consequences == dry.consequences
    desk.now = datetime(2026, 4, 1, tzinfo=UTC)
    assert billed(desk, "2026-02") == [
        {"calls": "0.00", "base": f"{-left}.00"},
        {"calls": "0.00", "base": f"{2 * left}.00"},
    ]
    assert desk.workspace.adjustment_proposals() == []


def test_a_draft_goes_with_the_move_and_what_a_final_invoice_bills_in_arrears_stays(
    open_desk: OpenDesk,
) -> None:
    desk = two_versions(open_desk, "2026-03-10T12:00:00Z")
    back = MoveRequest(source="pro@1", target="pro@2", day=date(2026, 2, 15))
    desk.events(("acme", "calls", "2026-02-20T00:00:00Z"))
    (draft,) = desk.workspace.bill("2026-02").invoices
    assert [one.form for one in desk.workspace.move_subscriptions(back, dry_run=True).consequences] == [
        "renewed"
    ]
    desk.workspace.finalize(draft.id)
    with pytest.raises(Refused, match="up to 2026-03-01; let it end on 2026-03-01 or later"):
        desk.workspace.move_subscriptions(back)
    assert len(subscriptions(desk)) == 1


def test_one_who_cannot_move_keeps_all_where_they_are(open_desk: OpenDesk) -> None:
    bound = {"plan": "pro", "start": date(2026, 1, 1)}
    more: list[dict[str, Any]] = [
        {"id": "zeta", "currency": "EUR"},
        {"id": "beta", "subscription": [{**bound, "id": "b"}]},
    ]
    euro = {"code": "euro", "currency": "EUR", "products": ["calls"]}
    desk = open_desk(catalogue({"calls": CALLS}, more=more, plans=[euro]), now="2026-02-10T12:00:00Z")
    before = desk.workspace.catalogue()
    with pytest.raises(InvalidInput, match="EUR"):
        desk.workspace.move_subscriptions(MoveRequest(source="pro@1", target="euro"))
    assert desk.workspace.catalogue() == before


def test_names_that_are_not_known_are_said(open_desk: OpenDesk) -> None:
    workspace = two_versions(open_desk, "2026-02-10T12:00:00Z").workspace
    with pytest.raises(NotFound, match="'acne'"):
        workspace.move_subscriptions(MoveRequest(source="pro@1", target="pro@2", customers=("acne",)))
    with pytest.raises(NotFound, match="pro@1, pro@2"):
        workspace.move_subscriptions(MoveRequest(source="pro@1", target="pro@9"))
    with pytest.raises(WrongCall, match="both left and moved to"):
        workspace.move_subscriptions(MoveRequest(source="pro@2", target="pro"))


def test_anniversaries_trials_and_first_months_are_counted_from_the_first_start(open_desk: OpenDesk) -> None:
    desk = two_versions(
        open_desk,
        "2026-02-10T12:00:00Z",
        plan={"billing": "anniversary", "trial_days": 5, "discount": {"percent": "50", "months": 2}},
        subscription={"start": date(2026, 1, 31)},
        products={"calls": CALLS, "base": fee("30.00", "arrears")},
        after={"calls": DEARER},
    )
    (move,) = desk.workspace.move_subscriptions(NEXT).moves
    assert move.day == date(2026, 2, 28)
    desk.now = datetime(2026, 6, 1, tzinfo=UTC)
    made = desk.workspace.bill("2026-01-31..2026-05-01").invoices
    starts = [(one.period.start.date(), str(one.discount)) for one in made]
    assert starts == [
        (date(2026, 1, 31), "12.32"),
        (date(2026, 2, 28), "15.00"),
        (date(2026, 3, 31), "0.00"),
    ]


def test_a_carried_level_goes_on(open_desk: OpenDesk) -> None:
    stored = metered("stored", unit_amount="1")
    after = {"stored": metered("stored", unit_amount="2")}
    desk = two_versions(open_desk, "2026-02-10T12:00:00Z", products={"stored": stored}, after=after)
    desk.events(("acme-pro", "gb", "2026-01-20T00:00:00Z", {"gb": 7}))
    desk.workspace.move_subscriptions(NEXT)
    desk.now = datetime(2026, 4, 10, tzinfo=UTC)
    assert billed(desk, "2026-02", "2026-03") == [{"stored": "7.00"}, {"stored": "14.00"}]


@settings(max_examples=8)
@given(
    start=st.dates(date(2026, 1, 1), date(2026, 2, 28)),
    billing=st.sampled_from(["calendar", "anniversary"]),
    interval=st.sampled_from(["week", "month"]),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]),
    lasted=st.integers(1, 45),
    within=st.booleans(),
)
def test_after_a_move_every_day_is_billed_exactly_once(
    start: date, billing: str, interval: str, zone: str, lasted: int, *, within: bool
) -> None:
    text = catalogue(
        {"calls": CALLS, "base": fee("30.00", "arrears")},
        plan={"billing": billing, "interval": interval},
        customer={"timezone": zone},
        subscription={"start": start},
    )
    middle = start + timedelta(days=lasted)
    with TemporaryDirectory() as folder, Desk(Path(folder), text, f"{middle}T12:00:00Z") as desk:
        desk.apply(text.replace('unit_amount = "1"', 'unit_amount = "2"'))
        request = MoveRequest(source="pro@1", target="pro@2", day=middle if within else None)
        (move,) = desk.workspace.move_subscriptions(request).moves
        days = [start + timedelta(days=number) for number in range(120)]
        desk.events(*(("acme-pro", "calls", f"{day}T12:00:00Z") for day in days))
        desk.now = datetime(2026, 12, 1, tzinfo=UTC)
        months = [f"2026-{number:02}" for number in range(1, 9)]
        made = [one for month in months for one in desk.workspace.bill(month, finalize=True).invoices]
        assert sum(desk.workspace.bill(month).billed for month in months) == len(made)
    for product in ("calls", "base"):
        lines = sorted(
            (line for one in made for line in one.lines if line.product == product),
            key=lambda line: line.period.start,
        )
        spans = [line.period for line in lines]
        assert all(one.end == other.start for one, other in pairwise(spans))
    units = {one.subscription: 0 for one in made}
    for one in made:
        units[one.subscription] += sum(int(line.units or 0) for line in one.lines if line.product == "calls")
    old = (move.day - start).days
    assert units == {"acme-pro": min(old, 120), "acme-pro-2": max(0, 120 - old)}
