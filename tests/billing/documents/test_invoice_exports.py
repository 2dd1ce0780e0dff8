import builtins
import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from tests.billing.documents.sample_invoices import CUSTOMER, DRAFT, HOSTILE, HOSTILE_INVOICE, INVOICE, SELLER
from usagebill_tui.billing.documents.exporting import export_invoice
from usagebill_tui.config import Seller
from usagebill_tui.domain.invoice import invoice_json, read_invoice
from usagebill_tui.errors import InvalidInput, StorageFailed, WrongCall

CUSTOMERS = {"acme": CUSTOMER}


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


def test_json_is_the_invoice_itself(tmp_path: Path) -> None:
    path = tmp_path / "invoice.json"
    export_invoice(INVOICE, CUSTOMERS, path)
    assert json.loads(path.read_bytes()) == invoice_json(INVOICE)
    assert read_invoice(json.loads(path.read_bytes())) == INVOICE
    assert path.read_text(encoding="utf-8").startswith('{\n  "id": "acme-pro_2023-11-01",\n')
    assert path.read_bytes().endswith(b"}\n")


def test_pages_leave_steps_out_on_request_and_data_never_does(tmp_path: Path) -> None:
    page, data = tmp_path / "invoice.html", tmp_path / "invoice.json"
    said = "Note: "
    export_invoice(INVOICE, CUSTOMERS, page)
    whole = page.read_text(encoding="utf-8")
    export_invoice(INVOICE, CUSTOMERS, page, steps=False)
    bare = page.read_text(encoding="utf-8")
    steps = [step.description for line in INVOICE.lines for step in line.steps]
    assert steps
    assert all(step in whole for step in steps)
    assert not any(f"{step} ×" in bare or f"{step} =" in bare for step in steps)
    assert whole.count(said) == bare.count(said)
    assert all(line.description in bare for line in INVOICE.lines)
    export_invoice(INVOICE, CUSTOMERS, data, steps=False)
    assert json.loads(data.read_bytes()) == invoice_json(INVOICE)


def test_csv_has_a_row_for_each_line_and_adds_up_to_the_total(tmp_path: Path) -> None:
    path = tmp_path / "invoice.csv"
    export_invoice(INVOICE, CUSTOMERS, path)
    rows = rows_of(path)
    assert [row["kind"] for row in rows] == ["usage", "usage", "fee", "discount", "tax"]
    assert [row["line"] for row in rows] == ["1", "2", "3", "", ""]
    assert sum(Decimal(row["amount"]) for row in rows) == INVOICE.total
    assert sum(Decimal(row["amount"]) for row in rows if row["line"]) == INVOICE.subtotal
    assert rows[0] == {
        "invoice": "INV-0042",
        "customer": "acme",
        "line": "1",
        "kind": "usage",
        "product": "output",
        "metric": "llm_output_tokens",
        "group": "",
        "description": "Output tokens",
        "period_start": "2023-11-01T04:00:00Z",
        "period_end": "2023-12-01T05:00:00Z",
        "units": "4088665.5",
        "amount": "46.33",
        "tax_percent": "8.25",
        "currency": "USD",
    }
    assert (rows[1]["units"], rows[1]["group"]) == ("", '{"region":"eu","class":null}')


def test_csv_names_a_draft_by_its_id(tmp_path: Path) -> None:
    export_invoice(DRAFT, CUSTOMERS, tmp_path / "draft.csv")
    assert {row["invoice"] for row in rows_of(tmp_path / "draft.csv")} == {"acme-pro_2023-11-01"}


def test_data_keeps_hostile_text_exactly(tmp_path: Path) -> None:
    export_invoice(HOSTILE_INVOICE, CUSTOMERS, tmp_path / "x.csv")
    export_invoice(HOSTILE_INVOICE, CUSTOMERS, tmp_path / "x.json")
    assert rows_of(tmp_path / "x.csv")[0]["description"] == HOSTILE
    assert json.loads((tmp_path / "x.json").read_bytes())["lines"][0]["description"] == HOSTILE


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("a.pdf", b"%PDF-1."), ("a.html", b"<!doctype html>"), ("A.JSON", b"{"), ("a.b.csv", b"invoice,")],
)
def test_the_ending_names_the_form_and_the_file_is_its_owners(
    name: str, beginning: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    export_invoice(INVOICE, CUSTOMERS, path, SELLER)
    assert path.read_bytes().startswith(beginning)
    assert path.stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["invoice", "invoice.txt", ".pdf", "invoice.pdf.gz"])
def test_another_ending_is_refused_naming_the_four(name: str, tmp_path: Path) -> None:
    with pytest.raises(WrongCall, match=r"\.pdf, \.html, \.json or \.csv"):
        export_invoice(INVOICE, CUSTOMERS, tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == []


def test_a_folder_and_a_place_that_is_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(StorageFailed, match=r"folder\.csv: cannot write: Is a directory"):
        export_invoice(INVOICE, CUSTOMERS, tmp_path / "folder.csv")
    (tmp_path / "file.csv").touch()
    for path in (
        tmp_path / "missing" / "a.csv",
        tmp_path / "file.csv" / "a.csv",
        tmp_path / f"{'x' * 300}.csv",
    ):
        with pytest.raises(StorageFailed) as failure:
            export_invoice(INVOICE, CUSTOMERS, path)
        assert "cannot write" in str(failure.value)
        assert "--home" not in str(failure.value)


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "invoice.csv"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="No space left"):
        export_invoice(INVOICE, CUSTOMERS, path)
    assert [file.name for file in tmp_path.iterdir()] == ["invoice.csv"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("missing", ["reportlab", "font_source_sans_pro"])
def test_without_the_pdf_extra_one_line_says_what_to_install(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_pdf(monkeypatch, missing)
    with pytest.raises(WrongCall, match=rf"needs {missing}.*; install usagebill_tui\[pdf\]"):
        export_invoice(INVOICE, CUSTOMERS, tmp_path / "invoice.pdf")
    assert [file.name for file in tmp_path.iterdir()] == []


def test_an_unknown_customer_is_named_by_id(tmp_path: Path) -> None:
    export_invoice(INVOICE, {}, tmp_path / "invoice.html")
    assert "Customer acme" in (tmp_path / "invoice.html").read_text(encoding="utf-8")


def test_the_logo_must_be_a_picture_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="logo cannot be read"):
        export_invoice(INVOICE, CUSTOMERS, tmp_path / "a.html", Seller(logo=str(tmp_path / "no.png")))
    (tmp_path / "logo.svg").write_text("<svg/>", encoding="utf-8")
    with pytest.raises(InvalidInput, match="no PNG or JPEG"):
        export_invoice(INVOICE, CUSTOMERS, tmp_path / "a.html", Seller(logo=str(tmp_path / "logo.svg")))


def forget_pdf(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Make a package look as if it were not installed."""
    import sys

    for name in list(sys.modules):
        if name.startswith(("usagebill_tui.billing.documents.pdf", missing)):
            monkeypatch.delitem(sys.modules, name)
    original = builtins.__import__

    def without(
        name: str,
        globals_: Mapping[str, object] | None = None,
        locals_: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if name.partition(".")[0] == missing:
            raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)
        return original(name, globals_, locals_, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", without)
