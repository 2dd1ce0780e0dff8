from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from usagebill_tui.store.audit import Author, entries
from usagebill_tui.store.database import Database
from usagebill_tui.store.mappings import delete_mapping, mappings, save_mapping

_ADA = Author("ada", datetime(2026, 10, 1, tzinfo=UTC))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "x.db")
    yield opened
    opened.close()


def test_a_mapping_is_kept_replaced_and_forgotten_and_the_audit_says_so(database: Database) -> None:
    with database.writing() as session:
        save_mapping(session, "b", '{"timezone":"UTC"}', _ADA)
        save_mapping(session, "a", "{}", _ADA)
    with database.writing() as session:
        save_mapping(session, "b", '{"delimiter":";"}', _ADA)
        save_mapping(session, "a", "{}", _ADA)
    with database.reading() as session:
        assert list(mappings(session).items()) == [("a", "{}"), ("b", '{"delimiter":";"}')]
    with database.writing() as session:
        assert delete_mapping(session, "b", _ADA)
        assert not delete_mapping(session, "b", _ADA)
    with database.reading() as session:
        assert list(mappings(session)) == ["a"]
        assert [(e.action, e.key, e.before, e.after) for e in entries(session)] == [
            ("save", "b", None, '{"timezone":"UTC"}'),
            ("save", "a", None, "{}"),
            ("save", "b", '{"timezone":"UTC"}', '{"delimiter":";"}'),
            ("delete", "b", '{"delimiter":";"}', None),
        ]
