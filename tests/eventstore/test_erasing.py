"""Taking properties out of stored events: every version of them, nothing else, and nothing counts twice."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.eventstore.stores import (
    AUTHOR,
    ask,
    contents,
    deliver,
    event,
    files_of,
    new_store,
    stored,
    temporary_store,
)
from usagebill_tui.domain.metric import Metric
from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.erasing import Changes, Rewritten
from usagebill_tui.eventstore.parquet import identities, merging
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.types import Search

ADDRESS = "jane.doe@example.com"
TOTAL = Metric(code="m", aggregation="sum", property="n")
PEOPLE = Metric(code="m", aggregation="unique_count", property="who")


def nothing_else(session: Session, rewritten: Rewritten) -> None:
    del session, rewritten


def erase(
    store: ParquetEventStore, *removed: str, renamed: Iterable[str] = (), accounts: Iterable[str] = ("a",)
) -> Rewritten:
    changes = Changes(removed=frozenset(removed), renamed=frozenset(renamed), salt="s")
    return store.eraser.erase(frozenset(accounts), lambda _: changes, nothing_else)


def says(store: ParquetEventStore, text: str) -> list[str]:
    """Return the files that hold a text in any row, whatever their compression."""
    found = []
    for path in store.folder.rglob("*.parquet"):
        with duckdb.connect() as connection:
            rows = connection.read_parquet(str(path)).fetchall()
        if text in repr(rows) or text.encode() in path.read_bytes():
            found.append(path.name)
    return found


def test_only_the_accounts_and_properties_meant_are_touched(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    deliver(store, [event("1", 1, n=1, mail=ADDRESS, note="x"), event("2", 2, "b", n=2, mail="b@b.b")])
    before = ask(store, TOTAL)
    assert store.eraser.properties(frozenset({"a"})) == {"mail": 1, "n": 1, "note": 1}
    assert erase(store, "mail") == Rewritten(rows=1, files=1)
    held = {e.id: {path: v.text or v.number for path, v in e.properties.items()} for e in stored(store)}
    assert held == {"1": {"n": 1, "note": "x"}, "2": {"n": 2, "mail": "b@b.b"}}
    assert (ask(store, TOTAL), list(store.verify()), store.unlisted()) == (before, [], [])
    assert says(store, ADDRESS) == []


def test_a_property_that_nobody_has_any_more_leaves_no_name_behind(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    named: dict[str, Any] = {ADDRESS: 7}
    deliver(store, [event("1", 1, n=1, **named)])
    erase(store, *store.eraser.properties(frozenset({"a"})).keys() - {"n"})
    assert says(store, ADDRESS) == []
    assert ADDRESS.encode() not in b"".join(path.read_bytes() for path in store.folder.glob("*.parquet"))


def test_every_version_that_is_kept_is_rewritten(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    deliver(store, [event("1", 1, n=1, mail=ADDRESS)])
    deliver(store, [event("1", 1, n=2, mail=ADDRESS)])
    deliver(store, [event("1", 1, n=3, mail=ADDRESS)], on_conflict="replace")
    deliver(store, [event("2", 1, n=4, mail=ADDRESS)])
    store.undo(4, AUTHOR)
    versions = len(list(store.history.versions(Search())))
    erase(store, "mail")
    assert says(store, ADDRESS) == []
    assert len(list(store.history.versions(Search()))) == versions


def test_the_same_delivery_again_is_a_duplicate_and_stores_nothing_of_it(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    rows = [event("1", 1, n=1, mail=ADDRESS), event(None, 2, n=2, mail=ADDRESS)]
    deliver(store, rows)
    erase(store, "mail")
    again = deliver(store, rows, on_conflict="replace")
    assert (again.counts.duplicates, again.counts.accepted) == (2, 0)
    assert says(store, ADDRESS) == []


def test_taking_batches_back_goes_on_as_if_nothing_was_erased(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    deliver(store, [event("1", 1, n=1, mail=ADDRESS)])
    deliver(store, [event("1", 1, n=5, mail=ADDRESS)], on_conflict="replace")
    deliver(store, [event("1", 1, n=1, mail=ADDRESS)])
    erase(store, "mail")
    store.undo(2, AUTHOR)
    assert [answer.units for answer in ask(store, TOTAL)] == [1]
    assert (says(store, ADDRESS), list(store.verify())) == ([], [])


def test_renamed_values_still_tell_people_apart(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    deliver(store, [event("1", 1, n=1, who=ADDRESS), event("2", 2, n=1, who=7)])
    deliver(store, [event("3", 3, n=1, who=ADDRESS), event("4", 4, "b", n=1, who=ADDRESS)])
    before = ask(store, PEOPLE)
    erase(store, renamed=["who"], accounts="ab")
    assert ask(store, PEOPLE) == before
    assert says(store, ADDRESS) == []
    assert store.eraser.properties(frozenset("ab")) == {"n": 4}
    assert erase(store, renamed=["who"], accounts="ab") == Rewritten()


def test_merged_segments_and_their_entries_agree_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MEMBERS", 2)
    monkeypatch.setattr(identities, "KEYED_ROWS", 2)
    store = new_store(tmp_path)
    for place in range(5):
        deliver(
            store, [event(f"e{place}", place, n=place, phone=4930123 + place), event(f"b{place}", 9, "b")]
        )
    before = (ask(store, TOTAL), len(contents(store)))
    kept = {path.name for path in store.folder.glob("*.parquet")}
    erase(store, "phone")
    assert (ask(store, TOTAL), len(contents(store))) == before
    assert list(store.verify()) == []
    assert len(list(store.folder.glob("*.parquet"))) < len(kept)
    assert says(store, "493012") == []
    again = deliver(store, [event("e1", 1, n=1, phone=4930124)])
    assert again.counts.duplicates == 1
    assert list(store.verify()) == []


def test_older_snapshots_say_what_they_said(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    deliver(store, [event("1", 1, n=1, mail=ADDRESS)])
    then = store.snapshot()
    deliver(store, [event("1", 1, n=9, mail=ADDRESS)], on_conflict="replace")
    erase(store, "mail")
    assert [a.units for a in ask(store, TOTAL, snapshot=then)] == [1]
    assert [a.units for a in ask(store, TOTAL)] == [9]


def test_what_fails_changes_nothing(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    deliver(store, [event("1", 1, n=1, mail=ADDRESS)])
    before = (files_of(store), contents(store))

    def fails(*_: object) -> None:
        raise StorageFailed("no")

    with pytest.raises(StorageFailed):
        store.eraser.erase(frozenset("a"), lambda _: Changes(removed=frozenset({"mail"})), fails)
    assert (files_of(store), contents(store), list(store.verify())) == (*before, [])


VALUES = st.one_of(st.none(), st.text(max_size=3), st.integers(-5, 5), st.booleans(), st.lists(st.integers()))
ROWS = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.integers(1, 6), st.dictionaries(st.sampled_from(["n", "N", "x.y"]), VALUES)
    ),
    max_size=8,
)


@settings(max_examples=6)
@given(st.lists(ROWS, min_size=1, max_size=3), st.sampled_from([("n",), ("N", "x.y")]))
def test_other_accounts_keep_all_and_identities_stay(
    files: list[list[tuple[str, int, dict[str, Any]]]], removed: tuple[str, ...]
) -> None:
    with temporary_store() as store:
        for rows in files:
            deliver(store, [event(str(i), i, account, **data) for account, i, data in rows])
        before = stored(store)
        erase(store, *removed)
        after = stored(store)
        assert [(e.batch, e.source, e.id, e.account, e.timestamp) for e in before] == [
            (e.batch, e.source, e.id, e.account, e.timestamp) for e in after
        ]
        for was, one in zip(before, after, strict=True):
            gone = removed if was.account == "a" else ()
            assert one.properties == {p: v for p, v in was.properties.items() if p not in gone}
        assert list(store.verify()) == []
        for rows in files:
            again = deliver(store, [event(str(i), i, account, **data) for account, i, data in rows])
            assert again.counts.accepted == 0
