import re
import zlib
from datetime import date
from io import BytesIO

import msgspec
import pytest
from pypdf import PdfReader

from tests.billing.documents.sample_invoices import (
    CUSTOMER,
    DRAFT,
    HOSTILE_CUSTOMER,
    HOSTILE_INVOICE,
    HOSTILE_SELLER,
    INVOICE,
    OUTPUT,
    SELLER,
    VOID,
    step,
)
from usagebill_tui.billing.documents.content import content_of
from usagebill_tui.billing.documents.logo import Logo
from usagebill_tui.billing.documents.pdf_fonts import Lettering, register_fonts
from usagebill_tui.billing.documents.pdf_page import pdf_document
from usagebill_tui.config import Seller
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.errors import InvalidInput

ISSUED = date(2023, 12, 1)


def made(invoice: Invoice, customer: Customer = CUSTOMER, seller: Seller = SELLER) -> PdfReader:
    return PdfReader(BytesIO(pdf_document(content_of(invoice, customer, seller), ISSUED)))


def text_of(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_paper_says_all_of_the_content() -> None:
    content = content_of(INVOICE, CUSTOMER, SELLER)
    text = text_of(made(INVOICE))
    wanted = [content.title, content.due, *content.seller, *content.customer, *content.terms]
    wanted += [part for pair in (*content.facts, *content.totals) for part in pair]
    for row in content.rows:
        wanted += [row.description, row.units, row.amount, *row.notes]
    assert [part for part in wanted if part not in text] == []
    assert "Page 1 of 1" in text


def test_the_same_invoice_is_the_same_bytes_dated_like_the_invoice() -> None:
    content = content_of(INVOICE, CUSTOMER, SELLER)
    first, other = pdf_document(content, ISSUED), pdf_document(content_of(DRAFT, CUSTOMER, SELLER), ISSUED)
    assert pdf_document(content, ISSUED) == first != other
    information = PdfReader(BytesIO(first)).metadata
    assert information is not None
    assert {name: str(value) for name, value in information.items()}.items() >= {
        ("/CreationDate", "D:20231201000000Z"),
        ("/ModDate", "D:20231201000000Z"),
        ("/Title", "Invoice INV-0042"),
        ("/Author", "Northwind Compute GmbH"),
    }


@pytest.mark.parametrize("marker", ["DRAFT", "VOID"])
def test_drafts_and_void_invoices_are_marked_on_every_page(marker: str) -> None:
    invoice = DRAFT if marker == "DRAFT" else VOID
    long = msgspec.structs.replace(invoice, lines=invoice.lines * 12)
    pages = made(long).pages
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        text = page.extract_text()
        assert text.count(marker) >= 2
        assert f"Page {number} of {len(pages)}" in text
        assert "DESCRIPTION" in text


def test_a_final_invoice_is_not_marked() -> None:
    assert not re.search("DRAFT|VOID|PAID", text_of(made(INVOICE)))


def test_hostile_names_are_shown_and_obeyed_by_nobody() -> None:
    text = text_of(made(HOSTILE_INVOICE, HOSTILE_CUSTOMER, HOSTILE_SELLER))
    assert "<script>alert('x')</script>&\"=1+1?]0;gone??gpj?" in text
    assert "???? Ωmega Łódź" in text
    assert "? stands for a letter" in text


@pytest.mark.parametrize(
    "name",
    [
        "a <b>b</b> c",
        "x &amp; y &#65;",
        '<a href="http://e.example">z</a>',
        '<img src="logo.png"/>',
        "<br/>q",
    ],
)
def test_what_the_paper_would_take_for_markup_stays_text(name: str) -> None:
    customer = msgspec.structs.replace(CUSTOMER, name=name)
    reader = made(INVOICE, customer)
    assert name in text_of(reader)
    assert "/Annots" not in reader.pages[0]


def test_no_note_about_letters_where_none_is_missing() -> None:
    assert "stands for a letter" not in text_of(made(INVOICE))


@pytest.mark.parametrize(
    ("text", "written", "incomplete"),
    [
        ("Łódź Ωmega Привет Ế ₹1", "Łódź Ωmega Привет Ế ₹1", False),
        ("e\u0301", "é", False),
        ("Ａｃｍｅ ﬁ", "Acme ﬁ", False),
        ("₪5", "ILS\N{NO-BREAK SPACE}5", False),
        ("a\u200db", "ab", False),
        ("株 نص", "? ??", True),
        ("\ufffd", "?", True),
    ],
)
def test_letters_that_the_font_lacks_are_replaced_visibly(text: str, written: str, incomplete: bool) -> None:  # noqa: FBT001 - a table's column
    register_fonts()
    letters = Lettering()
    assert letters(text) == written
    assert letters.incomplete is incomplete


def test_an_invoice_of_many_steps_goes_on_on_the_next_page() -> None:
    tall = msgspec.structs.replace(OUTPUT, steps=OUTPUT.steps * 40)
    reader = made(msgspec.structs.replace(INVOICE, lines=(tall,)))
    assert len(reader.pages) > 2
    assert text_of(reader).count("rounding = $0.0000175") == 40


@pytest.mark.parametrize("word", ["many words ", "W", "é\n"])
def test_texts_of_any_length_anywhere_fit_the_paper(word: str) -> None:
    long = word * 5000
    line = msgspec.structs.replace(
        OUTPUT,
        description=long,
        group={long: long, "b": long},
        steps=(step(long, "46.33"),) * 3,
        warnings=(long,) * 3,
    )
    invoice = msgspec.structs.replace(
        INVOICE, number=long, plan=long, subscription=long, lines=(OUTPUT, line, line)
    )
    customer = Customer(id=long, name=long, address=long, email=long)
    seller = Seller(name=long, address=long, email=long, tax_id=long, terms=long)
    text = text_of(made(invoice, customer, seller))
    assert text.count("…") >= 18
    assert "Amount due" in text


def test_a_logo_is_put_on_the_paper() -> None:
    content = content_of(INVOICE, CUSTOMER, SELLER)
    with_logo = PdfReader(BytesIO(pdf_document(content, ISSUED, Logo(png(), "image/png"))))
    assert len(with_logo.pages[0].images) == 1
    assert len(made(INVOICE).pages[0].images) == 0


@pytest.mark.parametrize("raw", [b"\x89PNG\r\n\x1a\nnonsense", b"\xff\xd8\xff\xe0"])
def test_a_damaged_logo_is_named(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match="the logo is damaged"):
        pdf_document(content_of(INVOICE, CUSTOMER, SELLER), ISSUED, Logo(raw, "image/png"))


def png() -> bytes:
    """Return a picture of one grey dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00\x80")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
