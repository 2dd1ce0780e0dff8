"""Credit notes as files that a company sends: what stands on them, in every form."""

import json
import re
from pathlib import Path

import pytest
import tomli_w

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee
from usagebill_tui.billing.documents.content import content_of_note
from usagebill_tui.config import Seller
from usagebill_tui.errors import NotFound, WrongCall

TAXES = [
    {"code": "vat", "name": "VAT", "percent": "19"},
    {"code": "red", "name": "Reduced <b>", "percent": "7"},
]
REASON = "Out of order <script>alert(1)</script>"


@pytest.fixture(name="desk")
def desk_with_a_credit_note(open_desk: OpenDesk) -> Desk:
    products = {
        "a": {**fee("100", "arrears"), "name": "Platform", "tax": "vat"},
        "b": {**fee("50", "arrears"), "name": "Books & more", "tax": "red"},
    }
    desk = open_desk(f"{tomli_w.dumps({'tax': TAXES})}{catalogue(products, customer={'name': 'Acme'})}")
    desk.workspace.bill("2026-10", finalize=True)
    desk.workspace.credit("INV-0001", reason=REASON)
    return desk


def test_it_says_what_is_credited_of_which_invoice_and_the_tax_by_rate(desk: Desk) -> None:
    note, invoice = desk.workspace.credit_note("CN-0001"), desk.workspace.invoice("INV-0001")
    customer = desk.workspace.catalogue().customers["acme"]
    said = content_of_note(note, invoice, customer, Seller(name="Us", terms="Pay soon"))
    assert (said.title, said.due, said.remark) == ("Credit note CN-0001", "$172.50 credited", REASON)
    assert dict(said.facts)["For invoice"] == "INV-0001"
    assert [(row.description, row.units, row.amount) for row in said.rows] == [
        ("Platform", "1", "-$100.00"),
        ("Books & more", "2", "-$50.00"),
    ]
    assert said.totals == (
        ("Subtotal", "-$150.00"),
        ("VAT 19% on -$100.00", "-$19.00"),
        ("Reduced <b> 7% on -$50.00", "-$3.50"),
        ("Total USD", "-$172.50"),
    )
    assert said.terms == ()


@pytest.mark.parametrize("ending", ["pdf", "html", "json", "csv"])
def test_every_form_is_written_and_the_same_each_time(desk: Desk, tmp_path: Path, ending: str) -> None:
    paths = [tmp_path / f"{name}.{ending}" for name in "ab"]
    for path in paths:
        desk.workspace.export_credit_note("CN-0001", path)
    one, other = (path.read_bytes() for path in paths)
    assert one == other
    if ending == "pdf":
        assert one.startswith(b"%PDF")
    elif ending == "html":
        assert b"<script" not in one
        assert b"Reduced &lt;b&gt; 7%" in one
        assert re.search(rb"Credited to.*Acme.*\$172\.50 credited", one, re.DOTALL)
    elif ending == "json":
        table = json.loads(one)
        assert [(row["code"], row["tax"]) for row in table["taxes"]] == [("vat", "-19.00"), ("red", "-3.50")]
    else:
        amounts = [line.split(",")[-3] for line in one.decode().splitlines()[1:]]
        assert amounts == ["-100.00", "-50.00", "-19.00", "-3.50"]


def test_other_endings_and_numbers_are_refused(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(WrongCall, match="does not say in which form"):
        desk.workspace.export_credit_note("CN-0001", tmp_path / "a.doc")
    with pytest.raises(NotFound, match="there is no credit note 'CN-0009'"):
        desk.workspace.export_credit_note("CN-0009", tmp_path / "a.pdf")
    assert not list(tmp_path.glob("a.*"))
