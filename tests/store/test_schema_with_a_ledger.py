"""A workspace whose ledger has entries is carried to the newest schema as it is, its rules too."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.databases import sqlite_only
from usagebill_tui.store import migrate
from usagebill_tui.store.engine import open_sqlite, writing

pytestmark = sqlite_only

_ROWS = (
    "INSERT INTO customers VALUES ('acme', '', 'acme', '{}')",
    "INSERT INTO plans VALUES ('pro', '{}')",
    "INSERT INTO subscriptions VALUES ('s', 'acme', 'pro', 1, '2026-01-01', NULL, '{}')",
    """INSERT INTO invoices VALUES ('s_1', 'INV-0001', 'final', 'acme', 's', 'USD',
        '2026-01-01 00:00:00', '2026-02-01 00:00:00', NULL, 100, '{}', 'x', 0)""",
    "INSERT INTO postings VALUES (1, 1, 'receivables', NULL, 'acme', 'USD', 100)",
    "INSERT INTO postings VALUES (1, 2, 'revenue', NULL, 'acme', 'USD', -100)",
    """INSERT INTO entries VALUES
        (1, '2026-02-01 00:00:00', 'ada', 'invoice', 'INV-0001', '2026-02-01', 's_1')""",
)


def test_entries_are_carried_along_with_the_rules_that_hold_them(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "catalogue.db")
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    with writing(engine) as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0001")
        for row in _ROWS:
            session.execute(text(row))
    migrate.upgrade(engine)
    assert migrate.current_step(engine) == migrate.HEAD
    with writing(engine) as session:
        found = session.execute(text("SELECT id, invoice, day FROM entries")).all()
        assert [tuple(row) for row in found] == [(1, "s_1", "2026-02-01")]
        assert session.execute(text("SELECT sum(amount_minor), count(*) FROM postings")).one() == (0, 2)
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        session.execute(text("INSERT INTO postings VALUES (2, 1, 'cash', NULL, 'acme', 'USD', 0)"))
        session.execute(
            text("INSERT INTO entries VALUES (2, '2026-02-01', 'a', 'credit', 'CR-1', '2026-02-01', NULL)")
        )
    for forbidden in (
        "UPDATE postings SET amount_minor = 1",
        "DELETE FROM entries",
        "INSERT INTO postings VALUES (1, 3, 'cash', NULL, 'acme', 'USD', 5)",
    ):
        with pytest.raises(IntegrityError), writing(engine) as session:
            session.execute(text(forbidden))
    engine.dispose()
