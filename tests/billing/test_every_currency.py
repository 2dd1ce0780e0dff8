"""Currencies of 0, 2, 3 and 4 minor digits through all that has to do with money, against fractions."""

import csv
import json
import subprocess
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import tomli_w

from tests.billing.bookkeeping.journals import by_account, read_beancount, read_csv, read_hledger
from tests.billing.bookkeeping.test_ledger_export import BEAN_CHECK, HLEDGER
from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.billing.prepaid.granting import CreditRequest
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.errors import InvalidInput

CURRENCIES: Mapping[str, int] = {"JPY": 0, "USD": 2, "KWD": 3, "BHD": 3, "CLF": 4}
TIERS = [{"up_to": 3, "unit_amount": "0.77777"}, {"unit_amount": "1.23455", "flat_amount": "2.00005"}]
TAXES = [
    {"code": "vat", "percent": "8.25"},
    {"code": "shelf", "percent": "19", "inclusive": True},
]


def text(currency: str) -> str:
    products = {
        "base": {**fee("31.12345"), "tax": ["vat"]},
        "seat": {**fee("9.99995", "arrears"), "tax": ["shelf"]},
        "calls": {**metered("calls", model="tiered", tiers=TIERS), "tax": ["vat"]},
    }
    plan = {"currency": currency, "discount": {"percent": "7.5"}, "minimum_spend": "5"}
    start = {"start": date(2026, 10, 12)}
    customer = {"currency": currency}
    return tomli_w.dumps({"tax": TAXES}) + catalogue(
        products, plan=plan, customer=customer, subscription=start
    )


@pytest.fixture(params=sorted(CURRENCIES), name="billed")
def billed_desk(request: pytest.FixtureRequest, open_desk: OpenDesk) -> tuple[Desk, Invoice]:
    """A desk at which a part of October is final: seven calls, two fees."""
    desk = open_desk(text(str(request.param)))
    desk.events(*(("acme", "calls", f"2026-10-{day}T00:00:00Z") for day in range(13, 20)))
    (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
    return desk, invoice


def rounded(amount: Fraction, digits: int) -> Fraction:
    """Round half away from zero; no amount here is negative."""
    unit = 10**digits
    return Fraction(int(amount * unit + Fraction(1, 2)), unit)


def test_an_invoice_is_what_fractions_make_of_it(billed: tuple[Desk, Invoice]) -> None:
    _, invoice = billed
    digits = CURRENCIES[invoice.currency]
    share = Fraction(20, 31)
    base = rounded(Fraction("31.12345") * share, digits)
    seat = rounded(Fraction("9.99995") * share, digits)
    calls = rounded(3 * Fraction("0.77777") + 4 * Fraction("1.23455") + Fraction("2.00005"), digits)
    seat_net = rounded(seat / Fraction("1.19"), digits)
    lines = {"base": base, "seat": seat_net, "calls": calls}
    assert {line.product: Fraction(line.amount) for line in invoice.lines} == lines
    discount = rounded(sum(lines.values(), Fraction()) * Fraction("0.075"), digits)
    assert Fraction(invoice.discount) == discount
    assert all(-part.as_tuple().exponent == digits for part in figures(invoice))  # type: ignore[operator] # finite
    assert Fraction(invoice.total) == sum(lines.values()) - discount + Fraction(invoice.tax)
    for row in invoice.taxes:
        due = Fraction(row.taxable) * Fraction(row.percent) / 100
        assert abs(Fraction(row.tax) - due) <= Fraction(1, 10**digits) * (
            1 if row.inclusive else Fraction(1, 2)
        )


def figures(invoice: Invoice) -> list[Decimal]:
    own = [invoice.subtotal, invoice.discount, invoice.tax, invoice.total, invoice.credits, invoice.paid]
    rows = [part for row in invoice.taxes for part in (row.taxable, row.tax)]
    return [*own, *rows, *(line.amount for line in invoice.lines)]


def test_every_movement_is_to_the_minor_unit_and_balances(
    billed: tuple[Desk, Invoice], tmp_path: Path
) -> None:
    desk, invoice = billed
    unit = Decimal(1).scaleb(-CURRENCIES[invoice.currency])
    workspace, number = desk.workspace, invoice.number or ""
    with pytest.raises(InvalidInput, match="more digits"):
        workspace.pay(number, unit / 10)
    note = workspace.credit(number, amount=3 * unit)
    assert (note.total, note.subtotal + note.tax) == (-3 * unit, -3 * unit)
    workspace.add_credit(CreditRequest(customer="acme", amount=5 * unit, paid=2 * unit))
    workspace.apply_credits()
    paid = workspace.pay(number, invoice.total)
    assert (paid.amount_due, paid.status) == (-8 * unit, "paid")
    workspace.pay(number, -unit)
    desk.events(("acme", "calls", "2026-10-30T00:00:00Z"))
    workspace.accept_adjustments()
    (following,) = workspace.bill("2026-11", finalize=True).invoices
    assert [one.amount for one in following.applied] == [7 * unit]
    assert [finding.status for finding in workspace.verify()] == ["ok"]
    standing = {(str(one.account), one.currency): one.balance for one in workspace.ledger_balances()}
    standing = {key: amount for key, amount in standing.items() if amount}
    assert sum(standing.values()) == 0
    assert read_csv(workspace.ledger_text("csv")) == standing
    assert by_account(read_beancount(workspace.ledger_text("beancount"))) == standing
    assert by_account(read_hledger(workspace.ledger_text("hledger"))) == standing
    for ending in ("json", "csv", "html", "pdf"):
        workspace.export_invoice(number, tmp_path / f"a.{ending}")
        workspace.export_credit_note("CN-0001", tmp_path / f"n.{ending}")
    assert json.loads((tmp_path / "a.json").read_bytes())["total"] == str(invoice.total)
    with (tmp_path / "a.csv").open(encoding="utf-8") as table:
        assert sum(Decimal(row["amount"]) for row in csv.DictReader(table)) == invoice.total
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert str(invoice.total) in page


@pytest.mark.skipif(BEAN_CHECK is None or HLEDGER is None, reason="bean-check or hledger is not here")
def test_both_programs_accept_the_ledger(billed: tuple[Desk, Invoice], tmp_path: Path) -> None:
    desk, invoice = billed
    desk.workspace.pay(invoice.number or "", invoice.total)
    bean, journal = tmp_path / "ledger.beancount", tmp_path / "ledger.journal"
    for path in (bean, journal):
        desk.workspace.export_ledger(path)
    for call in ([BEAN_CHECK, bean], [HLEDGER, "-f", journal, "check", "--strict"]):
        done = subprocess.run([str(word) for word in call], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    asked = [str(HLEDGER), "-f", str(journal), "balance", "-N", "-O", "csv", "Assets:Cash"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert told.splitlines()[-1] == f'"Assets:Cash","{invoice.total} {invoice.currency}"'
