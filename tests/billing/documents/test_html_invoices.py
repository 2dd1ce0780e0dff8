from html.parser import HTMLParser

import pytest

from tests.billing.documents.sample_invoices import (
    CUSTOMER,
    DRAFT,
    HOSTILE_CUSTOMER,
    HOSTILE_INVOICE,
    HOSTILE_SELLER,
    INVOICE,
    SELLER,
    VOID,
)
from usagebill_tui.billing.documents.content import content_of
from usagebill_tui.billing.documents.html_page import html_document
from usagebill_tui.billing.documents.logo import Logo

VOIDS = {"meta", "img"}


class Page(HTMLParser):
    """Reads a page as a browser does: its tags, attributes and texts; checks that tags close in order."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(raw.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOIDS:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"] and data.strip():
            self.texts.append(data)


def test_the_page_says_all_of_the_content_in_order() -> None:
    content = content_of(INVOICE, CUSTOMER, SELLER)
    texts = Page(html_document(content)).texts
    wanted = [content.title, *content.seller, content.title, "Billed to", *content.customer]
    wanted += [text for fact in content.facts for text in fact]
    wanted += [content.due, "Description", "Quantity", "Amount"]
    for row in content.rows:
        wanted += [text for text in (row.description, *row.notes, row.units, row.amount) if text]
    wanted += [text for total in content.totals for text in total]
    assert texts == [*wanted, *content.terms]


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    raw = html_document(content_of(INVOICE, CUSTOMER, SELLER), Logo(b"\xff\xd8\xffx", "image/jpeg"))
    page = Page(raw)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert b"default-src 'none'" in raw
    assert b"url(" not in raw
    assert b"@import" not in raw
    assert [value for name, value in page.attributes if name in {"src", "href"}] == [
        "data:image/jpeg;base64,/9j/eA=="
    ]


def test_hostile_names_stay_text() -> None:
    tame = Page(html_document(content_of(HOSTILE_INVOICE, CUSTOMER, SELLER)))
    page = Page(html_document(content_of(HOSTILE_INVOICE, HOSTILE_CUSTOMER, HOSTILE_SELLER)))
    assert "script" not in page.tags
    assert set(page.tags) == set(tame.tags)
    shown = "<script>alert('x')</script>&\"=1+1\ufffd]0;gone\ufffd\ufffdgpj\ufffd |{{7*7}}"
    assert page.texts.count(shown) >= 4
    assert "株式会社 Ωmega Łódź" in page.texts


@pytest.mark.parametrize("marker", ["DRAFT", "VOID"])
def test_drafts_and_void_invoices_are_marked(marker: str) -> None:
    page = Page(html_document(content_of(DRAFT if marker == "DRAFT" else VOID, CUSTOMER, SELLER)))
    assert marker in page.texts
    assert ("class", f"marker {marker.lower()}") in page.attributes


def test_a_final_invoice_has_no_marker() -> None:
    page = Page(html_document(content_of(INVOICE, CUSTOMER, SELLER)))
    assert not any(name == "class" and value.startswith("marker") for name, value in page.attributes)
