from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from usagebill_tui.billing.reports.known import REPORTS
from usagebill_tui.billing.reports.receivables import bucket
from usagebill_tui.billing.reports.request import ReportRequest
from usagebill_tui.billing.reports.revenue import label
from usagebill_tui.cli.main import run
from usagebill_tui.errors import NotFound, WrongCall
from usagebill_tui.workspace import Workspace

CATALOGUE = """
[[product]]
code = "fee"
fee = "recurring"
price = { unit_amount = "33.33" }
[[product]]
code = "extra"
fee = "recurring"
price = { unit_amount = "10.01" }
[[plan]]
code = "dollars"
currency = "USD"
products = ["fee", "extra"]
minimum_spend = "50"
discount = { percent = "10" }
payment_terms_days = 10
[[plan]]
code = "yen"
currency = "JPY"
products = ["fee"]
payment_terms_days = 10
[[customer]]
id = "acme"
timezone = "America/New_York"
currency = "USD"
tax_percent = "8.25"
[[customer.subscription]]
id = "acme-dollars"
plan = "dollars"
start = 2023-01-01
[[customer]]
id = "birch"
currency = "JPY"
[[customer.subscription]]
id = "birch-yen"
plan = "yen"
start = 2023-01-01
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Two customers, three months: January void for one, February paid too much, March a draft."""
    now = [datetime(2023, 2, 2, 9, tzinfo=UTC)]
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: now[0], who="me") as opened:
        opened.apply_catalogue_text(CATALOGUE, "test.toml")
        opened.bill("2023-01", finalize=True)
        now[0] = datetime(2023, 3, 2, 9, tzinfo=UTC)
        for one in opened.bill("2023-02", finalize=True).invoices:
            if one.customer == "birch":
                opened.pay(one.id, one.total + 7)
        now[0] = datetime(2023, 4, 2, 9, tzinfo=UTC)
        opened.bill("2023-03")
        yield opened


def rows(workspace: Workspace, name: str, **asked: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in workspace.report(name, ReportRequest(**asked)).rows]


def test_revenue_adds_up_to_the_final_invoices(workspace: Workspace) -> None:
    finals = workspace.invoices(statuses=["final", "paid"])
    found = rows(workspace, "revenue")
    assert sum(row["gross"] for row in found) == sum(one.total for one in finals)
    assert sum(row["tax"] for row in found) == sum(one.tax for one in finals)
    assert sum(row["net"] for row in found) == sum(one.subtotal - one.discount for one in finals)
    keys = [(row["period"], row["customer"], row["product"] or "", row["currency"]) for row in found]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert {row["period"] for row in found} == {"2023-01", "2023-02"}
    assert {row["product"] for row in found if row["customer"] == "acme"} == {None, "fee", "extra"}


def test_revenue_keeps_its_digits_and_currencies_apart(workspace: Workspace) -> None:
    yen = rows(workspace, "revenue", customers=("birch",), by="year")
    assert [(row["period"], row["currency"], str(row["net"])) for row in yen] == [("2023", "JPY", "66")]


def test_a_credit_note_lowers_the_revenue_of_its_line(workspace: Workspace) -> None:
    before = rows(workspace, "revenue", customers=("acme",))
    first = workspace.invoices(["acme"])[0]
    assert first.number is not None
    note = workspace.credit(first.number, line=1, amount="5.00")
    after = rows(workspace, "revenue", customers=("acme",))
    changed = [
        (a["period"], a["product"], a["gross"] - b["gross"]) for a, b in zip(after, before, strict=True)
    ]
    assert [one for one in changed if one[2]] == [("2023-01", note.lines[0].product, Decimal("-5.00"))]


def test_revenue_is_cut_at_the_customers_own_days(workspace: Workspace) -> None:
    february = rows(workspace, "revenue", first="2023-02-01", last="2023-03-01")
    assert {row["period"] for row in february} == {"2023-02"}
    assert {row["customer"] for row in february} == {"acme", "birch"}
    assert rows(workspace, "revenue", first="2023-04-01") == []
    with pytest.raises(WrongCall, match="no time between"):
        rows(workspace, "revenue", first="2023-04-01", last="2023-03-01")


def test_void_invoices_and_drafts_bring_nothing(workspace: Workspace) -> None:
    for one in workspace.invoices(["acme"], ["final"]):
        workspace.void(one.id)
    assert {row["customer"] for row in rows(workspace, "revenue")} == {"birch"}
    assert {row["customer"] for row in rows(workspace, "receivables")} == {"birch"}


def test_periods_are_called_as_bill_takes_them() -> None:
    days = [date(2023, 1, 31), date(2023, 4, 1), date(2023, 12, 31)]
    assert [label(day, "quarter") for day in days] == ["2023-Q1", "2023-Q2", "2023-Q4"]
    assert [label(day, "month") for day in days] == ["2023-01", "2023-04", "2023-12"]


@pytest.mark.parametrize(
    ("late", "name"),
    [
        (-5, "not_due"), (0, "not_due"), (1, "days_1_30"), (30, "days_1_30"), (31, "days_31_60"),
        (60, "days_31_60"), (61, "days_61_90"), (90, "days_61_90"), (91, "over_90"), (4_000, "over_90"),
    ],
)  # fmt: skip
def test_days_late_have_their_column(late: int, name: str) -> None:
    due = date(2023, 6, 1)
    assert bucket(due, date.fromordinal(due.toordinal() + late)) == name


def test_receivables_add_up_to_what_is_due(workspace: Workspace) -> None:
    workspace.pay(workspace.invoices(["acme"])[0].id, "1.00")
    number = workspace.invoices(["acme"])[1].number
    assert number is not None
    workspace.credit(number, amount="2.00")
    found = rows(workspace, "receivables")
    due: dict[str, Decimal] = {}
    for one in workspace.invoices(statuses=["final", "paid"]):
        due[one.customer] = due.get(one.customer, Decimal(0)) + one.amount_due
    assert {row["customer"]: row["total"] - row["overpaid"] for row in found} == due
    for row in found:
        ages = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90")
        assert sum(row[age] for age in ages) == row["total"]
    (birch,) = rows(workspace, "receivables", customers=("birch",))
    assert (birch["invoices"], str(birch["total"]), str(birch["overpaid"])) == (1, "33", "7")
    assert birch["days_31_60"] == Decimal(33)


def test_receivables_can_be_asked_for_an_earlier_day(workspace: Workspace) -> None:
    first = workspace.invoices(["acme"])[0]
    workspace.pay(first.id, "10.00", day=date(2023, 3, 15))
    workspace.credit(first.number or "", amount="4.13")
    before = rows(workspace, "receivables", at=datetime(2023, 2, 20, tzinfo=UTC))
    assert [(row["customer"], row["invoices"]) for row in before] == [("acme", 1), ("birch", 1)]
    assert [str(row["days_1_30"]) for row in before] == ["54.13", "33"]
    (acme,) = rows(workspace, "receivables", customers=("acme",), at=datetime(2023, 3, 15, tzinfo=UTC))
    assert (str(acme["days_31_60"]), str(acme["days_1_30"]), acme["invoices"]) == ("44.13", "54.13", 2)
    (acme,) = rows(workspace, "receivables", customers=("acme",))
    assert str(acme["days_31_60"]) == "40.00"
    assert rows(workspace, "receivables", at=datetime(2023, 1, 20, tzinfo=UTC)) == []


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_report_says_its_columns_and_knows_its_customers(workspace: Workspace, report: Any) -> None:
    table = workspace.report(report.name)
    assert dict(table.columns) == dict(report.columns)
    with pytest.raises(NotFound, match="nobody"):
        workspace.report(report.name, ReportRequest(customers=("nobody",)))


def code_of(*call: str) -> object:
    with pytest.raises(SystemExit) as ended:
        run(list(call))
    return ended.value.code


@pytest.mark.usefixtures("workspace")
def test_the_command_line_prints_and_writes_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(tmp_path), "--workspace", "sandbox", "report"]
    at = ["--at", "2023-04-02"]
    for name, options in (("revenue", ["--by", "quarter"]), ("receivables", at)):
        assert code_of(*home, name, *options, "--format", "csv") == 0
        printed = capsys.readouterr().out
        assert code_of(*home, name, *options, "--out", str(tmp_path / "a.csv")) == 0
        assert (tmp_path / "a.csv").read_bytes().decode().replace("\r\n", "\n") == printed
        assert "wrote" in capsys.readouterr().err
        rows_told = printed.splitlines()
        assert rows_told[0] == ",".join(next(one.columns for one in REPORTS if one.name == name))
        assert len(rows_told) > 1
    assert code_of(*home, "revenue", "--customer", "acm") == 4
    assert "acme" in capsys.readouterr().err
    assert code_of(*home, "revenue", "--out", str(tmp_path / "a.doc")) == 2
    assert code_of(*home, "revenue", "--format", "csv", "--out", str(tmp_path / "b.csv")) == 2
    assert not (tmp_path / "b.csv").exists()
