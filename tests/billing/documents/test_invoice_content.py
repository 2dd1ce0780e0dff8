from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from tests.billing.documents.sample_invoices import (
    CUSTOMER,
    DRAFT,
    HOSTILE,
    HOSTILE_CUSTOMER,
    HOSTILE_INVOICE,
    HOSTILE_SELLER,
    INVOICE,
    NOVEMBER,
    OUTPUT,
    SELLER,
    VOID,
)
from usagebill_tui.billing.documents.content import Content, content_of
from usagebill_tui.billing.documents.printable import printable, printable_lines
from usagebill_tui.config import Seller
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.invoice import Span


def test_everything_that_a_final_invoice_says() -> None:
    content = content_of(INVOICE, CUSTOMER, SELLER)
    assert content.title == "Invoice INV-0042"
    assert content.marker == ""
    assert content.seller == (
        "Northwind Compute GmbH",
        "Lange Straße 12",
        "10243 Berlin",
        "billing@northwind.example",
        "Tax ID DE 123456789",
    )
    assert content.customer == (
        "Acme Inc.",
        "350 Fifth Avenue",
        "New York, NY 10118",
        "billing@acme.example",
        "Customer acme",
    )
    assert dict(content.facts) == {
        "Invoice number": "INV-0042",
        "Issued": "1 Dec 2023",
        "Due": "31 Dec 2023",
        "Period": "1 Nov 2023 – 30 Nov 2023",
        "Time zone": "America/New_York",
        "Plan": "pro@2",
        "Subscription": "acme-pro",
        "Currency": "USD",
    }
    assert content.due == "$72.88 due by 31 Dec 2023"
    assert dict(content.totals) == {
        "Subtotal": "$95.33",
        "Discount": "-$9.53",
        "Tax 8.25%": "$7.08",
        "Total USD": "$92.88",
        "Paid": "-$20.00",
        "Amount due": "$72.88",
    }
    assert content.terms == (SELLER.terms,)


def test_lines_carry_their_steps_groups_warnings_and_a_period_of_their_own() -> None:
    output, storage, fee = content_of(INVOICE, CUSTOMER, SELLER).rows
    assert (output.description, output.units, output.amount) == ("Output tokens", "4,088,665.5", "$46.33")
    assert output.notes == (
        "first 1,000,000 × $0.00 = $0.00",
        "next 3,088,665.5 × $0.000015 = $46.3299825",
        "rounding = $0.0000175",
    )
    assert storage.units == "no value"
    assert storage.notes[0] == "region: eu, class: none"
    assert storage.notes[-1] == "Note: negative usage of -3 is priced as 0"
    assert fee.units == ""
    assert fee.notes == ("1 Dec 2023 – 31 Dec 2023", "1 unit × $49.00 = $49.00")


@pytest.mark.parametrize(
    ("zone", "period"),
    [
        ("America/New_York", "1 Nov 2023 – 30 Nov 2023"),
        ("UTC", "1 Nov 2023 – 1 Dec 2023"),
        ("Asia/Tokyo", "1 Nov 2023 – 1 Dec 2023"),
    ],
)
def test_days_are_days_of_the_customers_time_zone(zone: str, period: str) -> None:
    customer = msgspec.structs.replace(CUSTOMER, timezone=zone)
    assert dict(content_of(INVOICE, customer, SELLER).facts)["Period"] == period


def test_a_period_of_one_day_is_one_day() -> None:
    day = Span(datetime(2023, 11, 1, 4, tzinfo=UTC), datetime(2023, 11, 2, 4, tzinfo=UTC))
    invoice = msgspec.structs.replace(INVOICE, period=day)
    assert dict(content_of(invoice, CUSTOMER, SELLER).facts)["Period"] == "1 Nov 2023"


def test_a_draft_says_so_and_names_no_dates() -> None:
    content = content_of(DRAFT, CUSTOMER, SELLER)
    assert (content.title, content.marker) == ("Draft invoice", "DRAFT")
    facts = dict(content.facts)
    assert facts["Reference"] == "acme-pro_2023-11-01"
    assert not facts.keys() & {"Invoice number", "Issued", "Due"}
    assert content.due == "$92.88 to be paid"


def test_a_void_invoice_asks_for_nothing() -> None:
    content = content_of(VOID, CUSTOMER, SELLER)
    assert content.marker == "VOID"
    assert content.due == ""
    assert "Amount due" not in dict(content.totals)


def test_a_paid_invoice_and_one_that_owes_the_customer_ask_for_nothing() -> None:
    paid = msgspec.structs.replace(INVOICE, status="paid", paid=INVOICE.total)
    assert content_of(paid, CUSTOMER, SELLER).marker == "PAID"
    assert content_of(paid, CUSTOMER, SELLER).due == ""
    owing = msgspec.structs.replace(DRAFT, total=Decimal("-5.00"))
    assert content_of(owing, CUSTOMER, SELLER).due == ""


def test_amounts_have_the_digits_of_their_currency() -> None:
    yen = msgspec.structs.replace(
        INVOICE, currency="JPY", total=Decimal(1200), credits=Decimal(200), paid=Decimal(0)
    )
    totals = dict(content_of(yen, CUSTOMER, SELLER).totals)
    assert (totals["Total JPY"], totals["Credits"], totals["Amount due"]) == ("¥1,200", "-¥200", "¥1,000")


def test_without_settings_and_with_a_bare_customer_only_the_invoice_speaks() -> None:
    content = content_of(INVOICE, Customer(id="acme"), Seller())
    assert content.seller == ()
    assert content.customer == ("Customer acme",)
    assert content.terms == ()


def texts(content: Content) -> list[str]:
    rows = [text for row in content.rows for text in (row.description, row.units, row.amount, *row.notes)]
    pairs = [text for pair in (*content.facts, *content.totals) for text in pair]
    return [content.title, content.due, *content.seller, *content.customer, *content.terms, *rows, *pairs]


def test_no_text_of_an_invoice_can_steer_a_page() -> None:
    every = texts(content_of(HOSTILE_INVOICE, HOSTILE_CUSTOMER, HOSTILE_SELLER))
    joined = "".join(every)
    assert not set(joined) & set("\x00\x07\x1b\r\n\u202e")
    assert "\ufffd]0;gone\ufffd\ufffdgpj\ufffd |{{7*7}}" in joined
    # Each place that takes foreign text was reached: nothing was dropped instead of shown.
    assert sum("{{7*7}}" in text for text in every) >= 12


def test_printable_text_keeps_all_that_people_write() -> None:
    name = "株式会社 Ωmega Łódź עברית नमस्ते\u200d👩\u200d🚀"
    assert printable(name) == name
    assert printable_lines("a\n\n  b \r\nc") == ("a", "b", "c")
    assert printable("\u2066\ud800\uffff\x9b") == "\ufffd" * 4
    assert printable(HOSTILE).count("\ufffd") == 4


def test_the_period_of_a_line_is_named_only_where_it_differs() -> None:
    same = msgspec.structs.replace(INVOICE, lines=(msgspec.structs.replace(OUTPUT, period=NOVEMBER),))
    assert not any("Nov" in note for row in content_of(same, CUSTOMER, SELLER).rows for note in row.notes)


def test_what_nobody_would_read_is_cut_where_it_shows() -> None:
    assert printable("x" * 500) == "x" * 500
    assert printable("x" * 501) == "x" * 500 + "…"
    assert len(printable_lines("a\n" * 100)) == 12
