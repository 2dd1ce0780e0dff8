"""The database lets the ledger grow by entries that sum to zero, and by nothing else."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.billing.desk import Desk, catalogue, fee
from tests.databases import open_database
from usagebill_tui.domain.bookkeeping import Leg
from usagebill_tui.errors import UsagebillError
from usagebill_tui.store.audit import Author
from usagebill_tui.store.database import Database
from usagebill_tui.store.entries import Movement, balances, enter, entered, entries

ADA = Author("ada", datetime(2027, 1, 1, tzinfo=UTC))
POSTING = "INSERT INTO postings VALUES (:entry, :place, 'cash', NULL, 'acme', 'USD', :amount)"
ENTRY = (
    "INSERT INTO entries VALUES "
    "(:entry, '2027-01-01', 'eve', 'payment', 'x', '2027-01-01', 'acme-pro_2026-10-01')"
)


@pytest.fixture(name="database")
def billed_database(tmp_path: Path) -> Iterator[Database]:
    """A database with one entry, that of INV-0001."""
    with Desk(tmp_path, catalogue({"fee": fee("49.00")})) as desk:
        desk.workspace.bill("2026-10", finalize=True)
        folder = desk.folder
    database = open_database(folder)
    yield database
    database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET who = 'eve'",
        "DELETE FROM entries",
        "UPDATE postings SET amount_minor = 0",
        "DELETE FROM postings",
    ],
)
def test_nothing_is_changed_or_taken_out(database: Database, statement: str) -> None:
    with pytest.raises(IntegrityError, match="the ledger only grows"), database.writing() as session:
        session.execute(text(statement))


def test_an_entry_that_stands_takes_no_more_postings(database: Database) -> None:
    with pytest.raises(IntegrityError, match="closed once it is added"), database.writing() as session:
        session.execute(text(POSTING), {"entry": 1, "place": 9, "amount": 0})


@pytest.mark.parametrize("amounts", [[], [5], [5, -4]])
def test_an_entry_has_postings_that_sum_to_zero(database: Database, amounts: list[int]) -> None:
    rows = [{"entry": 2, "place": place, "amount": amount} for place, amount in enumerate(amounts, 1)]
    with pytest.raises(IntegrityError, match="has to sum to zero"):
        add(database, rows)


def add(database: Database, rows: list[dict[str, int]]) -> None:
    with database.writing() as session:
        for row in rows:
            session.execute(text(POSTING), row)
        session.execute(text(ENTRY), {"entry": 2})


def test_postings_without_their_entry_are_not_committed(database: Database) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), database.writing() as session:
        session.execute(text(POSTING), {"entry": 2, "place": 1, "amount": 0})
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM postings WHERE entry = 2")) == 0


def test_what_is_not_balanced_is_refused_with_all_that_goes_with_it(tmp_path: Path) -> None:
    with Desk(tmp_path, catalogue({"fee": fee("49.00")})) as desk:
        (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
        movement = Movement(
            kind="payment",
            reference="payment 1",
            day=date(2027, 1, 1),
            invoice=invoice,
            legs=[Leg("cash", Decimal("1.00")), Leg("receivables", Decimal("-1.01"))],
        )
        balanced = msgspec.structs.replace(movement, legs=[Leg("cash", Decimal(1)), Leg("cash", Decimal(-1))])
        database = open_database(desk.folder)
        with (
            pytest.raises(UsagebillError, match="payment 1 does not sum to zero"),
            database.writing() as session,
        ):
            enter(session, [balanced, movement], ADA)
        with database.writing() as session:
            enter(session, [], ADA)
        with database.reading() as session:
            assert [entry.id for entry in entries(session)] == [1]
            assert entered(session) == 1
            assert sum(one.balance for one in balances(session)) == 0
        database.close()
