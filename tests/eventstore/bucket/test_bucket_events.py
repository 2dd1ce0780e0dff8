"""Events in a bucket: what one machine imports the others see, and only what the manifest lists is there."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.eventstore.bucket.machines import Machines
from tests.eventstore.stores import AUTHOR, ask, contents, deliver, event, question, stored
from usagebill_tui.domain.event import Event
from usagebill_tui.domain.metric import Metric
from usagebill_tui.eventstore.browsing import Order, Sought
from usagebill_tui.eventstore.erasing import Changes, Rewritten
from usagebill_tui.eventstore.parquet import identities, merging
from usagebill_tui.eventstore.parquet.connection import connected
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.types import Window
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import Segment
from usagebill_tui.store.merges import files_in_use

TOTAL = Metric(code="m", aggregation="sum", property="n")
LONG_AGO = 1_000_000_000


def total(store: ParquetEventStore) -> str:
    return str(ask(store, TOTAL)[0].units)


def listed(store: ParquetEventStore) -> set[str]:
    with reading(store.engine) as session:
        return files_in_use(session)


def age(folder: Path) -> None:
    for path in folder.glob("*.parquet"):
        os.utime(path, (LONG_AGO, LONG_AGO))


def test_machines_see_each_others_imports_and_undoings(machines: Machines) -> None:
    here, there = machines.open("here"), machines.open("there")
    deliver(here, [event("x", 1, n=1), event("y", 2, n=2)])
    assert total(there) == "3"
    counts = deliver(there, [event("x", 1, n=1), event("y", 2, n=5), event("z", 3, n=4)]).counts
    assert (counts.accepted, counts.duplicates, counts.conflicts) == (1, 1, 1)
    assert (total(here), set(contents(here)), set(contents(there))) == (
        "7",
        {("", "x"), ("", "y"), ("", "z")},
        {("", "x"), ("", "y"), ("", "z")},
    )
    here.undo(1, AUTHOR)
    assert (total(there), total(here)) == ("10", "10")
    page = there.browser.page(Sought(), Order(), there.snapshot())
    assert (page.total, [line.id for line in page.rows]) == (3, ["z", "y", "x"])
    assert machines.kept() == listed(here)
    for store in (here, there):
        assert (list(store.verify()), store.unlisted()) == ([], [])


def test_only_the_time_that_is_asked_for_is_fetched(machines: Machines) -> None:
    here, there = machines.open("here"), machines.open("there")
    for day in range(4):
        deliver(here, [event(f"e{day}", day * 100, n=day)])
    window = Window(0, ("a",), 200, 300)
    assert str(ask(there, TOTAL, [window])[0].units) == "2"
    assert len(machines.cached("there")) == 1
    assert len(machines.cached("here")) == 4


def test_a_cache_may_be_deleted_or_damaged_in_length_at_any_time(machines: Machines) -> None:
    here = machines.open("here")
    deliver(here, [event("x", 1, n=1)])
    (file,) = (machines.folder / "here").glob("*.parquet")
    file.unlink()
    assert total(here) == "1"
    file.write_bytes(file.read_bytes()[:-1])
    assert total(here) == "1"


def test_a_cache_keeps_what_was_used_last(machines: Machines) -> None:
    here, small = machines.open("here"), machines.open("small", cache=1)
    for place in range(3):
        deliver(here, [event(f"e{place}", place * 100, n=1)])
    assert total(small) == "3"
    for since, left in ((800, 4), (900, 1)):
        deliver(here, [event(f"at {since}", since, n=1)])
        assert str(ask(small, TOTAL, [Window(0, ("a",), since, since + 1)])[0].units) == "1"
        # Nothing that was used a moment ago goes: another process may be about to read it.
        assert len(machines.cached("small")) == left
        age(machines.folder / "small")
    assert total(small) == "5"


def test_merging_moves_objects_and_removes_the_old_ones_in_time(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MEMBERS", 2)
    here, there = machines.open("here"), machines.open("there")
    deliver(here, [event("x", 1, n=1)])
    deliver(there, [event("y", 2, n=2)])
    assert (len(machines.kept()), total(here), total(machines.open("new"))) == (3, "3", "3")
    with connected([there.folder]) as connection:
        merging.tidy(there.engine, connection, there.place, AUTHOR.at + merging.KEPT + timedelta(1))
    assert (len(machines.kept()), machines.kept()) == (1, listed(here))
    assert (total(here), list(here.verify()), here.unlisted()) == ("3", [], [])


def test_erasing_takes_it_out_of_the_bucket_and_of_all_caches(machines: Machines) -> None:
    here, there = machines.open("here"), machines.open("there")
    deliver(here, [event("x", 1, n=1, who="Ada"), event("y", 2, n=2, who="Ada", account="b")])
    assert total(there) == "3"
    before = machines.kept()
    changes = Changes(removed=frozenset({"who"}), renamed=frozenset(), salt="")
    done: list[Rewritten] = []
    here.eraser.erase(frozenset({"a"}), lambda _: changes, lambda _, rewritten: done.append(rewritten))
    assert [one.rows for one in done] == [1]
    assert machines.kept().isdisjoint(before)
    assert (total(there), machines.cached("here")) == ("3", machines.kept())
    assert [dict(one.properties).keys() for one in stored(there)] == [{"n"}, {"n", "who"}]
    age(machines.folder / "there")
    assert total(machines.open("there")) == "3"
    assert machines.cached("there") == machines.kept()


def test_a_question_that_listed_what_was_then_erased_lists_again(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = machines.open("here"), machines.open("there")
    deliver(here, [event("x", 1, n=1, who="Ada")])
    changes = Changes(removed=frozenset({"who"}), renamed=frozenset(), salt="")
    fetch = there.place.fetch
    erased: list[Rewritten] = []

    def late(needed: Sequence[Segment]) -> None:
        if not erased:
            erased.append(here.eraser.erase(frozenset({"a"}), lambda _: changes, lambda *_: None))
        fetch(needed)

    monkeypatch.setattr(there.place, "fetch", late)
    assert (total(there), len(erased)) == ("1", 1)


def test_identities_are_found_by_keys_without_fetching_the_events(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "KEYED_ROWS", 2)
    here, there = machines.open("here"), machines.open("there")
    rows: list[Event] = [event(f"e{place}", place, n=1) for place in range(4)]
    deliver(here, rows)
    deliver(there, [event("new", 9, n=1)])
    assert {name.partition("-")[0] for name in machines.cached("there") & machines.cached("here")} == {"keys"}
    counts = deliver(there, [*rows, event("newer", 9, n=1)]).counts
    assert (counts.duplicates, counts.accepted, total(here)) == (4, 1, "6")


def test_matching_and_history_read_what_they_need(machines: Machines) -> None:
    here, there = machines.open("here"), machines.open("there")
    deliver(here, [event("x", 1, n=1)])
    asked = question(there, TOTAL)
    deliver(here, [event("x", 1, n=7)], on_conflict="replace")
    assert [one.id for one in there.matching(asked)] == ["x"]
    assert [key[2] for key in there.history.fates(asked)] == ["x"]
