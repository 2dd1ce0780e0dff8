"""What may happen to an invoice after it is final: payments, refunds, and being void."""

from decimal import Decimal

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, amounts, catalogue, fee, metered
from usagebill_tui.errors import InvalidInput, NotFound, Refused

TEXT = catalogue({"fee": fee("49.00"), "calls": metered("calls", unit_amount="1")})


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """A desk with one final invoice over 49.00, INV-0001."""
    desk = open_desk(TEXT)
    desk.workspace.bill("2026-10", finalize=True)
    return desk


def paid(desk: Desk, amount: str | Decimal) -> tuple[str, str, str]:
    invoice = desk.workspace.pay("INV-0001", amount)
    assert invoice == desk.workspace.invoice("INV-0001")
    return invoice.status, str(invoice.paid), str(invoice.amount_due)


def test_a_part_then_the_rest(desk: Desk) -> None:
    assert paid(desk, "10") == ("final", "10.00", "39.00")
    assert paid(desk, Decimal("38.99")) == ("final", "48.99", "0.01")
    assert paid(desk, "0.01") == ("paid", "49.00", "0.00")


def test_too_much_and_back_again(desk: Desk) -> None:
    assert paid(desk, "60") == ("paid", "60.00", "-11.00")
    assert paid(desk, "-11") == ("paid", "49.00", "0.00")
    assert paid(desk, "-0.01") == ("final", "48.99", "0.01")
    assert paid(desk, "-48.99") == ("final", "0.00", "49.00")


@pytest.mark.parametrize(
    ("amount", "error", "words"),
    [
        ("0", Refused, "a payment of nothing"),
        ("-0.01", Refused, r"a refund of 0.01 is more than the 0.00 USD that was paid; refund at most 0.00"),
        ("1.001", InvalidInput, "more digits than USD has"),
        ("ten", InvalidInput, "'ten' is not an amount"),
        ("NaN", InvalidInput, "not an amount"),
        ("99999999999999999999", InvalidInput, "more than an invoice can hold"),
    ],
)
def test_what_is_no_payment_is_refused(
    desk: Desk, amount: str, error: type[Refused | InvalidInput], words: str
) -> None:
    with pytest.raises(error, match=words):
        desk.workspace.pay("INV-0001", amount)
    assert desk.workspace.payments() == []
    assert Refused.exit_code == 5


def test_drafts_and_void_invoices_take_no_payment(desk: Desk) -> None:
    (draft,) = desk.workspace.bill("2026-11").invoices
    with pytest.raises(Refused, match="is draft and takes no payment; make it final first"):
        desk.workspace.pay(draft.id, "1")
    desk.workspace.void("INV-0001")
    with pytest.raises(Refused, match="INV-0001 is void and takes no payment"):
        desk.workspace.pay("INV-0001", "1")
    with pytest.raises(NotFound, match="there is no invoice 'INV-0009'"):
        desk.workspace.pay("INV-0009", "1")


def test_payments_are_kept_as_they_came(desk: Desk) -> None:
    desk.workspace.pay("INV-0001", "10.5", day=desk.now.date().replace(day=1), reference="bank 7")
    desk.workspace.pay("INV-0001", "-0.5")
    shown = [
        (str(each.amount), str(each.date), each.reference, each.who) for each in desk.workspace.payments()
    ]
    assert shown == [("10.50", "2027-06-01", "bank 7", "ada"), ("-0.50", "2027-06-15", "", "ada")]
    assert desk.workspace.payments("INV-0001") == desk.workspace.payments()
    (draft,) = desk.workspace.bill("2026-11").invoices
    assert desk.workspace.payments(draft.id) == []


def test_an_invoice_of_nothing_is_paid_when_it_is_final(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"calls": metered("calls", unit_amount="1")}))
    (final,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert (final.status, str(final.total)) == ("paid", "0.00")


def test_a_void_invoice_lets_its_period_be_billed_anew(desk: Desk) -> None:
    void = desk.workspace.void("INV-0001")
    assert (void.status, void.number) == ("void", "INV-0001")
    desk.events(("acme", "calls", "2026-10-05T00:00:00Z"))
    (anew,) = desk.workspace.bill("2026-10").invoices
    assert (anew.id, amounts(anew)) == ("acme-pro_2026-10-01_2", {"fee": "49.00", "calls": "1.00"})
    assert desk.workspace.finalize(anew.id).number == "INV-0002"
    desk.workspace.void("INV-0002")
    (third,) = desk.workspace.bill("2026-10").invoices
    assert third.id == "acme-pro_2026-10-01_3"
    assert [each.status for each in desk.workspace.invoices()] == ["void", "void", "draft"]


def test_a_draft_may_be_void_too(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    (draft,) = desk.workspace.bill("2026-10").invoices
    desk.workspace.void(draft.id)
    with pytest.raises(Refused, match="is void; only a draft can be made final"):
        desk.workspace.finalize(draft.id)
    assert [each.id for each in desk.workspace.bill("2026-10").invoices] == ["acme-pro_2026-10-01_2"]


def test_what_was_paid_cannot_be_void_until_it_is_paid_back(desk: Desk) -> None:
    desk.workspace.pay("INV-0001", "10")
    with pytest.raises(Refused, match=r"has payments of 10\.00 USD; record a refund first") as refusal:
        desk.workspace.void("INV-0001")
    assert refusal.value.exit_code == 5
    assert "usagebill pay INV-0001 --amount -10.00" in str(refusal.value)
    desk.workspace.pay("INV-0001", "-10")
    assert desk.workspace.void("INV-0001").status == "void"
    with pytest.raises(Refused, match="is void already"):
        desk.workspace.void("INV-0001")


def test_limits_no_longer_count_a_void_invoice(open_desk: OpenDesk) -> None:
    text = catalogue(
        {"fee": fee("49.00"), "calls": metered("calls", unit_amount="1")}, plan={"minimum_spend": "60"}
    )
    desk = open_desk(text, now="2026-10-02T00:00:00Z")
    desk.workspace.bill("2026-10", finalize=True)
    desk.now = desk.now.replace(month=11)
    (usage,) = desk.workspace.bill("2026-10").invoices
    assert amounts(usage) == {"calls": "0.00", "minimum": "11.00"}
    desk.workspace.void("INV-0001")
    (renewed,) = desk.workspace.bill("2026-10").invoices
    assert (renewed.id, amounts(renewed)) == (usage.id, {"fee": "49.00", "calls": "0.00", "minimum": "11.00"})


def test_every_change_of_an_invoice_is_in_the_audit(desk: Desk) -> None:
    desk.workspace.pay("INV-0001", "10")
    desk.workspace.pay("INV-0001", "-10")
    desk.workspace.void("INV-0001")
    entries = [each for each in desk.workspace.audit() if each.noun == "invoice"]
    assert [each.action for each in entries] == ["add", "finalize", "pay", "pay", "void"]
    assert {(each.who, each.at, each.key) for each in entries} == {("ada", desk.now, "acme-pro_2026-10-01")}
