"""Dry runs and drafts say what balances that arise with them would be set against."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.billing.subscriptions.moving import MoveRequest
from usagebill_tui.domain.invoice import Invoice

PRODUCTS = {"base": fee("310.00"), "calls": metered("calls", unit_amount="1")}
TEXT = catalogue(PRODUCTS, plans=[{"code": "large", "products": ["base", "calls"]}])


def moved_within_march(open_desk: OpenDesk) -> Desk:
    """Return a desk where what is credited of the old plan comes to more than its last usage."""
    desk = open_desk(TEXT, now="2026-03-10T12:00:00Z")
    desk.workspace.bill("2026-03-01..2026-03-31", finalize=True)
    desk.workspace.move_subscriptions(MoveRequest(source="pro", target="large", day=date(2026, 3, 11)))
    return desk


def standing(invoices: Iterable[Invoice]) -> list[tuple[str, Decimal, Decimal, list[Decimal]]]:
    return [(one.id, one.credits, one.amount_due, [use.amount for use in one.applied]) for one in invoices]


def test_a_dry_run_sets_what_its_own_invoices_owe_back_against_the_others(open_desk: OpenDesk) -> None:
    desk = moved_within_march(open_desk)
    desk.now = desk.now.replace(month=4)
    days = "2026-03-02..2026-04-01"
    dry = desk.workspace.bill(days, dry_run=True).invoices
    done = desk.workspace.bill(days, finalize=True).invoices
    assert standing(dry) == standing(done)
    owing = [one for one in done if one.total < 0]
    assert len(owing) == 1
    assert sum(one.credits for one in done) == -owing[0].total == Decimal("210.00")


def test_balances_are_used_from_the_oldest_period_on_in_a_dry_run_too(open_desk: OpenDesk) -> None:
    desk = moved_within_march(open_desk)
    desk.now = desk.now.replace(month=6)
    first = desk.workspace.invoices()[0]
    assert first.number is not None
    desk.workspace.pay(first.number, Decimal("320.00"))
    days = "2026-03-02..2026-06-01"
    dry = desk.workspace.bill(days, dry_run=True).invoices
    assert [use.reference for use in dry[1].applied] == ["INV-0001", dry[0].id]
    done = desk.workspace.bill(days, finalize=True).invoices
    assert standing(dry) == standing(done)


def test_drafts_show_it_as_the_dry_run_does(open_desk: OpenDesk) -> None:
    desk = moved_within_march(open_desk)
    desk.now = desk.now.replace(month=4)
    days = "2026-03-02..2026-04-01"
    dry = desk.workspace.bill(days, dry_run=True).invoices
    desk.workspace.bill(days)
    drafts = desk.workspace.invoices(statuses=["draft"])
    assert [msgspec.structs.replace(one, snapshot=0) for one in drafts] == [
        msgspec.structs.replace(one, snapshot=0) for one in dry
    ]
