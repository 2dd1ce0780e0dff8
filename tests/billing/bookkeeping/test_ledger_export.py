"""The ledger in files that spreadsheets, beancount and hledger take, whatever customers are called."""

import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.billing.bookkeeping.journals import by_account, read_beancount, read_csv, read_hledger
from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, fee
from usagebill_tui.billing.bookkeeping.names import claimed
from usagebill_tui.billing.prepaid.granting import CreditRequest
from usagebill_tui.errors import StorageFailed, WrongCall

BEAN_CHECK = shutil.which("bean-check") or shutil.which("bean-check", path=str(Path(sys.executable).parent))
HLEDGER = shutil.which("hledger")

HOSTILE = (
    'Quote " and \\ back; ; | (x)',
    "客户",
    "a_b.c",
    "a-b-c",
    "A b C",
    "-",
    "*",
    "~",
    "2026-01-01",
)
MEMO = 'a "b" \\ ; | \x1b[31m\r\n2026-01-01 close Assets:Cash\n'


def customer(number: int, name: str) -> Table:
    currency = ("JPY", "KWD", "EUR")[number % 3]
    start = date(2026, 1, 1)
    return {
        "id": name,
        "name": f"{name}\u202e\n2026-01-01 close Assets:Cash",
        "currency": currency,
        "tax_percent": "7",
        "subscription": [{"id": f"s{number}", "plan": currency.lower(), "start": start}],
    }


PLANS = [
    {"code": code.lower(), "currency": code, "products": ["fee", "plan"], "minimum_spend": "1400"}
    for code in ("JPY", "KWD", "EUR")
]
TEXT = catalogue(
    {"fee": fee("1234"), "plan": fee("77")},
    plans=PLANS,
    more=[customer(number, name) for number, name in enumerate(HOSTILE)],
)


@pytest.fixture(name="desk")
def hostile_desk(open_desk: OpenDesk) -> Desk:
    """A desk that has billed customers of hostile names in four currencies, and been paid."""
    desk = open_desk(TEXT)
    desk.workspace.add_credit(CreditRequest(customer="acme", amount=Decimal(9), paid=Decimal(5)))
    gone = CreditRequest(customer="acme", amount=Decimal(3), paid=Decimal(1), expires=date(2027, 6, 16))
    desk.workspace.add_credit(gone)
    desk.now = desk.now.replace(day=16)
    desk.workspace.expire_credits()
    desk.now = desk.now.replace(day=15)
    desk.workspace.bill("2026-10", finalize=True)
    for invoice in desk.workspace.invoices():
        desk.workspace.pay(invoice.id, "1300", reference=MEMO, day=date(2027, 7, 1))
    desk.workspace.credit("INV-0001", amount="100")
    return desk


def test_every_form_says_what_the_ledger_says(desk: Desk) -> None:
    standing = {(str(o.account), o.currency): o.balance for o in desk.workspace.ledger_balances()}
    standing = {key: amount for key, amount in standing.items() if amount}
    assert {currency for _, currency in standing} == {"USD", "JPY", "KWD", "EUR"}
    assert read_csv(desk.workspace.ledger_text("csv")) == standing
    assert by_account(read_beancount(desk.workspace.ledger_text("beancount"))) == standing
    assert by_account(read_hledger(desk.workspace.ledger_text("hledger"))) == standing


def test_each_customer_has_an_account_of_its_own_and_keeps_it(desk: Desk) -> None:
    text = desk.workspace.ledger_text("beancount")
    opened = [line.split()[-1] for line in text.splitlines() if " open Assets:Receivables:" in line]
    assert len(set(opened)) == len(HOSTILE) + 1
    assert "\x1b" not in text
    late = desk.workspace.ledger_text("beancount", date(2027, 7, 1))
    again = {line.split()[-1] for line in late.splitlines() if " open Assets:Receivables:" in line}
    assert again <= set(opened)


def test_amounts_have_the_digits_of_their_currencies(desk: Desk) -> None:
    text = desk.workspace.ledger_text("hledger")
    assert "  1300 JPY\n" in text
    assert "  1300.000 KWD\n" in text
    assert "commodity 1000. JPY\ncommodity 1000.000 KWD\n" in text


def test_days_choose_entries(desk: Desk) -> None:
    def days(first: date | None, after: date | None) -> set[str]:
        rows = desk.workspace.ledger_text("csv", first, after).splitlines()[1:]
        return {row[:10] for row in rows}

    final, paid = date(2027, 6, 15), date(2027, 7, 1)
    assert days(None, None) == {"2027-06-15", "2027-06-16", "2027-07-01"}
    assert days(None, paid) == days(final, paid) == {"2027-06-15", "2027-06-16"}
    assert days(paid, None) == {"2027-07-01"}
    assert days(date(2028, 1, 1), None) == set()
    assert "balance" not in desk.workspace.ledger_text("beancount", paid)
    assert "balance Assets:Cash  6.00 " in desk.workspace.ledger_text("beancount", None, paid)
    with pytest.raises(WrongCall, match="no day lies from 2027-07-01 up to 2027-07-01"):
        desk.workspace.ledger_text("csv", paid, paid)


def test_an_empty_ledger(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    assert desk.workspace.ledger_text("csv").count("\n") == 1
    for empty in (
        read_beancount(desk.workspace.ledger_text("beancount")),
        read_hledger(desk.workspace.ledger_text("hledger")),
    ):
        assert empty == {}
    desk.workspace.bill("2026-10", customers=["acme"])
    assert desk.workspace.ledger_balances() == []


def test_after_the_last_day_of_all_nothing_can_be_asserted(desk: Desk) -> None:
    assert " balance Assets:Cash" in desk.workspace.ledger_text("beancount")
    desk.workspace.pay("INV-0001", "1", day=date.max)
    text = desk.workspace.ledger_text("beancount")
    assert " balance Assets:Cash" not in text
    assert "9999-12-31 * " in text
    assert by_account(read_beancount(text)) == read_csv(desk.workspace.ledger_text("csv"))


def test_the_ending_names_the_form_and_a_form_goes_before_it(desk: Desk, tmp_path: Path) -> None:
    for ending, form in (("bean", "beancount"), ("journal", "hledger"), ("csv", "csv"), ("txt", "csv")):
        desk.workspace.export_ledger(tmp_path / f"a.{ending}")
        written = (tmp_path / f"a.{ending}").read_text(encoding="utf-8")
        assert written == desk.workspace.ledger_text(form)  # type: ignore[arg-type] # each is one
    desk.workspace.export_ledger(tmp_path / "b.csv", "hledger")
    assert (tmp_path / "b.csv").read_text(encoding="utf-8") == desk.workspace.ledger_text("hledger")
    with pytest.raises(StorageFailed):
        desk.workspace.export_ledger(tmp_path / "missing" / "a.csv")


@given(st.lists(st.sampled_from(["plan", "Plan", "plan-2"]) | st.text(max_size=6), unique=True, max_size=12))
def test_no_two_names_become_one_and_later_ones_change_none(names: list[str]) -> None:
    found = claimed(names)
    assert len({form.casefold() for form in found.values()}) == len(names)
    assert all(form.isascii() and form.replace("-", "").isalnum() for form in found.values())
    assert all(form[0].isupper() or form[0].isdigit() for form in found.values())
    assert "plan" not in {form.casefold() for form in claimed(names, "Plan").values()}
    earlier = claimed(names[: len(names) // 2])
    assert earlier.items() <= found.items()


@pytest.mark.skipif(BEAN_CHECK is None, reason="no bean-check here; the test above reads the same grammar")
def test_beancount_accepts_it(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "ledger.beancount"
    desk.workspace.export_ledger(path)
    done = subprocess.run([str(BEAN_CHECK), str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(HLEDGER is None, reason="no hledger here; the test above reads the same grammar")
def test_hledger_accepts_it(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "ledger.journal"
    desk.workspace.export_ledger(path)
    call = [str(HLEDGER), "-f", str(path)]
    strict = [*call, "check", "--strict", "ordereddates"]
    done = subprocess.run(strict, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = subprocess.run(
        [*call, "balance", "-N", "-O", "csv", "--depth", "2", "cur:KWD", "Assets"],
        capture_output=True,
        text=True,
        check=True,
    )
    (cash,) = [line for line in told.stdout.splitlines() if "Cash" in line]
    assert Decimal(cash.split('"')[3].split()[0]) == Decimal(3900)
