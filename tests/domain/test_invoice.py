"""Invoices as data: what is written, what is fixed, and that reading gives back what was written."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.domain.invoice import (
    UNFIXED,
    Invoice,
    Line,
    Span,
    canonical,
    checksum,
    digest,
    fixed_part,
    invoice_json,
    read_invoice,
    written,
)
from usagebill_tui.domain.pricing.protocol import Step

D = Decimal
OCTOBER = Span(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
LINE = Line(
    kind="usage",
    product="calls",
    metric="calls",
    group={"model": "large", "region": None},
    period=OCTOBER,
    description="Calls",
    units=D("1234567.5"),
    amount=D("12.30"),
    tax_percent=D("8.25"),
    steps=(
        Step(description="1,234,567.5", quantity=D("1234567.5"), unit_amount=D("0.00001"), amount=D("12.3")),
    ),
    events=3,
    accounts=("acme",),
    warnings=("so",),
)
INVOICE = Invoice(
    id="acme-pro_2026-10-01",
    number="INV-0001",
    status="final",
    customer="acme",
    subscription="acme-pro",
    plan="pro@1",
    currency="USD",
    period=OCTOBER,
    issued=date(2026, 11, 2),
    due=date(2026, 12, 2),
    lines=(LINE,),
    subtotal=D("12.30"),
    discount=D("0.00"),
    tax=D("1.01"),
    total=D("13.31"),
    credits=D("1.00"),
    paid=D("10.00"),
    snapshot=7,
)


def test_what_is_due_is_the_total_less_credits_and_payments() -> None:
    assert str(INVOICE.amount_due) == "2.31"
    assert str(msgspec.structs.replace(INVOICE, paid=D("20.00")).amount_due) == "-7.69"


def test_the_json_has_the_agreed_keys() -> None:
    table = invoice_json(INVOICE)
    agreed = (
        "id number status customer subscription currency period issued due lines subtotal discount tax total "
        "credits paid amount_due checksum"
    )
    assert set(agreed.split()) <= set(table)
    line = "kind product metric group period description units amount tax_percent steps"
    assert set(line.split()) <= set(table["lines"][0])
    assert set(table["lines"][0]["steps"][0]) == {"description", "quantity", "unit_amount", "amount"}


def test_numbers_are_text_in_plain_notation_and_times_are_rfc_3339() -> None:
    table = invoice_json(INVOICE)
    line = table["lines"][0]
    assert (line["units"], line["amount"], line["steps"][0]["unit_amount"]) == (
        "1234567.5",
        "12.30",
        "0.00001",
    )
    assert table["amount_due"] == "2.31"
    assert table["period"] == {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}
    assert (table["issued"], table["due"]) == ("2026-11-02", "2026-12-02")
    assert line["group"] == {"model": "large", "region": None}
    assert json.loads(json.dumps(table)) == table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (D("1E-7"), "0.0000001"),
        (D("1E+3"), "1000"),
        (D("0E-10"), "0.0000000000"),
        (datetime(2026, 10, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-10-01T00:00:00Z"),
        (date(2026, 10, 1), "2026-10-01"),
        (True, True),
        (None, None),
        (("a", 1), ["a", 1]),
    ],
)
def test_each_kind_of_value_is_written_in_one_way(value: object, text: object) -> None:
    assert written(value) == text


def test_a_binary_float_is_never_written() -> None:
    with pytest.raises(TypeError):
        written({"amount": 0.1})


def test_reading_gives_back_what_was_written() -> None:
    assert read_invoice(invoice_json(INVOICE)) == INVOICE
    draft = msgspec.structs.replace(INVOICE, number=None, issued=None, due=None, status="draft")
    assert read_invoice(invoice_json(draft)) == draft


def test_what_may_still_change_does_not_change_the_checksum() -> None:
    paid = msgspec.structs.replace(INVOICE, status="paid", paid=D("13.31"), credits=D("0.00"))
    assert invoice_json(paid)["checksum"] == invoice_json(INVOICE)["checksum"]
    assert fixed_part(paid) == fixed_part(INVOICE)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "x"},
        {"number": "INV-0002"},
        {"customer": "x"},
        {"plan": "pro@2"},
        {"due": date(2026, 12, 3)},
        {"lines": ()},
        {"lines": (msgspec.structs.replace(LINE, amount=D("12.31")),)},
        {"lines": (msgspec.structs.replace(LINE, accounts=("acme", "other")),)},
        {"tax": D("1.02")},
        {"total": D("13.32")},
        {"snapshot": 8},
    ],
)
def test_anything_else_changes_the_checksum(change: dict[str, object]) -> None:
    changed = msgspec.structs.replace(INVOICE, **change)
    assert invoice_json(changed)["checksum"] != invoice_json(INVOICE)["checksum"]


def test_the_checksum_is_the_digest_of_the_canonical_fixed_part() -> None:
    table = invoice_json(INVOICE)
    document = canonical(fixed_part(INVOICE))
    assert digest(document) == checksum(table) == table["checksum"]
    fixed = {key: value for key, value in table.items() if key not in UNFIXED}
    # Made a second time, with another library.
    assert json.dumps(fixed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == document


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.decimals(-(10**20), 10**20, places=18, allow_nan=False)


@given(texts, numbers, st.none() | numbers, st.dictionaries(texts, st.none() | texts, max_size=3))
def test_reading_gives_back_any_line(
    text: str, amount: Decimal, units: Decimal | None, group: dict[str, str | None]
) -> None:
    line = msgspec.structs.replace(
        LINE,
        description=text,
        amount=amount,
        units=units,
        group=group,
        steps=(Step(description=text, quantity=units, amount=amount),),
    )
    invoice = msgspec.structs.replace(INVOICE, lines=(line,))
    document = msgspec.json.encode(invoice_json(invoice))
    assert read_invoice(msgspec.json.decode(document)) == invoice
