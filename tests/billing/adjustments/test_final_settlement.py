"""An adjustment of a customer who gets no further invoice does not wait for one for ever."""

from datetime import date

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, fee, metered

ENDS = date(2026, 11, 1)


def text(end: date | None, others: tuple[Table, ...] = ()) -> str:
    products = {"calls": metered("calls", unit_amount="2"), "fee": fee("10", "arrears")}
    until = {} if end is None else {"end": end}
    return catalogue(products, customer={"tax_percent": "10"}, subscription=until, others=others)


@pytest.fixture(name="desk")
def desk_with_an_ended_customer(open_desk: OpenDesk) -> Desk:
    desk = open_desk(text(ENDS))
    desk.events(("acme", "calls", "2026-10-05T00:00:00Z"))
    desk.workspace.bill("2026-10", finalize=True)
    return desk


def late(desk: Desk, *days: int) -> None:
    desk.events(*(("acme", "calls", f"2026-10-{day:02}T00:00:00Z") for day in days))
    desk.workspace.accept_adjustment("INV-0001")


def state(desk: Desk) -> list[tuple[str | None, str | None]]:
    assert [one.detail for one in desk.workspace.verify() if one.status == "failed"] == []
    return [(one.billed_on, one.credit_note) for one in desk.workspace.adjustments()]


def test_a_run_makes_a_settlement_invoice(desk: Desk) -> None:
    late(desk, 6, 7)
    (dry,) = desk.workspace.bill("2026-11", dry_run=True).invoices
    assert state(desk) == [(None, None)]
    (final,) = desk.workspace.bill("2026-11", finalize=True).invoices
    assert (final.id, final.number, final.subscription) == ("acme-pro_2026-10-01_2", "INV-0002", "acme-pro")
    assert (dry.id, str(dry.total)) == (final.id, str(final.total))
    assert [(line.kind, str(line.amount)) for line in final.lines] == [("adjustment", "4.00")]
    assert (str(final.tax), str(final.total)) == ("0.40", "4.40")
    assert state(desk) == [("acme-pro_2026-10-01_2", None)]
    assert desk.workspace.bill("2026-11", finalize=True).invoices == ()
    assert desk.workspace.adjustment_proposals() == []


def test_what_comes_later_has_one_of_its_own_and_may_be_owed_back(desk: Desk) -> None:
    late(desk, 6)
    desk.workspace.bill("2026-11", finalize=True)
    desk.workspace.pay("INV-0002", "2.20")
    desk.workspace.undo_batch(2)
    desk.workspace.accept_adjustment("INV-0001")
    (back,) = desk.workspace.bill("2026-12", finalize=True).invoices
    assert (back.id, str(back.total), back.status) == ("acme-pro_2026-10-01_3", "-2.20", "paid")
    refunded = desk.workspace.pay("INV-0003", "-2.20")
    assert str(refunded.amount_due) == "0.00"
    assert [one[0] is not None for one in state(desk)] == [True, True]


def test_a_draft_keeps_what_it_carries_and_lets_go_of_it_when_it_is_void(desk: Desk) -> None:
    late(desk, 6)
    (draft,) = desk.workspace.bill("2026-11").invoices
    assert desk.workspace.bill("2026-12").invoices == ()
    desk.workspace.void(draft.id)
    assert state(desk) == [(None, None)]
    (again,) = desk.workspace.bill("2026-12").invoices
    assert again.id == "acme-pro_2026-10-01_3"


def test_a_customer_with_more_to_come_waits(open_desk: OpenDesk) -> None:
    desk = open_desk(text(date(2026, 12, 1)))
    desk.workspace.bill("2026-10", finalize=True)
    late(desk, 6)
    assert desk.workspace.bill("2026-09", finalize=True).invoices[0].adjustments != ()


def test_an_unbilled_last_period_comes_first(open_desk: OpenDesk) -> None:
    desk = open_desk(text(date(2026, 12, 1)))
    desk.workspace.bill("2026-10", finalize=True)
    late(desk, 6)
    assert desk.workspace.bill("2027-01", finalize=True).invoices == ()
    (november,) = desk.workspace.bill("2026-11", finalize=True).invoices
    assert [line.kind for line in november.lines][-1] == "adjustment"
