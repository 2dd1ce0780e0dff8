"""Credit notes: whole or by line, never more than is left, with their own negative tax."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.domain.credit_note import (
    CreditLine,
    CreditNote,
    credit_json,
    left_to_credit,
    of_line,
    of_whole,
    parts,
)
from usagebill_tui.domain.invoice import Invoice, Line, Span, checksum, invoice_json
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.periods import Days, instants
from usagebill_tui.domain.zones import zone
from usagebill_tui.errors import NotFound, Refused

TEXT = catalogue(
    {"fee": fee("49.00"), "calls": metered("calls", unit_amount="0.35")},
    plan={"discount": {"percent": "10"}},
    customer={"tax_percent": "8.25"},
)


def billed(desk: Desk) -> Invoice:
    desk.events(*(("acme", "calls", f"2026-10-0{day}T00:00:00Z") for day in range(1, 8)))
    (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
    return invoice


def test_the_whole_of_an_invoice(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    invoice = billed(desk)
    note = desk.workspace.credit("INV-0001", reason="a gift")
    assert (note.number, note.invoice, note.reason, str(note.issued)) == (
        "CN-0001",
        "INV-0001",
        "a gift",
        "2027-06-15",
    )
    assert (note.subtotal, note.tax, note.total) == (
        invoice.discount - invoice.subtotal,
        -invoice.tax,
        -invoice.total,
    )
    now = desk.workspace.invoice("INV-0001")
    assert (now.credits, now.amount_due, now.status) == (invoice.total, Decimal(0), "paid")
    assert invoice_json(now)["checksum"] == invoice_json(invoice)["checksum"]
    with pytest.raises(Refused, match="nothing is left to credit of invoice INV-0001"):
        desk.workspace.credit("INV-0001")


def test_line_by_line_comes_to_the_whole(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    invoice = billed(desk)
    one = desk.workspace.credit("INV-0001", line=2)
    assert (one.subtotal, one.tax) == (Decimal("-2.20"), Decimal("-0.18"))
    other = desk.workspace.credit("INV-0001", line=1)
    assert one.total + other.total == -invoice.total
    assert [note.number for note in desk.workspace.credit_notes()] == ["CN-0001", "CN-0002"]


def test_never_more_than_is_left(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    invoice = billed(desk)
    with pytest.raises(Refused, match=r"line 2 of invoice INV-0001; credit at most 2\.38"):
        desk.workspace.credit("INV-0001", line=2, amount="2.39")
    desk.workspace.credit("INV-0001", amount="40")
    left = invoice.total - 40
    with pytest.raises(Refused, match=f"credit at most {left}"):
        desk.workspace.credit("INV-0001", amount="45")
    with pytest.raises(Refused, match="give a positive amount"):
        desk.workspace.credit("INV-0001", amount="-1")
    assert desk.workspace.credit("INV-0001").total == -left
    assert [note.number for note in desk.workspace.credit_notes()] == ["CN-0001", "CN-0002"]


def test_what_cannot_be_credited_is_refused(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    (draft,) = desk.workspace.bill("2026-10").invoices
    with pytest.raises(Refused, match="is draft"):
        desk.workspace.credit(draft.id)
    desk.workspace.finalize(draft.id)
    with pytest.raises(NotFound, match="no line 7; it has lines 1 to 2"):
        desk.workspace.credit("INV-0001", line=7)
    with pytest.raises(NotFound, match="there is no invoice 'INV-0002'"):
        desk.workspace.credit("INV-0002")
    with pytest.raises(NotFound, match="there is no credit note 'CN-0001'"):
        desk.workspace.credit_note("CN-0001")
    desk.workspace.credit("INV-0001", amount="1")
    with pytest.raises(Refused, match=r"has credit notes of 1\.00 USD"):
        desk.workspace.void("INV-0001")


def test_a_credit_of_what_was_paid_leaves_a_balance_to_refund(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    invoice = billed(desk)
    desk.workspace.pay("INV-0001", invoice.total)
    desk.workspace.credit("INV-0001", amount="10")
    assert desk.workspace.invoice("INV-0001").amount_due == Decimal("-10.00")
    assert desk.workspace.pay("INV-0001", "-10").amount_due == Decimal("0.00")


def test_a_note_tells_its_checksum(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    desk.workspace.credit("INV-0001", line=1, amount="5.00", reason="slow")
    table = credit_json(desk.workspace.credit_note("CN-0001"))
    assert (table["total"], table["lines"][0]["line"]) == ("-5.00", 1)
    assert table["checksum"] == checksum(table)


CENTS = st.integers(min_value=0, max_value=10_000).map(lambda cents: Decimal(cents).scaleb(-2))
OCTOBER = instants(Days(date(2026, 10, 1), date(2026, 11, 1)), zone("UTC"))


def made(amounts: list[Decimal], discount: Decimal, rate: Decimal) -> Invoice:
    span = Span(OCTOBER.start, OCTOBER.end)
    lines = tuple(
        Line(kind="fee", product=f"p{k}", period=span, description="", amount=amount, tax_percent=rate)
        for k, amount in enumerate(amounts)
    )
    subtotal = sum(amounts, Decimal("0.00"))
    tax = round_money((subtotal - discount) * rate / 100, "USD")
    return Invoice(
        id="i",
        status="final",
        customer="acme",
        subscription="s",
        plan="pro@1",
        currency="USD",
        period=span,
        lines=lines,
        subtotal=subtotal,
        discount=discount,
        tax=tax,
        total=subtotal - discount + tax,
        credits=Decimal("0.00"),
        paid=Decimal("0.00"),
        snapshot=1,
    )


def noted(lines: list[CreditLine]) -> CreditNote:
    net = sum((line.amount for line in lines), Decimal("0.00"))
    tax = sum((line.tax for line in lines), Decimal("0.00"))
    return CreditNote(
        number="CN-0001",
        invoice="i",
        customer="acme",
        currency="USD",
        issued=OCTOBER.start.date(),
        reason="",
        lines=tuple(lines),
        subtotal=net,
        tax=tax,
        total=net + tax,
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(CENTS, min_size=1, max_size=5), CENTS, st.integers(0, 25), st.data())
def test_parts_and_notes_add_up_to_the_cent(
    amounts: list[Decimal], discount: Decimal, rate: int, data: st.DataObject
) -> None:
    invoice = made(amounts, min(discount, sum(amounts, Decimal("0.00"))), Decimal(rate))
    assert sum(part.gross for part in parts(invoice)) == invoice.total
    notes: list[CreditNote] = []
    for _ in range(3):
        left = invoice.total + sum((note.total for note in notes), Decimal(0))
        if left > 0:
            part = Decimal(data.draw(st.integers(1, int(left * 100)))).scaleb(-2)
            notes.append(noted(of_whole(invoice, notes, part)))
            assert notes[-1].total == -part
    left = invoice.total + sum((note.total for note in notes), Decimal(0))
    if left > 0:
        notes.append(noted(of_whole(invoice, notes, left)))
    assert sum(note.tax for note in notes) == (-invoice.tax if invoice.total else 0)


@settings(max_examples=15, deadline=None)
@given(st.lists(CENTS, min_size=1, max_size=5), CENTS, st.integers(0, 25))
def test_lines_credited_one_by_one_leave_nothing(
    amounts: list[Decimal], discount: Decimal, rate: int
) -> None:
    invoice = made(amounts, min(discount, sum(amounts, Decimal("0.00"))), Decimal(rate))
    notes: list[CreditNote] = []
    for number in range(1, len(amounts) + 1):
        left = left_to_credit(invoice, notes)[number - 1]
        notes.append(noted(of_line(invoice, number, left, left.gross)))
    assert all(part.net == part.tax == 0 for part in left_to_credit(invoice, notes))
    assert sum(note.total for note in notes) == -invoice.total


def test_a_dry_run_says_what_the_note_would_be_and_makes_none(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    for asked in ({}, {"line": 1}, {"line": 2, "amount": "1.00"}, {"amount": "7.77"}):
        would = desk.workspace.credit("INV-0001", reason="r", dry_run=True, **asked)
        assert would.number == ""
        assert would.total == would.subtotal + would.tax
    assert desk.workspace.credit_notes() == []
    would = desk.workspace.credit("INV-0001", line=1, dry_run=True)
    made = desk.workspace.credit("INV-0001", line=1)
    assert made.number == "CN-0001"
    assert (made.lines, made.total, made.issued) == (would.lines, would.total, would.issued)
    with pytest.raises(Refused, match="nothing is left to credit of line 1"):
        desk.workspace.credit("INV-0001", line=1, dry_run=True)
