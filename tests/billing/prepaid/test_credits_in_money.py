"""Credits in money and balances: what goes first, what it posts, what becomes of it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee
from usagebill_tui.billing.prepaid.granting import CreditRequest
from usagebill_tui.domain.invoice import invoice_json
from usagebill_tui.errors import InvalidInput, NotFound, Refused

TEXT = catalogue({"fee": fee("100", "arrears")}, customer={"tax_percent": "19"})


@pytest.fixture(name="desk")
def desk_with_a_customer(open_desk: OpenDesk) -> Desk:
    return open_desk(TEXT)


def add(desk: Desk, amount: str, **more: object) -> str:
    asked: dict[str, object] = {"customer": "acme", "amount": Decimal(amount), **more}
    return desk.workspace.add_credit(CreditRequest(**asked)).label  # type: ignore[arg-type] # as each test says


def left(desk: Desk) -> dict[str, str]:
    return {one.label: str(one.left) for one in desk.workspace.credits()}


def balances(desk: Desk) -> dict[str, str]:
    assert [finding.detail for finding in desk.workspace.verify() if finding.status != "ok"] == []
    found = {one.account: str(one.balance) for one in desk.workspace.ledger_balances()}
    return {str(account): amount for account, amount in found.items() if Decimal(amount)}


def test_credits_pay_the_total_by_priority_expiry_and_age(desk: Desk) -> None:
    add(desk, "50")
    add(desk, "30", expires=date(2027, 12, 31))
    add(desk, "20", priority=-1, name="Welcome")
    add(desk, "70", expires=date(2027, 12, 30))
    (dry,) = desk.workspace.bill("2026-10", dry_run=True).invoices
    (dry_final,) = desk.workspace.bill("2026-10", dry_run=True, finalize=True).invoices
    (draft,) = desk.workspace.bill("2026-10").invoices
    told = [("CR-0003", "20.00"), ("CR-0004", "70.00"), ("CR-0002", "29.00")]
    final = desk.workspace.finalize(draft.id)
    for one in (dry, draft, desk.workspace.invoice(final.id), final, dry_final):
        assert [(each.reference, str(each.amount)) for each in one.applied] == told
        assert (str(one.total), str(one.credits), str(one.amount_due)) == ("119.00", "119.00", "0.00")
    assert (final.status, desk.workspace.invoice("INV-0001").status) == ("paid", "paid")
    assert left(desk) == {"CR-0003": "0.00", "CR-0004": "0.00", "CR-0002": "1.00", "CR-0001": "50.00"}
    table = invoice_json(final)
    assert table["applied"][0] == {
        "kind": "prepaid",
        "reference": "CR-0003",
        "name": "Welcome",
        "amount": "20.00",
    }
    assert balances(desk) == {
        "cash": "170.00",
        "prepaid_credits": "-51.00",
        "revenue": "-100.00",
        "tax_payable": "-19.00",
    }


def test_what_was_granted_is_not_cash(desk: Desk) -> None:
    add(desk, "40", paid=Decimal(0))
    add(desk, "120", paid=Decimal(100))
    assert balances(desk) == {"cash": "100.00", "credits_granted": "60.00", "prepaid_credits": "-160.00"}


def test_a_void_invoice_gives_back_what_it_used(desk: Desk) -> None:
    add(desk, "500")
    desk.workspace.bill("2026-10", finalize=True)
    voided = desk.workspace.void("INV-0001")
    assert (voided.status, str(voided.credits), voided.applied) == ("void", "0.00", ())
    assert left(desk) == {"CR-0001": "500.00"}
    assert balances(desk) == {"cash": "500.00", "prepaid_credits": "-500.00"}
    (again,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert str(again.credits) == "119.00"
    kinds = [(one.kind, str(one.amount)) for one in desk.workspace.credit_moves()]
    assert kinds == [("use", "119.00"), ("return", "-119.00"), ("use", "119.00")]


def test_expiry_is_booked_on_its_day_and_an_expired_credit_is_not_used(desk: Desk) -> None:
    add(desk, "60", paid=Decimal(40), expires=date(2027, 6, 16), day=date(2027, 1, 2))
    desk.now = desk.now.replace(day=16)
    (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert not invoice.credits
    assert desk.workspace.expire_credits(date(2027, 6, 15)) == []
    (ended,) = desk.workspace.expire_credits()
    assert (ended.label, str(ended.left)) == ("CR-0001", "0.00")
    assert desk.workspace.expire_credits() == []
    entry = next(one for one in desk.workspace.ledger_entries() if one.kind == "credit_expiry")
    assert entry.day == date(2027, 6, 16)
    assert {leg.account: str(leg.amount) for leg in entry.legs} == {
        "prepaid_credits": "60.00",
        "credits_expired": "-40.00",
        "credits_granted": "-20.00",
    }
    assert balances(desk)["cash"] == "40.00"


def test_a_void_credit_gives_the_money_back(desk: Desk) -> None:
    add(desk, "200", paid=Decimal(150))
    desk.workspace.bill("2026-10", finalize=True)
    ended = desk.workspace.void_credit("CR-0001")
    assert ended.is_void
    # 81.00 are left, of which 3 ÷ 4 had been paid.
    assert balances(desk)["cash"] == "89.25"
    with pytest.raises(Refused, match="nothing is left of credit CR-0001"):
        desk.workspace.void_credit("cr-1")
    with pytest.raises(NotFound, match="there is no credit 'CR-0009'"):
        desk.workspace.void_credit("CR-0009")


def test_a_balance_is_set_against_the_next_invoice_before_credits(desk: Desk) -> None:
    desk.workspace.bill("2026-10", finalize=True)
    desk.workspace.pay("INV-0001", "150")
    add(desk, "500")
    assert [(one.number, str(one.amount)) for one in desk.workspace.balances()] == [("INV-0001", "31.00")]
    (later,) = desk.workspace.bill("2026-11", finalize=True).invoices
    assert [(one.kind, one.reference, str(one.amount)) for one in later.applied] == [
        ("balance", "INV-0001", "31.00"),
        ("prepaid", "CR-0001", "88.00"),
    ]
    first = desk.workspace.invoice("INV-0001")
    assert [(one.kind, one.reference, str(one.amount)) for one in first.applied] == [
        ("moved", "INV-0002", "-31.00")
    ]
    assert (str(first.amount_due), first.status) == ("0.00", "paid")
    assert desk.workspace.balances() == []
    assert balances(desk)["prepaid_credits"] == "-412.00"
    desk.workspace.void("INV-0002")
    assert [(one.number, str(one.amount)) for one in desk.workspace.balances()] == [("INV-0001", "31.00")]
    assert balances(desk)["customer_balance"] == "-31.00"


def test_what_comes_later_is_set_against_open_invoices_on_request(desk: Desk) -> None:
    desk.workspace.bill("2026-10", finalize=True)
    desk.workspace.bill("2026-11", finalize=True)
    desk.workspace.pay("INV-0002", "130")
    add(desk, "100")
    changed = desk.workspace.apply_credits()
    assert [(one.number, str(one.amount_due), one.status) for one in changed] == [
        ("INV-0001", "8.00", "final")
    ]
    assert desk.workspace.apply_credits() == []
    assert balances(desk)["receivables"] == "8.00"


def test_a_credit_note_takes_off_what_credits_paid_and_that_is_owed_back(desk: Desk) -> None:
    add(desk, "500")
    desk.workspace.bill("2026-10", finalize=True)
    note = desk.workspace.credit("INV-0001", amount="19")
    assert str(note.total) == "-19.00"
    assert balances(desk)["customer_balance"] == "-19.00"
    refunded = desk.workspace.pay("INV-0001", "-19")
    assert (str(refunded.paid), str(refunded.amount_due)) == ("-19.00", "0.00")
    with pytest.raises(Refused, match="refund at most 0"):
        desk.workspace.pay("INV-0001", "-1")
    assert "customer_balance" not in balances(desk)


def test_an_invoice_whose_balance_was_moved_is_not_voided(desk: Desk) -> None:
    desk.workspace.bill("2026-10", finalize=True)
    desk.workspace.pay("INV-0001", "150")
    desk.workspace.bill("2026-11", finalize=True)
    with pytest.raises(Refused, match=r"more than the 0.00 USD that it owes back; refund at most 0.00"):
        desk.workspace.pay("INV-0001", "-119")
    desk.workspace.pay("INV-0001", "10")
    desk.workspace.pay("INV-0001", "-10")
    desk.workspace.void("INV-0002")
    desk.workspace.pay("INV-0001", "-150")
    desk.workspace.void("INV-0001")
    assert balances(desk) == {}


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"amount": None}, "in money or in units"),
        ({"units": Decimal(1)}, "in money or in units"),
        ({"amount": Decimal(0)}, "a credit of 0"),
        ({"amount": Decimal("0.001")}, "is no amount of USD"),
        ({"paid": Decimal(11)}, "11.00 paid for a credit of 10.00"),
        ({"product": "fee"}, "units are those of a product"),
        ({"expires": date(2020, 1, 1)}, "it would expire on 2020-01-01"),
    ],
)
def test_what_is_no_credit_is_refused(desk: Desk, more: dict[str, object], what: str) -> None:
    asked: dict[str, object] = {"customer": "acme", "amount": Decimal(10), **more}
    request = CreditRequest(**asked)  # type: ignore[arg-type] # as each case says
    with pytest.raises(InvalidInput, match=what):
        desk.workspace.add_credit(request)
    assert desk.workspace.credits() == []


def test_the_exports_hold_the_accounts_of_credits(desk: Desk, tmp_path: Path) -> None:
    add(desk, "120", paid=Decimal(100), expires=date(2027, 7, 1))
    desk.workspace.bill("2026-10", finalize=True)
    desk.workspace.void("INV-0001")
    desk.now = desk.now.replace(month=8)
    desk.workspace.expire_credits(date(2027, 8, 1))
    desk.workspace.export_ledger(tmp_path / "a.csv")
    text = desk.workspace.ledger_text("hledger")
    assert "2027-06-15 * (INV-0001) acme | Credit CR-0001 used for INV-0001" in text
    assert "2027-07-01 * (CR-0001) acme | Credit CR-0001 has expired" in text
    assert "Liabilities:Prepaid-credits:Acme  -120.00 USD" in text
