"""Adjustments and credit notes on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.conftest import Command

LATE = "id,account,metric,timestamp,gb\ne5,acme,storage,2023-11-06T10:00:00Z,20\n"


def billed(filled: Command, tmp_path: Path) -> None:
    assert filled("bill", "2023-11", "--finalize").code == 0
    (tmp_path / "late.csv").write_text(LATE, encoding="utf-8")
    assert filled("import", "late.csv").code == 0


def data(command: Callable[..., Any], *arguments: str) -> Any:
    result = command(*arguments, "--format", "json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_the_report_shows_each_line_and_writes_files(filled: Command, tmp_path: Path) -> None:
    billed(filled, tmp_path)
    storage, tax = data(filled, "report", "adjustments")
    assert storage == {
        "invoice": "INV-0001",
        "customer": "acme",
        "line": 2,
        "kind": "usage",
        "product": "storage",
        "metric": "storage",
        "group": None,
        "start": "2023-11-01T00:00:00Z",
        "end": "2023-12-01T00:00:00Z",
        "currency": "USD",
        "units_before": "12.5",
        "units_after": "20",
        "amount_before": "1.25",
        "amount_after": "2.00",
        "difference": "0.75",
        "reason": "late events 1",
    }
    assert (tax["kind"], tax["difference"]) == ("tax", "0.07")
    for ending in ("csv", "json", "xlsx", "parquet"):
        assert filled("report", "adjustments", "--out", f"a.{ending}").code == 0
    assert json.loads((tmp_path / "a.json").read_bytes()) == [storage, tax]
    assert filled("report", "adjustments", "--customer", "acmee").code == 4
    assert filled("report", "adjustments", "--out", "a.txt").code == 2


def test_accepting_and_billing(filled: Command, tmp_path: Path) -> None:
    billed(filled, tmp_path)
    (open_,) = data(filled, "adjustments", "list")
    assert (open_["state"], open_["total"]) == ("open", "0.82")
    assert filled("adjustments", "accept").code == 2
    accepted = filled("adjustments", "accept", "INV-0001", "--format", "json")
    assert "0.82 USD by the customer's next invoice" in accepted.err
    assert [row["state"] for row in data(filled, "adjustments")] == ["pending"]
    assert filled("adjustments", "accept", "INV-0001").code == 5
    (invoice,) = data(filled, "bill", "2023-12", "--finalize")
    assert [(line["kind"], line["amount"]) for line in invoice["lines"]][-1] == ("adjustment", "0.75")
    assert invoice["lines"][-1]["settles"] == {"invoice": "INV-0001", "tax": "0.07"}
    (row,) = data(filled, "adjustments", "list")
    assert (row["state"], row["settled_by"]) == ("billed", "INV-0002")
    assert filled("verify").code == 0


def test_what_is_left_open_ends_in_part(filled: Command, tmp_path: Path) -> None:
    billed(filled, tmp_path)
    result = filled("adjustments", "accept", "--all", "--as", "credit-note")
    assert result.code == 3
    assert "left open: INV-0001" in result.err
    assert filled("adjustments", "accept", "INV-0001", "--as", "credit-note").code == 5


def test_undo_names_the_report(filled: Command, tmp_path: Path) -> None:
    billed(filled, tmp_path)
    told = filled("batches", "undo", "1").err
    assert "1 final invoice counts some of them" in told
    assert "usagebill report adjustments" in told
    done = filled("adjustments", "accept", "--all", "--as", "credit-note", "--format", "json")
    assert done.code in {0, 3}


def test_credit_notes(filled: Command, tmp_path: Path) -> None:
    billed(filled, tmp_path)
    note = data(filled, "credit-notes", "create", "INV-0001", "--line", "2", "--reason", "slow")
    assert (note["number"], note["total"], note["tax"]) == ("CN-0001", "-1.38", "-0.13")
    shown = data(filled, "invoice", "show", "INV-0001")
    assert (shown["total"], shown["credits"], shown["amount_due"]) == ("1.52", "1.38", "0.14")
    assert data(filled, "credit-notes", "show", "CN-0001") == note
    assert [one["number"] for one in data(filled, "credit-notes", "list")] == ["CN-0001"]
    assert filled("credit-notes", "create", "INV-0001", "--amount", "5").code == 5
    assert filled("credit-notes", "show", "CN-0009").code == 4
    table = filled("credit-notes", "show", "CN-0001", "--format", "table").out
    assert "CN-0001" in table
    assert "Storage" in table
    assert filled("credit-notes", "--help").out.count("create")
    assert filled("verify").code == 0
