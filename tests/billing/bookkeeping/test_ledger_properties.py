"""Whatever is billed, paid, credited and made void in whatever order: the ledger balances and agrees."""

import tempfile
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.billing.bookkeeping.journals import (
    Balances,
    by_account,
    read_beancount,
    read_csv,
    read_hledger,
    without_zeros,
)
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.errors import NotFound, Refused
from usagebill_tui.workspace import Workspace

PRODUCTS = {
    "fee": fee("20.07", "arrears"),
    "calls": metered("calls", unit_amount="3.333"),
    "gb": metered("gb", unit_amount="1.115"),
}
EURO_PLAN = {"code": "eu", "currency": "EUR", "products": ["fee", "gb"]}
EURO = {
    "id": "Müller",
    "currency": "EUR",
    "tax_percent": "19",
    "subscription": [{"plan": "eu", "start": date(2026, 1, 1)}],
}
PLAN = {"minimum_spend": "25.55", "discount": {"percent": "7.5"}}
TEXT = catalogue(PRODUCTS, plan=PLAN, customer={"tax_percent": "8.25"}, plans=[EURO_PLAN], more=[EURO])

NUMBERS = st.integers(0, 5)
CENTS = st.integers(1, 9_000)
MOVES = ("bill", "finalize", "void", "late", "accept", "credit line")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(MOVES), NUMBERS, NUMBERS),
        st.tuples(st.sampled_from(["pay", "refund", "credit"]), NUMBERS, CENTS),
    ),
    min_size=4,
    max_size=14,
)


def do(desk: Desk, step: str, first: int, second: int) -> None:
    if step == "late":
        desk.events(*((who, "gb", "2026-10-09T00:00:00Z", {"gb": second}) for who in ("acme", "Müller")))
    elif step == "bill":
        desk.workspace.bill(f"2026-{10 + first % 3}", finalize=second > 1)
    elif step == "accept":
        desk.workspace.accept_adjustments(form="credit-note" if first > 2 else "line")
    else:
        every = desk.workspace.invoices()
        of_one(desk.workspace, step, every[first % len(every)].id, second)


def of_one(workspace: Workspace, step: str, invoice: str, number: int) -> None:
    cents = Decimal(number).scaleb(-2)
    match step:
        case "finalize":
            workspace.finalize(invoice)
        case "void":
            workspace.void(invoice)
        case "pay":
            workspace.pay(invoice, cents)
        case "refund":
            workspace.pay(invoice, -cents)
        case "credit":
            workspace.credit(invoice, amount=cents)
        case _:
            workspace.credit(invoice, line=number)


def check(workspace: Workspace) -> Balances:
    """Check what holds at any time, and return the balances."""
    standing: Balances = {(one.account, one.currency): one.balance for one in workspace.ledger_balances()}
    expected: Balances = {}
    for invoice in workspace.invoices():
        if invoice.status in {"final", "paid"}:
            account = "receivables" if invoice.amount_due > 0 else "customer_balance"
            add(expected, account, invoice.currency, invoice.amount_due)
    for payment in workspace.payments():
        add(expected, "cash", payment.currency, payment.amount)
    owed = {key: amount for key, amount in standing.items() if key[0] not in {"revenue", "tax_payable"}}
    assert without_zeros(owed) == without_zeros(expected)
    sums: Balances = {}
    for (_, currency), amount in standing.items():
        add(sums, "", currency, amount)
    assert without_zeros(sums) == {}
    return without_zeros(standing)


def add(balances: Balances, account: str, currency: str, amount: Decimal) -> None:
    key = account, currency
    balances[key] = balances.get(key, Decimal(0)) + amount


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(STEPS)
def test_the_ledger_balances_at_all_times_and_its_exports_say_the_same(
    steps: list[tuple[str, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder), TEXT) as desk:
        desk.events(("acme", "calls", "2026-10-05T00:00:00Z"), ("acme", "calls", "2026-11-05T00:00:00Z"))
        desk.workspace.bill("2026-10", finalize=True)
        for step, first, second in steps:
            with suppress(Refused, NotFound):
                do(desk, step, first, second)
            check(desk.workspace)
        standing = check(desk.workspace)
        assert [finding.detail for finding in desk.workspace.verify() if finding.status != "ok"] == []
        assert read_csv(desk.workspace.ledger_text("csv")) == standing
        assert by_account(read_beancount(desk.workspace.ledger_text("beancount"))) == standing
        assert by_account(read_hledger(desk.workspace.ledger_text("hledger"))) == standing
