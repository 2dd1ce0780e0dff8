import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

DATES = ("--from", "2023-11-01", "--to", "2023-12-01")


@pytest.mark.parametrize(("ending", "form"), [("csv", "csv"), ("json", "json")])
@pytest.mark.parametrize("options", [(), ("--group-by", "gb"), ("--by", "week", "--metric", "requests")])
def test_a_report_holds_what_usage_prints(
    filled: Command, tmp_path: Path, ending: str, form: str, options: tuple[str, ...]
) -> None:
    printed = filled("usage", *DATES, *options, "--format", form)
    assert filled("report", "usage", *DATES, *options, "--format", form) == printed
    written = filled("report", "usage", *DATES, *options, "--out", f"usage.{ending}")
    assert (written.code, written.out) == (0, "")
    assert (tmp_path / f"usage.{ending}").read_text(encoding="utf-8") == printed.out
    assert printed.out.count("acme") >= 2


def test_a_report_to_a_file_says_how_many_rows(filled: Command, tmp_path: Path) -> None:
    for ending in ("xlsx", "parquet"):
        result = filled("report", "usage", *DATES, "--out", f"usage.{ending}")
        assert result.err == f"wrote 2 rows to usage.{ending}\n"
        assert (tmp_path / f"usage.{ending}").stat().st_size > 500


def test_wrong_reports_are_one_line_and_write_nothing(filled: Command, tmp_path: Path) -> None:
    ending = filled("report", "usage", *DATES, "--out", "usage.xls")
    assert (ending.code, ending.err.count("\n")) == (2, 1)
    assert ".csv, .json, .xlsx or .parquet" in ending.err
    both = filled("report", "usage", *DATES, "--out", "usage.csv", "--format", "json")
    assert both.code == 2
    assert "the ending of the file names its form" in both.err
    assert filled("report", "usage", "--customer", "acmee", "--out", "usage.csv").code == 4
    assert not list(tmp_path.glob("usage.*"))


def test_only_reports_that_exist_are_listed(usagebill: Command) -> None:
    listed = usagebill("report", "--help").out.partition("Commands:")[2]
    assert {"usage", "unbilled"} <= {line.split()[0] for line in listed.splitlines() if line.strip()}
    assert usagebill("report", "weather").code == 2


def test_an_invoice_is_exported_with_the_seller_of_the_settings(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "config" / "usagebill").mkdir(parents=True)
    settings = tmp_path / "config" / "usagebill" / "config.toml"
    settings.write_text('[seller]\nname = "Northwind"\naddress = "A 1\\nB"\n', encoding="utf-8")
    assert filled("bill", "2023-11", "--finalize").code == 0
    for ending in ("pdf", "html", "json", "csv"):
        assert filled("invoice", "export", "INV-0001", "--out", f"invoice.{ending}").code == 0
    assert filled("invoice", "export", "INV-0001", "same.csv").err == "wrote same.csv\n"
    assert (tmp_path / "same.csv").read_bytes() == (tmp_path / "invoice.csv").read_bytes()
    page = (tmp_path / "invoice.html").read_text(encoding="utf-8")
    assert "Northwind" in page
    assert "Acme Inc." in page
    shown = json.loads(filled("invoice", "show", "INV-0001", "--format", "json").out)
    assert json.loads((tmp_path / "invoice.json").read_bytes()) == shown
    settings.write_text('[seller]\nnmae = "Northwind"\n', encoding="utf-8")
    wrong = filled("invoice", "export", "INV-0001", "--out", "invoice.html")
    assert wrong.code == 1
    assert "unknown key 'nmae'; did you mean 'name'?" in wrong.err


def test_exports_that_cannot_be_are_one_line(filled: Command, tmp_path: Path) -> None:
    assert filled("bill", "2023-11").code == 0
    draft = json.loads(filled("invoices", "--format", "json").out)[0]["id"]
    assert filled("invoice", "export", "INV-9999", "--out", "a.csv").code == 4
    assert filled("invoice", "export", draft, "--out", "a.txt").code == 2
    both = filled("invoice", "export", draft, "a.csv", "--out", "b.csv")
    neither = filled("invoice", "export", draft)
    assert [(one.code, one.err.count("\n")) for one in (both, neither)] == [(2, 1), (2, 1)]
    nowhere = filled("invoice", "export", draft, "--out", str(tmp_path / "no" / "a.csv"))
    assert (nowhere.code, nowhere.err.count("\n")) == (1, 1)
