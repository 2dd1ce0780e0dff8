"""Ends within a period that was billed in advance: unused days are credited, once, with tax and discount."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, amounts, catalogue, fee, metered
from usagebill_tui.billing.subscriptions.moving import MoveRequest
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.periods import Cycle, Days
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.errors import Refused, UsagebillError

BASE = fee("31.00")
CALLS = metered("calls", unit_amount="1")
MARCH = "2026-03-01..2026-03-31"


def paid_for_march(open_desk: OpenDesk, products: dict[str, Any], **terms: Any) -> Desk:
    """Return a desk on 10 March where what is in advance of March is on a final invoice."""
    desk = open_desk(catalogue(products, **terms), now="2026-03-10T12:00:00Z")
    desk.workspace.bill(MARCH, finalize=True)
    return desk


def billed_later(desk: Desk) -> list[Invoice]:
    desk.now = datetime(2026, 6, 1, tzinfo=UTC)
    return list(desk.workspace.bill("2026-03-02..2026-06-01", finalize=True).invoices)


def test_cancelled_now_today_is_the_last_day_and_a_credit_note_pays_the_rest(open_desk: OpenDesk) -> None:
    desk = paid_for_march(open_desk, {"base": BASE})
    dry = desk.workspace.cancel_subscription("acme-pro", now=True, dry_run=True)
    assert desk.workspace.credit_notes() == []
    done = desk.workspace.cancel_subscription("acme-pro", now=True)
    assert done.consequences == dry.consequences
    (note,) = desk.workspace.credit_notes()
    assert (note.invoice, str(note.total)) == ("INV-0001", "-21.00")
    assert desk.workspace.catalogue().subscriptions["acme-pro"].end == date(2026, 3, 11)
    assert billed_later(desk) == []
    assert desk.workspace.adjustment_proposals() == []


def test_with_usage_to_come_the_credit_is_a_line_of_the_last_invoice(open_desk: OpenDesk) -> None:
    desk = paid_for_march(open_desk, {"base": BASE, "calls": CALLS}, customer={"tax_percent": "10"})
    desk.events(*(("acme", "calls", f"2026-03-{day}T00:00:00Z") for day in ("03", "10", "20")))
    desk.workspace.cancel_subscription("acme-pro", now=True)
    (last,) = billed_later(desk)
    assert amounts(last) == {"calls": "2.00", "base": "-21.00"}
    assert (str(last.tax), str(last.total)) == ("-1.90", "-20.90")
    assert last.lines[1].steps[0].description == "now, for the subscription's end on 2026-03-11"


def test_a_discount_is_credited_with_its_fee(open_desk: OpenDesk) -> None:
    desk = paid_for_march(open_desk, {"base": BASE}, plan={"discount": {"percent": "10", "months": 12}})
    (told,) = desk.workspace.cancel_subscription("acme-pro", now=True).consequences
    assert str(told.net) == "-18.90"


def test_minimum_spend_counts_the_fee_as_credited(open_desk: OpenDesk) -> None:
    desk = paid_for_march(open_desk, {"base": BASE, "calls": CALLS}, plan={"minimum_spend": "62"})
    desk.workspace.cancel_subscription("acme-pro", now=True)
    (last,) = billed_later(desk)
    assert amounts(last) == {"calls": "0.00", "minimum": "10.00", "base": "-21.00"}
    assert desk.workspace.adjustment_proposals() == []


def test_days_of_the_trial_were_free_and_are_not_credited(open_desk: OpenDesk) -> None:
    start = {"start": date(2026, 3, 1)}
    desk = paid_for_march(open_desk, {"base": BASE}, plan={"trial_days": 7}, subscription=start)
    (told,) = desk.workspace.cancel_subscription("acme-pro", now=True).consequences
    assert str(told.net) == "-21.00"
    desk = paid_for_march(open_desk, {"base": BASE}, plan={"trial_days": 20}, subscription=start)
    (told,) = desk.workspace.cancel_subscription("acme-pro", now=True).consequences
    assert str(told.net) == "-11.00"


def test_of_a_yearly_fee_the_rest_of_the_year_is_credited(open_desk: OpenDesk) -> None:
    yearly = {**fee("365.00"), "interval": "year"}
    desk = open_desk(catalogue({"yearly": yearly, "calls": CALLS}), now="2026-03-10T12:00:00Z")
    desk.workspace.bill("2026-01", finalize=True)
    (told,) = desk.workspace.cancel_subscription("acme-pro", now=True).consequences
    assert (told.invoice, str(told.net)) == ("INV-0001", "-296.00")


def test_a_later_period_paid_in_advance_is_credited_whole(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"base": BASE}), now="2026-04-02T00:00:00Z")
    desk.workspace.bill("2026-03-01..2026-04-02", finalize=True)
    told = desk.workspace.cancel_subscription("acme-pro", date(2026, 3, 11)).consequences
    assert [str(one.net) for one in told] == ["-21.00", "-31.00"]


def test_an_end_taken_back_charges_again_what_was_credited(open_desk: OpenDesk) -> None:
    desk = paid_for_march(open_desk, {"base": BASE, "calls": CALLS})
    desk.workspace.cancel_subscription("acme-pro", now=True)
    (told,) = desk.workspace.change_subscription("acme-pro", {"end": None}).consequences
    assert (told.form, str(told.net)) == ("line", "21.00")
    assert desk.workspace.adjustment_proposals() == []


def test_what_was_credited_by_hand_is_not_credited_again(open_desk: OpenDesk) -> None:
    desk = paid_for_march(open_desk, {"base": BASE})
    desk.workspace.credit("INV-0001", amount=Decimal("20.00"))
    (told,) = desk.workspace.cancel_subscription("acme-pro", now=True).consequences
    assert (told.form, told.reason) == ("left", "only 11.00 USD is left of it after credit notes")
    assert len(desk.workspace.credit_notes()) == 1
    assert [str(one.rest.net) for one in desk.workspace.adjustment_proposals()] == ["-21.00"]


def test_a_balance_that_was_set_against_an_invoice_is_no_credit_of_it(open_desk: OpenDesk) -> None:
    products = {"base": BASE, "yearly": {**fee("365.00"), "interval": "year"}, "calls": CALLS}
    desk = open_desk(catalogue(products), now="2026-03-10T12:00:00Z")
    desk.workspace.bill("2026-01-01..2026-03-10", finalize=True)
    desk.apply(catalogue({**products, "base": fee("62.00")}))
    day = date(2026, 3, 11)
    desk.workspace.move_subscriptions(MoveRequest(source="pro@1", target="pro@2", day=day))
    desk.now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    desk.workspace.bill("2026-03-02..2026-05-02", finalize=True)
    told = desk.workspace.cancel_subscription("acme-pro-2", now=True).consequences
    assert [(one.form, str(one.net)) for one in told] == [("line", "-244.00"), ("line", "-60.00")]
    assert [one.status for one in desk.workspace.verify()] == ["ok"]


def test_usage_that_a_final_invoice_bills_keeps_its_end(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"base": BASE, "calls": CALLS}), now="2026-04-10T00:00:00Z")
    desk.workspace.bill("2026-03", finalize=True)
    with pytest.raises(Refused, match="invoiced for the period up to 2026-04-01"):
        desk.workspace.cancel_subscription("acme-pro", date(2026, 3, 11))
    assert desk.workspace.catalogue().subscriptions["acme-pro"].end is None


def test_a_draft_is_made_anew_or_void_with_the_end(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"base": BASE}), now="2026-03-10T12:00:00Z")
    (draft,) = desk.workspace.bill(MARCH).invoices
    desk.workspace.cancel_subscription("acme-pro", now=True)
    assert [str(one.total) for one in desk.workspace.invoices()] == ["10.00"]
    desk.workspace.change_subscription("acme-pro", {"end": "2026-03-01"})
    assert [one.status for one in desk.workspace.invoices()] == ["void"]
    with pytest.raises(Refused, match="is void"):
        desk.workspace.finalize(draft.id)


def test_a_catalogue_file_that_changes_a_price_or_a_tax_renews_the_drafts(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"base": BASE}), now="2026-03-10T12:00:00Z")
    desk.workspace.bill(MARCH)
    desk.apply(catalogue({"base": BASE}, customer={"tax_percent": "10"}))
    assert [str(one.total) for one in desk.workspace.invoices()] == ["34.10"]
    own = {"prices": {"base": {"unit_amount": "62.00"}}}
    desk.apply(catalogue({"base": BASE}, customer={"tax_percent": "10"}, subscription=own))
    assert [str(one.total) for one in desk.workspace.invoices()] == ["68.20"]
    desk.apply(catalogue({"base": BASE}, customer={"name": "Acme", "tax_percent": "10"}, subscription=own))
    assert [str(one.total) for one in desk.workspace.invoices()] == ["68.20"]


CHANGES = st.lists(
    st.tuples(st.integers(1, 50), st.sampled_from(["move", "cancel", "keep", "bill"])), min_size=1, max_size=5
)


@settings(max_examples=6, deadline=None)
@given(
    changes=CHANGES,
    prices=st.tuples(*[st.decimals("0.01", "500", places=2) for _ in range(2)]),
    usage=st.booleans(),
    zone=st.sampled_from(["UTC", "America/New_York"]),
)
def test_charged_less_credited_is_the_share_of_each_day_whatever_happens(
    changes: list[tuple[int, str]], prices: tuple[Decimal, Decimal], zone: str, *, usage: bool
) -> None:
    products = {"base": fee(str(prices[0])), **({"calls": CALLS} if usage else {})}
    customer = {"timezone": zone}
    with TemporaryDirectory() as folder:
        text = catalogue(products, customer=customer)
        with Desk(Path(folder), text, "2026-01-05T12:00:00Z") as desk:
            _after(desk, changes, catalogue({**products, "base": fee(str(prices[1]))}, customer=customer))
            _check_shares(desk, prices)


def _after(desk: Desk, changes: list[tuple[int, str]], other: str) -> None:
    """Let days go by and change the contract on some of them; what a rule refuses stays as it is."""
    desk.apply(other)
    for days, what in changes:
        desk.now += timedelta(days=days)
        today = desk.now.date()
        subscriptions = desk.workspace.catalogue().subscriptions
        last = max(subscriptions.values(), key=lambda one: one.start)
        try:
            match what:
                case "bill":
                    desk.workspace.bill(f"2026-01-01..{today}", finalize=True)
                case "move":
                    target = "pro@1" if last.version == 2 else "pro@2"
                    request = MoveRequest(source=last.plan_label, target=target, day=today)
                    desk.workspace.move_subscriptions(request)
                case "cancel":
                    desk.workspace.cancel_subscription(last.id, now=True)
                case _:
                    desk.workspace.change_subscription(last.id, {"end": None})
        except UsagebillError:
            continue
    desk.now = datetime(2027, 6, 1, 12, tzinfo=UTC)
    desk.workspace.bill("2026-01-01..2027-01-01", finalize=True)


def _check_shares(desk: Desk, prices: tuple[Decimal, Decimal]) -> None:
    """Compare what was billed and credited of each subscription with its days, month by month."""
    billed: dict[str, Decimal] = defaultdict(Decimal)
    number_of = {one.number: one for one in desk.workspace.invoices()}
    with exact_arithmetic():
        for invoice in number_of.values():
            for line in invoice.lines:
                if line.product == "base":
                    settled = number_of[line.settles.invoice] if line.settles else invoice
                    billed[settled.subscription] += line.amount
        for note in desk.workspace.credit_notes():
            billed[number_of[note.invoice].subscription] += note.total
        expected = {
            one.id: sum((_share(prices[one.version - 1], one, full) for full in _months()), Decimal(0))
            for one in desk.workspace.catalogue().subscriptions.values()
        }
    assert {key: billed[key] for key in expected} == expected
    assert desk.workspace.adjustment_proposals() == []


def _months() -> list[Days]:
    return list(Cycle("month").starting_in(date(2026, 1, 1), date(2027, 1, 1)))


def _share(price: Decimal, one: Subscription, full: Days) -> Decimal:
    days = full.overlap(Days(one.start, one.end or date.max))
    return round_money(price * (0 if days is None else days.count) / full.count, "USD")
