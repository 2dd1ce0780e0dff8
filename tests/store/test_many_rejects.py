"""Rejected rows are kept a few at a time, in their order."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from usagebill_tui.clock import system_clock
from usagebill_tui.store import rejects as of_rejects
from usagebill_tui.store.audit import Author
from usagebill_tui.store.database import Database
from usagebill_tui.store.import_tables import Base
from usagebill_tui.store.manifest import Batch, add_batch
from usagebill_tui.store.rejects import StoredReject, add_rejects, stored_rejects
from usagebill_tui.store.rows import add_rows


@pytest.mark.parametrize(
    ("rows", "characters", "pieces"), [(2, 10**6, [2, 2, 1]), (10, 4, [2, 2, 1]), (5, 99, [5, 0])]
)
def test_many_are_written_in_pieces_and_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, characters: int, pieces: list[int]
) -> None:
    written: list[int] = []

    def noted(session: Session, kind: type[Base], found: Sequence[Mapping[str, Any]]) -> None:
        written.append(len(found))
        add_rows(session, kind, found)

    monkeypatch.setattr(of_rejects, "add_rows", noted)
    monkeypatch.setattr(of_rejects, "_MOST_ROWS", rows)
    monkeypatch.setattr(of_rejects, "_MOST_CHARACTERS", characters)
    monkeypatch.setattr(of_rejects, "_MOST_AT_ONCE", 2)
    given = [StoredReject(1, "a.csv", 9 - place, "why", "ab", "") for place in range(5)]
    author = Author("somebody", system_clock())
    database = Database(tmp_path / "catalogue.db")
    try:
        with database.writing() as session:
            add_batch(session, Batch(id=1, at=author.at, who=author.who), [], author)
            add_rejects(session, given)
        with database.reading() as session:
            assert list(stored_rejects(session, 1)) == given
    finally:
        database.close()
    assert written == pieces
