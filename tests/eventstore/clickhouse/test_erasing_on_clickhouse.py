"""Erasing on the server: as over files, where the same is tried in more ways."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.engines import needs_chdb
from tests.eventstore.stores import AUTHOR, Store, any_store, ask, deliver, event, stored
from usagebill_tui.domain.metric import Metric
from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.erasing import Changes, Rewritten
from usagebill_tui.eventstore.types import Search

pytestmark = needs_chdb
ADDRESS = "jane.doe@example.com"
TOTAL = Metric(code="m", aggregation="sum", property="n")
PEOPLE = Metric(code="m", aggregation="unique_count", property="who")


def nothing_else(session: Session, rewritten: Rewritten) -> None:
    del session, rewritten


def erase(
    store: Store, *removed: str, renamed: Iterable[str] = (), accounts: Iterable[str] = ("a",)
) -> Rewritten:
    changes = Changes(removed=frozenset(removed), renamed=frozenset(renamed), salt="s")
    return store.eraser.erase(frozenset(accounts), lambda _: changes, nothing_else)


def everything(store: Store) -> str:
    return repr(list(store.history.versions(Search())))


@pytest.fixture(name="store")
def empty_store(tmp_path: Path) -> Store:
    return any_store(tmp_path)


def test_only_the_accounts_and_properties_meant_are_touched(store: Store) -> None:
    deliver(store, [event("1", 1, n=1, mail=ADDRESS, note="x"), event("2", 2, "b", n=2, mail="b@b.b", q=7)])
    deliver(store, [event("1", 1, n=5, mail=ADDRESS)], on_conflict="replace")
    before = ask(store, TOTAL)
    assert store.eraser.properties(frozenset({"a"})) == {"mail": 2, "n": 2, "note": 1}
    assert erase(store, "mail", "q") == Rewritten(rows=2, files=2)
    held = {e.id: {path: v.text or v.number for path, v in e.properties.items()} for e in stored(store)}
    assert held == {"1": {"n": 5}, "2": {"n": 2, "mail": "b@b.b", "q": 7}}
    assert ask(store, TOTAL) == before
    assert ADDRESS not in everything(store)
    assert (list(store.verify()), store.unlisted()) == ([], [])
    again = deliver(store, [event("1", 1, n=1, mail=ADDRESS, note="x")])
    assert again.counts.duplicates + again.counts.conflicts == 1
    store.undo(2, AUTHOR)
    assert ask(store, TOTAL)[0].units == 3


def test_numbers_that_are_taken_out_leave_sums_that_are_right(store: Store) -> None:
    deliver(store, [event("1", 1, n=1, phone=4930123), event("2", 2, "b", n=2, phone=5)])
    erase(store, "phone")
    assert list(store.verify()) == []


def test_renamed_values_still_tell_people_apart(store: Store) -> None:
    deliver(store, [event("1", 1, n=1, who=ADDRESS), event("2", 2, n=1, who=7)])
    deliver(store, [event("3", 3, n=1, who=ADDRESS), event("4", 4, "b", n=1, who=ADDRESS)])
    before = ask(store, PEOPLE)
    erase(store, renamed=["who"], accounts="ab")
    assert ask(store, PEOPLE) == before
    assert ADDRESS not in everything(store)
    assert store.eraser.properties(frozenset("ab")) == {"n": 4}
    assert erase(store, renamed=["who"], accounts="ab") == Rewritten()
    assert list(store.verify()) == []


def test_what_cannot_be_recorded_is_not_done(store: Store) -> None:
    deliver(store, [event("1", 1, n=1, mail=ADDRESS)])
    before = everything(store)

    def fails(*_: object) -> None:
        raise StorageFailed("no")

    with pytest.raises(StorageFailed):
        store.eraser.erase(frozenset("a"), lambda _: Changes(removed=frozenset({"mail"})), fails)
    assert everything(store) == before
