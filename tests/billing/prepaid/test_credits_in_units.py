"""Credits in units: taken off a product's usage before its price, once, and earned when they are used."""

from datetime import date
from decimal import Decimal

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.billing.prepaid.granting import CreditRequest
from usagebill_tui.errors import InvalidInput, Refused

PRODUCTS = {
    "calls": metered(
        "calls",
        model="tiered",
        tiers=[{"up_to": 2, "unit_amount": "5"}, {"unit_amount": "3"}],
        free_units=1,
    ),
    "fee": fee("10", "arrears"),
}


@pytest.fixture(name="desk")
def desk_with_usage(open_desk: OpenDesk) -> Desk:
    desk = open_desk(catalogue(PRODUCTS, customer={"tax_percent": "10"}))
    desk.events(*(("acme", "calls", f"2026-10-0{day}T00:00:00Z") for day in range(1, 9)))
    desk.events(*(("acme", "calls", f"2026-11-0{day}T00:00:00Z") for day in range(1, 5)))
    return desk


def add(desk: Desk, units: str, **more: object) -> str:
    asked: dict[str, object] = {"customer": "acme", "units": Decimal(units), "product": "calls", **more}
    return desk.workspace.add_credit(CreditRequest(**asked)).label  # type: ignore[arg-type] # as each test says


def left(desk: Desk) -> list[tuple[str, str, str]]:
    assert [finding.detail for finding in desk.workspace.verify() if finding.status != "ok"] == []
    return [(one.label, str(one.units_left), str(one.left)) for one in desk.workspace.credits()]


def test_units_are_taken_off_after_free_ones_and_before_the_price(desk: Desk) -> None:
    add(desk, "3", paid=Decimal(10))
    (invoice,) = desk.workspace.bill("2026-10", customers=["acme"], finalize=True).invoices
    # 8 calls, 1 free, 3 prepaid: 4 at 2 × 5 + 2 × 3.
    line = invoice.lines[0]
    assert (str(line.units), str(line.amount)) == ("8", "16.00")
    assert [(step.description, str(step.amount)) for step in line.steps][:2] == [
        ("1 free unit", "0"),
        ("3 units prepaid by CR-0001", "0"),
    ]
    assert [(one.credit, str(one.units)) for one in line.prepaid] == [("CR-0001", "3")]
    assert left(desk) == [("CR-0001", "0", "0.00")]
    balances = {str(o.account): str(o.balance) for o in desk.workspace.ledger_balances() if o.balance}
    assert balances == {
        "cash": "10.00",
        "receivables": "28.60",
        "revenue": "-36.00",
        "tax_payable": "-2.60",
    }


def test_units_are_written_as_in_every_other_step(desk: Desk) -> None:
    add(desk, "1")
    desk.events(*(("acme", "calls", f"2026-09-{n % 28 + 1:02}T00:00:00Z") for n in range(1_300)))
    add(desk, "1234", priority=1)
    (invoice,) = desk.workspace.bill("2026-09", customers=["acme"]).invoices
    told = [step.description for step in invoice.lines[0].steps][1:3]
    assert told == ["1 unit prepaid by CR-0001", "1,234 units prepaid by CR-0002"]


def test_each_unit_is_taken_once_over_drafts_and_final_invoices(desk: Desk) -> None:
    add(desk, "9", paid=Decimal(9))
    (october,) = desk.workspace.bill("2026-10").invoices
    (november,) = desk.workspace.bill("2026-11").invoices
    taken = [[str(one.units) for one in draft.lines[0].prepaid] for draft in (october, november)]
    assert taken == [["7"], ["2"]]
    assert desk.workspace.bill("2026-10").unchanged == 1
    assert left(desk) == [("CR-0001", "9", "9.00")]
    desk.workspace.finalize(november.id)
    assert left(desk) == [("CR-0001", "7", "7.00")]
    desk.workspace.finalize(october.id)
    assert left(desk) == [("CR-0001", "0", "0.00")]


def test_a_void_invoice_gives_units_back(desk: Desk) -> None:
    add(desk, "5", paid=Decimal("3.33"), priority=2)
    add(desk, "4", priority=1)
    desk.workspace.bill("2026-10", finalize=True)
    assert left(desk) == [("CR-0002", "0", "0.00"), ("CR-0001", "2", "1.33")]
    desk.workspace.void("INV-0001")
    assert left(desk) == [("CR-0002", "4", "0.00"), ("CR-0001", "5", "3.33")]
    desk.workspace.bill("2026-10", finalize=True)
    assert left(desk) == [("CR-0002", "0", "0.00"), ("CR-0001", "2", "1.33")]


def test_units_serve_periods_that_begin_before_they_expire(desk: Desk) -> None:
    add(desk, "100", expires=date(2026, 10, 31), day=date(2026, 10, 1), paid=Decimal(100))
    for month in ("2026-10", "2026-11"):
        desk.workspace.bill(month, finalize=True)
    assert left(desk) == [("CR-0001", "93", "93.00")]
    (ended,) = desk.workspace.expire_credits()
    assert (str(ended.units_left), str(ended.left)) == ("0", "0.00")
    assert left(desk) == [("CR-0001", "0", "0.00")]


def test_a_draft_whose_units_are_gone_is_not_made_final(desk: Desk) -> None:
    add(desk, "5")
    (draft,) = desk.workspace.bill("2026-10").invoices
    desk.workspace.void_credit("CR-0001")
    with pytest.raises(Refused, match="credit CR-0001 has not the 5 units that acme-pro_2026-10-01 takes"):
        desk.workspace.finalize(draft.id)
    (renewed,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert renewed.lines[0].prepaid == ()


def test_late_events_are_settled_beside_the_units_that_were_taken(desk: Desk) -> None:
    add(desk, "20")
    desk.workspace.bill("2026-10", finalize=True)
    desk.events(("acme", "calls", "2026-10-20T00:00:00Z"))
    (proposal,) = desk.workspace.adjustment_proposals()
    assert str(proposal.rest.net) == "5.00"


def test_an_estimate_counts_on_what_is_left(desk: Desk) -> None:
    add(desk, "2")
    desk.events(*(("acme", "calls", f"2027-06-0{day}T00:00:00Z") for day in range(1, 6)))
    (estimate,) = desk.workspace.estimate()
    assert [str(one.units) for one in estimate.lines[0].prepaid] == ["2"]


def test_fees_and_prices_of_single_events_have_no_units(open_desk: OpenDesk) -> None:
    products = {"gb": metered("gb", model="percentage", rate_percent="1"), "fee": fee("1")}
    desk = open_desk(catalogue(products))
    with pytest.raises(InvalidInput, match="'fee' is a recurring fee; give a credit in money"):
        add(desk, "1", product="fee")
    with pytest.raises(InvalidInput, match="'gb' is priced event by event"):
        add(desk, "1", product="gb")
