"""Parity: each cause of a difference is found from what it leaves behind; equal amounts are not listed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, fee, metered
from usagebill_tui.billing.parity import Difference, Parity, ParityRequest, read_statement
from usagebill_tui.domain.periods import parse_period
from usagebill_tui.errors import InvalidInput

OCTOBER = parse_period("2026-10")
HEADER = "customer,product,amount"


def compared(desk: Desk, *rows: str, tolerance: str = "0") -> Parity:
    stated = read_statement("\n".join([HEADER, *rows]), "other.csv", OCTOBER)
    return desk.workspace.parity(ParityRequest(stated=stated, tolerance=Decimal(tolerance)))


def the_one(found: Parity) -> Difference:
    (one,) = found.differences
    return one


def customer(name: str, **more: Any) -> Table:
    plan = {"plan": more.pop("plan", "pro"), "start": more.pop("start", date(2026, 1, 1))}
    return {"id": name, "subscription": [plan], **more}


def calls(who: str, count: int, day: str = "2026-10-10") -> list[tuple[str, str, str]]:
    return [(who, "calls", f"{day}T00:{n // 60:02}:{n % 60:02}Z") for n in range(count)]


CALLS = {"calls": metered("calls", unit_amount="0.10")}


def test_what_agrees_is_counted_only(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS))
    desk.events(*calls("acme", 40))
    assert compared(desk, "acme,calls,4") == Parity((), 1)
    desk.workspace.bill("2026-10", finalize=True)
    assert compared(desk, "acme,CALLS,3.00", "acme-pro,calls,1.00") == Parity((), 1)
    assert compared(desk, "acme,calls,4.25", tolerance="0.25") == Parity((), 1)
    assert len(compared(desk, "acme,calls,4.26", tolerance="0.25").differences) == 1


def test_amounts_come_from_invoices_or_else_from_billing_on_trial(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS, more=[customer("else")]))
    desk.events(*calls("acme", 10), *calls("else", 10))
    desk.workspace.bill("2026-10", ("acme",), finalize=True)
    desk.events(*calls("acme", 5, "2026-10-11"), *calls("else", 5, "2026-10-11"))
    found = compared(desk, "acme,calls,9", "else,calls,9").differences
    assert [(one.customer, str(one.ours), one.invoices) for one in found] == [
        ("acme", "1.00", ("INV-0001",)),
        ("else", "1.50", ("else-pro_2026-10-01",)),
    ]
    assert [one.number for one in desk.workspace.invoices()] == ["INV-0001"]


def test_a_period_holds_what_ends_in_it_and_fees_in_advance_that_start_in_it(open_desk: OpenDesk) -> None:
    products = {**CALLS, "before": fee("5"), "after": fee("7", "arrears")}
    desk = open_desk(catalogue(products, plan={"interval": "quarter"}))
    desk.events(*calls("acme", 10), *calls("acme", 10, "2026-07-01"))
    assert compared(desk, "acme,before,5") == Parity((), 1)
    stated = read_statement(f"{HEADER}\nacme,after,7\nacme,calls,1", "x", parse_period("2026-12"))
    assert desk.workspace.parity(ParityRequest(stated=stated)) == Parity((), 2)


def test_customers_that_one_side_does_not_have(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS, more=[customer("late", start=date(2026, 11, 1))]))
    desk.events(*calls("acme", 1))
    found = compared(desk, "acne,calls,5", "late,calls,1").differences
    assert [(one.cause, one.customer, one.ours, one.theirs) for one in found] == [
        ("missing customer", "acme", Decimal("0.10"), None),
        ("missing customer", "acne", None, Decimal(5)),
        ("missing customer", "late", None, Decimal(1)),
    ]
    assert "nothing of this customer" in found[0].evidence
    assert "did they mean 'acme'?" in found[1].evidence
    assert "no subscription here" in found[2].evidence


def test_products_that_one_side_does_not_have(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({**CALLS, "fee": fee("5")}))
    found = compared(desk, "acme,fees,5").differences
    assert [(one.cause, one.product, one.difference) for one in found] == [
        ("missing product", "fee", Decimal(5)),
        ("missing product", "fees", Decimal(-5)),
    ]
    assert "did they mean 'fee'?" in found[1].evidence


def test_a_cent_a_line_is_rounding(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"gb": metered("gb", unit_amount="0.01")}))
    desk.events(("acme", "gb", "2026-10-02T00:00:00Z", {"gb": "200.5"}))
    one = the_one(compared(desk, "acme,gb,2.00"))
    assert (one.cause, one.ours) == ("rounding", Decimal("2.01"))
    assert "rounded half to even: 2.005 before rounding" in one.evidence
    assert "is not rounded" in the_one(compared(desk, "acme,gb,2.005")).evidence


@pytest.mark.parametrize(
    ("theirs", "evidence"),
    [
        ("31.00", "16 of 31 days of 31 are charged here, the whole fee there"),
        ("17.00", "17 of 31 there"),
        ("16.53", "16 of 30 there"),
        ("0", "nothing there"),
    ],
)
def test_another_share_of_a_fee_is_proration(open_desk: OpenDesk, theirs: str, evidence: str) -> None:
    desk = open_desk(catalogue({"fee": fee("31")}, subscription={"start": date(2026, 10, 16)}))
    one = the_one(compared(desk, f"acme,fee,{theirs}"))
    assert (one.cause, one.ours) == ("proration", Decimal("16.00"))
    assert evidence in one.evidence


def test_prorated_usage_is_proration(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS, subscription={"start": date(2026, 10, 16)}))
    desk.events(*calls("acme", 310, "2026-10-20"))
    one = the_one(compared(desk, "acme,calls,16.00"))
    assert (one.cause, one.ours) == ("proration", Decimal("31.00"))


def test_usage_in_days_of_another_zone_is_a_boundary(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS, customer={"timezone": "America/New_York"}))
    desk.events(*calls("acme", 40), *calls("acme", 7, "2026-10-01"), *calls("acme", 3, "2026-11-01"))
    one = the_one(compared(desk, "acme,calls,4.70"))
    assert (one.cause, one.ours) == ("boundary", Decimal("4.30"))
    assert one.evidence == (
        "in days of UTC instead of America/New_York there are 47 units instead of 43 units: 4.70, as theirs"
    )
    utc = open_desk(catalogue(CALLS))
    utc.events(*calls("acme", 40), ("acme", "calls", "2026-11-01T00:00:00Z"))
    assert "exactly at the end" in the_one(compared(utc, "acme,calls,4.10")).evidence
    utc.events(("acme", "calls", "2026-11-01T04:30:00Z"), ("acme", "calls", "2026-11-01T06:30:00Z"))
    assert "5 h later" in the_one(compared(utc, "acme,calls,4.20")).evidence


def test_unbilled_usage_of_the_customer_is_missing_here(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS))
    desk.events(*calls("acme", 40), *calls("acme_", 9))
    one = the_one(compared(desk, "acme,calls,4.90"))
    assert one.cause == "missing events"
    assert one.evidence == (
        "9 events of 'acme_' are unbilled here (unknown account): with them 49 units, their amount exactly"
    )
    assert "may explain it" in the_one(compared(desk, "acme,calls,4.80")).evidence
    assert the_one(compared(desk, "acme,calls,3.00")).cause != "missing events"


def test_events_that_came_after_the_invoice_are_missing_on_it(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS))
    desk.events(*calls("acme", 40))
    desk.workspace.bill("2026-10", finalize=True)
    desk.events(*calls("acme", 5, "2026-10-11"))
    one = the_one(compared(desk, "acme,calls,4.50"))
    assert (one.cause, one.ours) == ("missing events", Decimal("4.00"))
    assert "make 45 units of 40 units: 4.50, as theirs; `usagebill adjustments`" in one.evidence


def test_one_ratio_for_several_customers_is_a_price(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS, more=[customer("else"), customer("same"), customer("less")]))
    desk.events(*calls("acme", 40), *calls("else", 71), *calls("same", 5), *calls("less", 30))
    found = compared(desk, "acme,calls,4.80", "else,calls,8.52", "same,calls,0.50", "less,calls,2.70")
    assert [(one.cause, one.customer) for one in found.differences] == [
        ("missing events", "less"),
        ("price", "acme"),
        ("price", "else"),
    ]
    missing, price, _ = found.differences
    assert "theirs ÷ ours is 1.2 for 2 customers" in price.evidence
    assert "theirs is our price of 27 units, ours of 30: 3 are missing there" in missing.evidence


def test_amounts_of_nothing_prove_no_price(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS, more=[customer("idle")]))
    desk.events(*calls("acme", 40))
    one = the_one(compared(desk, "acme,calls,4.80", "idle,calls,0"))
    assert (one.cause, one.evidence[:38]) == ("price", "40 units at 0.12 each there, 0.1 here;")


def test_an_odd_amount_of_one_customer_is_no_price(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS))
    desk.events(*calls("acme", 37))
    one = the_one(compared(desk, "acme,calls,4.81"))
    assert (one.cause, one.evidence[:36]) == ("price", "37 units at 0.13 each there, 0.1 her")
    odd = the_one(compared(desk, "acme,calls,4.77"))
    assert odd.cause == "unexplained"
    assert odd.evidence.endswith(": 37 units come to 0.128919 each there, 0.1 here")


def test_units_below_a_cent_are_about_so_many(open_desk: OpenDesk) -> None:
    fine = {"gb": metered("gb", unit_amount="0.001")}
    desk = open_desk(catalogue(fine, more=[customer("else")]))
    desk.events(*((who, "gb", "2026-10-10T00:00:00Z", {"gb": 5000}) for who in ("acme", "else")))
    one = the_one(compared(desk, "acme,gb,4.50", "else,gb,5.00"))
    assert "our price of about 4,495 units, ours of 5,000: about 505 are missing there" in one.evidence


def test_another_fee_is_a_price_and_what_nothing_explains_says_so(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"fee": fee("49"), **CALLS}))
    desk.events(*calls("acme", 40))
    found = compared(desk, "acme,fee,59", "acme,calls,-7").differences
    assert [(one.cause, one.product) for one in found] == [("price", "fee"), ("unexplained", "calls")]
    assert found[0].evidence == "a fee of 59 there, of 49 here"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "other.csv: is empty"),
        ("customer,product,amonut\n", "has no column amount; rename 'amonut'"),
        ("customer,amount,product,amount\n", "has two columns amount"),
        (f"{HEADER}\na,b\n", "other.csv, line 2: has 2 cells where the header has 3"),
        (f'{HEADER}\n\na,"b\nc",1e\n', "other.csv, line 3: '1e' is not an amount; write it like 1234.50"),
        (f"{HEADER}\na,b,NaN\n", "'NaN' is not an amount"),
        (f'{HEADER}\na,b,"1,5"\n', "'1,5' is not an amount"),
        (f"{HEADER}\na,b,1e30\n", "'1e30' is not an amount"),
        (f"{HEADER}\n,b,1\n", "line 2: has no customer"),
        (f'{HEADER}\na,"b\n', "line 2: is not CSV"),
        (f"{HEADER},currency\na,b,1,DOL\n", "'DOL' is not a currency"),
        (f"{HEADER},period\na,b,1,Octember\n", "line 2: 'Octember' is not a period"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_clear_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_statement(text, "other.csv", OCTOBER)
    assert said in str(error.value)


def test_the_period_comes_from_the_row_or_else_from_the_call() -> None:
    text = f"{HEADER},period\na,b,1,2026-09\na,b,1,\n"
    assert [row.period for row in read_statement(text, "x", OCTOBER)] == [parse_period("2026-09"), OCTOBER]
    with pytest.raises(InvalidInput, match="line 3: has no period"):
        read_statement(text, "x", None)
    with pytest.raises(InvalidInput, match="which period its amounts are of; give --period"):
        read_statement(HEADER, "x", None)
