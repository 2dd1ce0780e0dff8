"""The ledger on the command line."""

import json
from pathlib import Path

from tests.cli.conftest import Command

HEADER = "date,entry,account,customer,currency,amount,reference,kind,invoice,product,memo"


def billed(filled: Command) -> None:
    assert filled("bill", "2023-11", "--finalize").code == 0
    assert filled("pay", "INV-0001", "--amount", "2", "--date", "2023-12-05").code == 0


def test_balances_by_account_and_currency(filled: Command) -> None:
    empty = filled("ledger", "--format", "table")
    assert (empty.code, empty.out) == (0, "")
    assert "No entries yet." in empty.err
    billed(filled)
    rows = json.loads(filled("ledger", "--format", "json").out)
    assert rows[0] == {
        "account": "cash",
        "currency": "USD",
        "debits": "2.00",
        "credits": "0.00",
        "balance": "2.00",
    }
    assert filled("ledger", "--format", "csv").out.splitlines() == [
        "account,currency,debits,credits,balance",
        "cash,USD,2.00,0.00,2.00",
        "customer_balance,USD,0.00,0.48,-0.48",
        "receivables,USD,1.52,1.52,0.00",
        "revenue,USD,0.00,1.38,-1.38",
        "tax_payable,USD,0.00,0.14,-0.14",
    ]
    assert "customer_balance" in filled("ledger", "--format", "table").out


def test_export_prints_or_writes(filled: Command, tmp_path: Path) -> None:
    billed(filled)
    printed = filled("ledger", "export")
    assert printed.out.splitlines()[:2] == [
        HEADER,
        "2023-12-05,2,receivables,acme,USD,-1.52,payment 1,payment,INV-0001,,",
    ]
    assert filled("ledger", "export", "--out", "a.csv").err == "wrote the ledger to a.csv\n"
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == printed.out
    assert (tmp_path / "a.csv").stat().st_mode & 0o077 == 0
    hledger = filled("ledger", "export", "--form", "hledger").out
    assert "2023-12-05 * (INV-0001) Acme Inc. | Payment of INV-0001  ; entry:2\n" in hledger
    filled("ledger", "export", "--out", "a.journal")
    assert (tmp_path / "a.journal").read_text(encoding="utf-8") == hledger
    some = filled("ledger", "export", "--from", "2023-12-01", "--to", "2023-12-06", "--form", "beancount").out
    assert some.startswith("; The ledger of usagebill from 2023-12-01 up to 2023-12-06 (not included).\n")
    assert some.count(" * ") == 1


def test_what_makes_no_sense_is_one_line(filled: Command) -> None:
    for wrong in (("--from", "yesterday"), ("--from", "2023-12-01", "--to", "2023-12-01"), ("--form", "pdf")):
        result = filled("ledger", "export", *wrong)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("error: ")
        assert result.err.count("\n") == 1
