"""Invoices asked for by many names come in pieces, in the same order: statements take so many values only."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.billing.desk import Desk, catalogue, fee
from tests.databases import open_database
from usagebill_tui.domain.periods import Days
from usagebill_tui.store import ledger
from usagebill_tui.store.database import Session

YEAR = Days(date(2026, 1, 1), date(2027, 1, 1))
OTHERS = [f"other-{number:05}" for number in range(1200)]
"""More than one statement takes, and sorted around the names that there are."""
MONTHS = [f"acme-pro_2026-{month:02}-01" for month in range(1, 11)]


@pytest.mark.parametrize(
    "asked",
    [
        lambda session: [
            one.id for one in ledger.invoices(session, ids=[*OTHERS[:600], *MONTHS, *OTHERS[600:]])
        ],
        lambda session: [one.id for one in ledger.invoices(session, [*OTHERS, "acme"])],
        lambda session: [one.id for one in ledger.invoices_touching(session, YEAR, [*OTHERS, "acme-pro"])],
        lambda session: sorted(
            one.invoice for one in ledger.billed_items(session, YEAR, [*OTHERS, "acme-pro"]).values()
        ),
    ],
)
def test_many_names(asked: Callable[[Session], list[str]], tmp_path: Path) -> None:
    with Desk(tmp_path, catalogue({"fee": fee("49.00")})) as desk:
        desk.workspace.bill("2026-01-01..2026-11-01")
        folder = desk.folder
    database = open_database(folder)
    given: list[int] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: given.append(len(told[3])))
    with database.reading() as session:
        assert asked(session) == MONTHS
    database.close()
    assert max(given) < len(OTHERS)
