"""Pages of the ledger and of credit notes are what the ledger and the credit notes are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.billing.desk import LATER, Desk, catalogue, fee, metered
from usagebill_tui.domain.paging import PageRequest

TEXT = catalogue(
    {"fee": fee("49.00"), "calls": metered("calls", unit_amount="0.35")}, customer={"tax_percent": "8.25"}
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, TEXT, LATER, None) as made:
        made.events(*(("acme", "calls", f"2026-10-0{day}T00:00:00Z") for day in range(1, 8)))
        made.workspace.bill("2026-10", finalize=True)
        made.workspace.credit("INV-0001", line=1, reason="a gift")
        made.workspace.pay("INV-0001", "5.00")
        made.workspace.credit("INV-0001", amount="1.00")
        yield made


def test_the_pages_of_entries_are_the_ledger(desk: Desk) -> None:
    every = desk.workspace.ledger_entries()
    found = desk.workspace.browse.ledger(PageRequest(sort="id"))
    assert list(found.rows) == sorted(every, key=lambda one: one.id)
    assert (found.matching, found.total) == (4, 4)
    newest = desk.workspace.browse.ledger(PageRequest(sort="id", descending=True, limit=2, offset=1))
    assert [one.id for one in newest.rows] == [3, 2]


def test_entries_of_an_account_and_with_a_text(desk: Desk) -> None:
    browse = desk.workspace.browse
    cash = browse.ledger(PageRequest(), account="cash", currency="USD")
    assert [one.kind for one in cash.rows] == ["payment"]
    assert cash.total == 1
    assert browse.ledger(PageRequest(), account="cash", currency="EUR").total == 0
    held = browse.ledger(PageRequest(text="cn-0002"))
    assert ([one.reference for one in held.rows], held.matching, held.total) == (["CN-0002"], 1, 4)
    assert browse.ledger(PageRequest(text="ACME")).matching == 4
    assert browse.ledger(PageRequest(text="%")).matching == 0


def test_the_pages_of_credit_notes(desk: Desk) -> None:
    browse, every = desk.workspace.browse, desk.workspace.credit_notes()
    found = browse.credit_notes(PageRequest(sort="number"))
    assert (list(found.rows), found.matching, found.total) == (every, 2, 2)
    assert [one.number for one in browse.credit_notes(PageRequest(descending=True)).rows] == [
        "CN-0002",
        "CN-0001",
    ]
    assert browse.credit_notes(PageRequest(text="0002")).matching == 1
    assert browse.credit_notes(PageRequest(), customer="nobody").total == 0
