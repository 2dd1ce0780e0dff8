"""Every movement of money is entered, with the change it belongs to or not at all."""

from datetime import date
from decimal import Decimal

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.errors import Refused
from usagebill_tui.store import postings

Told = tuple[str, str, str, dict[str, str]]

TEXT = catalogue(
    {"fee": fee("49.00"), "calls": metered("calls", unit_amount="1")},
    plan={"discount": {"percent": "10"}},
    customer={"tax_percent": "8.25", "timezone": "Pacific/Auckland"},
)


@pytest.fixture(name="desk")
def desk_with_an_invoice(open_desk: OpenDesk) -> Desk:
    """A desk with INV-0001 over 49.00 + 1.00 − 5.00 + 3.71 tax = 48.71, final on 16 June in Auckland."""
    desk = open_desk(TEXT, now="2027-06-15T13:00:00Z")
    desk.events(("acme", "calls", "2026-10-05T00:00:00Z"))
    (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert str(invoice.total) == "48.71"
    return desk


def told(desk: Desk) -> list[Told]:
    found: list[Told] = [
        (
            entry.kind,
            entry.reference,
            f"{entry.day}",
            {
                f"{leg.account}:{leg.product}" if leg.product else leg.account: str(leg.amount)
                for leg in entry.legs
            },
        )
        for entry in sorted(desk.workspace.ledger_entries(), key=lambda entry: entry.id)
    ]
    assert [finding.status for finding in desk.workspace.verify()] == ["ok"]
    return found


FINAL: Told = (
    "invoice",
    "INV-0001",
    "2027-06-16",
    {"receivables": "48.71", "tax_payable": "-3.71", "revenue:calls": "-0.90", "revenue:fee": "-44.10"},
)


def test_drafts_are_not_entered_final_invoices_are(desk: Desk) -> None:
    (draft,) = desk.workspace.bill("2026-11").invoices
    assert told(desk) == [FINAL]
    desk.workspace.finalize(draft.id)
    assert [one[1] for one in told(desk)] == ["INV-0001", "INV-0002"]
    (next_one,) = desk.workspace.bill("2026-12").invoices
    desk.workspace.finalize_drafts([next_one.id])
    assert [one[1] for one in told(desk)] == ["INV-0001", "INV-0002", "INV-0003"]
    (entry, *_) = desk.workspace.ledger_entries()
    assert (entry.who, entry.at, entry.customer) == ("ada", desk.now, "acme")


def test_a_dry_run_enters_nothing(desk: Desk) -> None:
    desk.workspace.bill("2026-11", finalize=True, dry_run=True)
    assert told(desk) == [FINAL]


def test_a_void_invoice_is_reversed_on_the_day_it_became_void(desk: Desk) -> None:
    desk.now = desk.now.replace(day=20)
    desk.workspace.void("INV-0001")
    back = {account: str(-Decimal(amount)) for account, amount in FINAL[3].items()}
    assert told(desk) == [FINAL, ("void", "INV-0001", "2027-06-21", back)]
    assert [str(one.balance) for one in desk.workspace.ledger_balances()] == ["0.00"] * 3


def test_a_void_draft_and_an_invoice_of_nothing_are_not_entered(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"calls": metered("calls", unit_amount="1")}))
    desk.workspace.bill("2026-10", finalize=True)
    (draft,) = desk.workspace.bill("2026-11").invoices
    desk.workspace.void(draft.id)
    desk.workspace.void("INV-0001")
    assert told(desk) == []
    assert desk.workspace.ledger_balances() == []


def test_payments_and_refunds(desk: Desk) -> None:
    desk.workspace.pay("INV-0001", "60", day=date(2027, 6, 1))
    desk.workspace.pay("INV-0001", "-20")
    assert told(desk)[1:] == [
        (
            "payment",
            "payment 1",
            "2027-06-01",
            {"receivables": "-48.71", "cash": "60.00", "customer_balance": "-11.29"},
        ),
        (
            "refund",
            "payment 2",
            "2027-06-15",
            {"receivables": "8.71", "cash": "-20.00", "customer_balance": "11.29"},
        ),
    ]


def test_credit_notes(desk: Desk) -> None:
    desk.workspace.pay("INV-0001", "48")
    desk.workspace.credit("INV-0001", line=1)
    (_, _, credited) = told(desk)
    assert credited == (
        "credit_note",
        "CN-0001",
        "2027-06-16",
        {
            "receivables": "-0.71",
            "customer_balance": "-47.03",
            "tax_payable": "3.64",
            "revenue:fee": "44.10",
        },
    )


def test_adjustments_are_part_of_the_invoice_or_credit_note_that_carries_them(desk: Desk) -> None:
    desk.events(("acme", "calls", "2026-10-06T00:00:00Z"), ("acme", "calls", "2026-10-07T00:00:00Z"))
    desk.workspace.accept_adjustment("INV-0001")
    assert told(desk) == [FINAL]
    desk.workspace.bill("2026-11", finalize=True)
    # 49.00 − 4.90, and of October 2.00 less a discount of 0.20, with its tax of 0.15.
    assert told(desk)[1][3] == {
        "receivables": "49.69",
        "tax_payable": "-3.79",
        "revenue": "0.20",
        "revenue:calls": "-2.00",
        "revenue:fee": "-44.10",
    }
    desk.workspace.undo_batch(2)
    desk.workspace.accept_adjustment("INV-0001", form="credit-note")
    assert told(desk)[2] == (
        "credit_note",
        "CN-0001",
        "2027-06-16",
        {
            "receivables": "-1.95",
            "tax_payable": "0.15",
            "revenue": "-0.20",
            "revenue:calls": "2.00",
        },
    )


def test_what_is_refused_is_not_entered(desk: Desk) -> None:
    for call in (
        lambda: desk.workspace.pay("INV-0001", "-1"),
        lambda: desk.workspace.credit("INV-0001", amount="99"),
        lambda: desk.workspace.finalize("INV-0001"),
    ):
        with pytest.raises(Refused):
            call()
    assert told(desk) == [FINAL]


def test_where_the_entry_fails_nothing_else_is_done(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(postings, "enter", fail)
    monkeypatch.setattr(postings, "reverse", fail)
    for call in (
        lambda: desk.workspace.pay("INV-0001", "1"),
        lambda: desk.workspace.void("INV-0001"),
        lambda: desk.workspace.bill("2026-11", finalize=True),
    ):
        with pytest.raises(OSError, match="disk"):
            call()
    assert desk.workspace.payments() == []
    assert [(one.number, one.status) for one in desk.workspace.invoices()] == [("INV-0001", "final")]
    assert told(desk) == [FINAL]
