"""`verify` finds what somebody did to the ledger behind its back."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee
from tests.databases import sqlite_only
from usagebill_tui.store.engine import open_sqlite, writing

pytestmark = sqlite_only

TRIGGERS = (
    "entries_no_update",
    "entries_no_delete",
    "postings_no_update",
    "postings_no_delete",
    "postings_before_entry",
    "entries_sum_to_zero",
)


@pytest.fixture(name="desk")
def desk_with_movements(open_desk: OpenDesk) -> Desk:
    """Entries 1 to 6: two invoices, a payment, a credit note, a third invoice and its reversal."""
    desk = open_desk(catalogue({"fee": fee("49.00")}, customer={"tax_percent": "10"}))
    desk.workspace.bill("2026-10", finalize=True)
    desk.workspace.bill("2026-11", finalize=True)
    desk.workspace.pay("INV-0001", "20")
    desk.workspace.credit("INV-0002", amount="5")
    desk.workspace.bill("2026-12", finalize=True)
    desk.workspace.void("INV-0003")
    assert [finding.status for finding in desk.workspace.verify()] == ["ok"]
    return desk


def after(desk: Desk, *statements: str) -> Sequence[str]:
    engine = open_sqlite(desk.workspace.folder / "catalogue.db")
    with writing(engine) as session:
        for trigger in TRIGGERS:
            session.execute(text(f"DROP TRIGGER {trigger}"))
        for statement in statements:
            session.execute(text(statement))
    engine.dispose()
    return [f"{one.check}: {one.detail}" for one in desk.workspace.verify() if one.status == "failed"]


MORE = "UPDATE postings SET amount_minor = amount_minor + 1 WHERE"
LESS = "UPDATE postings SET amount_minor = amount_minor - 1 WHERE"
SAYS = "the ledger does not say what it comes to"
MISSING = "on 2027-06-15 it is missing, or entered without its document"


@pytest.mark.parametrize(
    ("statements", "faults"),
    [
        (
            [f"{MORE} entry = 3 AND account = 'cash'"],
            ["ledger entry 3: it does not sum to zero: 0.01 USD is left", f"invoice INV-0001: {SAYS}"],
        ),
        (
            [
                f"{MORE} entry = 1 AND account = 'revenue'",
                f"{LESS} entry = 1 AND account = 'tax_payable'",
            ],
            [f"invoice INV-0001: {SAYS}"],
        ),
        (
            ["UPDATE postings SET product = 'other' WHERE entry = 2 AND account = 'revenue'"],
            [f"invoice INV-0002: {SAYS}"],
        ),
        (
            ["DELETE FROM postings WHERE entry = 3", "DELETE FROM entries WHERE id = 3"],
            [
                "ledger: its entries have a gap",
                f"invoice INV-0001: {SAYS}",
                f"ledger entry of payment 1: {MISSING}",
            ],
        ),
        (
            ["DELETE FROM postings WHERE entry IN (5, 6)", "DELETE FROM entries WHERE id IN (5, 6)"],
            [
                "ledger: its entries have a gap",
                f"ledger entry of INV-0003: {MISSING}",
                "ledger: its reversals are not those of the void invoices",
            ],
        ),
        (
            ["UPDATE entries SET day = '2027-06-16' WHERE id = 4"],
            [
                f"ledger entry of CN-0001: {MISSING}",
                "ledger entry of CN-0001: on 2027-06-16 it is missing, or entered without its document",
            ],
        ),
        (
            ["UPDATE payments SET amount_minor = 2100"],
            [f"invoice INV-0001: {SAYS}"],
        ),
    ],
)
def test_each_change_is_found(desk: Desk, statements: list[str], faults: list[str]) -> None:
    assert after(desk, *statements) == faults
