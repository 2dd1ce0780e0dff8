"""A document that is filled in later is the one that would be written whole."""

from datetime import date
from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.test_written_lines import LINES, NUMBERS, SPANS, TEXTS
from usagebill_tui.domain.invoice import Invoice, canonical, document_form, filled, fixed_part
from usagebill_tui.domain.tax import TaxRow

ROWS = st.builds(
    TaxRow,
    code=TEXTS | st.none(),
    name=TEXTS,
    percent=NUMBERS,
    inclusive=st.booleans(),
    taxable=NUMBERS,
    tax=NUMBERS,
)
INVOICES = st.builds(
    Invoice,
    id=TEXTS,
    status=st.just("draft"),
    customer=TEXTS,
    subscription=TEXTS,
    plan=TEXTS,
    dialect=TEXTS,
    currency=st.just("USD"),
    period=SPANS,
    lines=st.lists(LINES, max_size=2).map(tuple),
    subtotal=NUMBERS,
    discount=NUMBERS,
    tax=NUMBERS,
    taxes=st.lists(ROWS, max_size=2).map(tuple),
    total=NUMBERS,
    credits=st.just(Decimal(0)),
    paid=st.just(Decimal(0)),
    snapshot=st.integers(0, 9),
    plugins=st.dictionaries(TEXTS, TEXTS, max_size=2),
)


@settings(max_examples=40)
@given(INVOICES, TEXTS | st.none(), st.dates() | st.none(), st.dates() | st.none())
def test_filling_the_gaps_gives_the_whole_document(
    draft: Invoice, number: str | None, issued: date | None, due: date | None
) -> None:
    whole = msgspec.structs.replace(draft, number=number, issued=issued, due=due)
    written = filled(document_form(draft), number=number, issued=issued, due=due)
    assert written == canonical(fixed_part(whole))
