"""Readers of the three forms of export, as strict as the programs' grammars, written without our writer."""

import csv
import io
import re
from collections import defaultdict
from decimal import Decimal

Balances = dict[tuple[str, str], Decimal]

_ACCOUNT = r"(?:Assets|Liabilities|Equity|Income|Expenses)(?::[A-Z0-9][A-Za-z0-9-]*)+"
_AMOUNT = r"(-?[0-9]+(?:\.[0-9]+)?) ([A-Z]{3})"
_STRING = r'"(?:[^"\\\n]|\\["\\])*"'
_DATE = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"


def read_csv(text: str) -> Balances:
    found: Balances = defaultdict(Decimal)
    entries: dict[str, Decimal] = defaultdict(Decimal)
    for row in csv.DictReader(io.StringIO(text)):
        found[row["account"], row["currency"]] += Decimal(row["amount"])
        entries[row["entry"]] += Decimal(row["amount"])
    assert not any(entries.values())
    return without_zeros(found)


def read_beancount(text: str) -> Balances:
    """Return balances; everything is declared before, every entry sums to zero, every assertion holds."""
    found: Balances = defaultdict(Decimal)
    opened: set[str] = set()
    currencies: set[str] = set()
    left: Decimal | None = None
    for line in text.splitlines():
        if line == "" or line.startswith((";", "option ")):
            assert not left
        elif match := re.fullmatch(rf"{_DATE} commodity ([A-Z]{{3}})", line):
            currencies.add(match[2])
        elif match := re.fullmatch(rf"{_DATE} open ({_ACCOUNT})", line):
            assert match[2] not in opened
            opened.add(match[2])
        elif re.fullmatch(rf"{_DATE} \* {_STRING} {_STRING} \^[A-Za-z0-9\-_/.]+", line):
            left = Decimal(0)
        elif re.fullmatch(rf"  [a-z][a-z0-9-]*: {_STRING}", line):
            assert left is not None
        elif match := re.fullmatch(rf"  ({_ACCOUNT})  {_AMOUNT}", line):
            assert left is not None
            assert match[1] in opened
            assert match[3] in currencies
            found[match[1], match[3]] += Decimal(match[2])
            left += Decimal(match[2])
        else:
            match = re.fullmatch(rf"{_DATE} balance ({_ACCOUNT})  (\S+) ~ 0 ([A-Z]{{3}})", line)
            assert match, line
            assert below(found, match[2], match[4]) == Decimal(match[3])
    assert not left
    return without_zeros(found)


def read_hledger(text: str) -> Balances:
    """Return balances; everything is declared before, and every entry sums to zero."""
    found: Balances = defaultdict(Decimal)
    accounts: set[str] = set()
    digits: dict[str, int] = {}
    left: Decimal | None = None
    assert "\ndecimal-mark .\n" in text
    for line in text.splitlines():
        if line in {"", "decimal-mark ."} or line.startswith(";"):
            assert not left
        elif match := re.fullmatch(r"commodity 1000\.(0*) ([A-Z]{3})", line):
            digits[match[2]] = len(match[1])
        elif match := re.fullmatch(rf"account ({_ACCOUNT})", line):
            accounts.add(match[1])
        elif re.fullmatch(rf"{_DATE} \* \([A-Z0-9-]+\) [^;|]+ \| [^;|]+  ; entry:[0-9]+", line):
            left = Decimal(0)
        else:
            match = re.fullmatch(rf"    ({_ACCOUNT})  {_AMOUNT}", line)
            assert match, line
            assert left is not None
            assert match[1] in accounts
            assert len(match[2].partition(".")[2]) == digits[match[3]]
            found[match[1], match[3]] += Decimal(match[2])
            left += Decimal(match[2])
    assert not left
    return without_zeros(found)


def below(found: Balances, account: str, currency: str) -> Decimal:
    """Return the balance of an account as beancount counts it: with all that lie below it."""
    own = (
        amount
        for (one, of), amount in found.items()
        if f"{one}:".startswith(f"{account}:") and of == currency
    )
    return sum(own, Decimal(0))


def by_account(found: Balances) -> Balances:
    """Return journal balances by the ledger's own accounts."""
    names = {
        "Assets:Receivables": "receivables",
        "Assets:Cash": "cash",
        "Liabilities:Customer-balance": "customer_balance",
        "Liabilities:Tax-payable": "tax_payable",
        "Income:Revenue": "revenue",
        "Liabilities:Prepaid-credits": "prepaid_credits",
        "Expenses:Credits-granted": "credits_granted",
        "Income:Credits-expired": "credits_expired",
    }
    added: Balances = defaultdict(Decimal)
    for (account, currency), amount in found.items():
        added[names[":".join(account.split(":")[:2])], currency] += amount
    return without_zeros(added)


def without_zeros(found: Balances) -> Balances:
    return {key: amount for key, amount in found.items() if amount}
