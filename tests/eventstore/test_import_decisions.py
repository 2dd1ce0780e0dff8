from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines import every_event_store, examples
from tests.eventstore.stores import (
    Store,
    any_store,
    contents,
    deliver,
    event,
    files_of,
    stored,
    temporary_any_store,
)
from usagebill_tui.domain.event import Event, Reject
from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.types import OnConflict, Outcome
from usagebill_tui.store.manifest import Counts

pytestmark = every_event_store

POLICIES: tuple[OnConflict, ...] = ("keep-first", "replace", "fail")


@pytest.fixture(name="store")
def empty_store(tmp_path: Path) -> Store:
    return any_store(tmp_path)


def kinds(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.counts.accepted, outcome.counts.duplicates, outcome.counts.conflicts


def values(store: Store) -> dict[str, str]:
    return {e.id: e.properties["v"].as_text() for e in stored(store)}


def rows(names: Sequence[str], value: str = "x") -> list[Event]:
    return [event(name, at, v=value) for at, name in enumerate(names)]


def test_the_same_rows_again_are_duplicates(store: Store) -> None:
    first = deliver(store, rows("abcde"))
    before = stored(store)
    again = deliver(store, rows("abcde"))
    assert (kinds(first), kinds(again)) == ((5, 0, 0), (0, 5, 0))
    assert stored(store) == before


def test_overlapping_files_store_each_event_once(store: Store) -> None:
    deliver(store, rows("abcd"))
    second = deliver(store, rows("abcdef")[2:], rows("abcdefgh")[4:])
    assert kinds(second) == (4, 4, 0)
    assert list(values(store)) == list("abcdefgh")


def test_counts_close_and_rejects_are_kept(store: Store) -> None:
    deliver(store, rows("ab"))
    rejects = [Reject(7, "no timestamp", "{}"), Reject(9, "broken", "{")]
    mixed = [*rows("abc"), event("b", 9, v="other")]
    assert deliver(store, mixed, rejects=rejects).counts == Counts(
        read=6, accepted=1, duplicates=2, conflicts=1, rejected=2
    )


def test_an_identity_is_source_and_id_exactly(store: Store) -> None:
    names = [("", "a"), ("", "A"), ("s", "a"), ("", "a "), ("", "s/a"), ("", ""), ("", "á"), ("", "a\u0301")]
    outcome = deliver(store, [event(name, source=source, v="x") for source, name in names])
    assert kinds(outcome) == (8, 0, 0)
    assert sorted(contents(store)) == sorted(names)


def test_events_come_back_as_they_were_delivered(store: Store) -> None:
    row = event(
        "e1",
        1_700_000_000_123_456,
        n="0.30",
        big=10**30,
        usage={"a.b": [1, None]},
        flag=True,
        none=None,
        t="",
    )
    deliver(store, [row])
    (back,) = stored(store)
    assert (back.batch, back.timestamp, back.properties) == (1, row.timestamp, row.properties)
    assert contents(store) == {("", "e1"): row.content}


@given(st.permutations([*"aabbc", None, None, None]), st.sampled_from([1, 2]))
@settings(max_examples=examples(5))
def test_row_order_changes_neither_events_nor_ids(order: list[str | None], split: int) -> None:
    def listed(names: Sequence[str | None]) -> list[Event]:
        return [event(name, 1, v=f"v{name}") for name in names]

    with temporary_any_store() as one, temporary_any_store() as other:
        deliver(one, listed([*"aabbc", None, None, None]))
        first = deliver(other, listed(order))
        assert contents(one) == contents(other)
        assert kinds(first) == (6, 2, 0)
        # the same rows again, as one file and in halves that hold two of the nameless rows at most
        again = deliver(other, listed(list(reversed(order))))
        assert kinds(again) == (0, 8, 0)
        assert kinds(deliver(other, listed(order[::split]), listed(order[1::2])))[0] == 0


def test_equal_rows_without_an_id_are_told_apart_by_their_place_in_one_file(store: Store) -> None:
    nameless = [event(None, 5, v="x", line=line) for line in (1, 2)]
    name = f"content-{UUID(nameless[0].content)}"
    assert kinds(deliver(store, nameless)) == (2, 0, 0)
    assert {e.id for e in stored(store)} == {name, f"{name}-2"}
    assert kinds(deliver(store, nameless[:1], nameless[:1])) == (0, 2, 0)
    assert kinds(deliver(store, [*nameless, event(None, 5, v="x")])) == (1, 2, 0)


def test_keep_first_keeps_what_was_stored(store: Store) -> None:
    deliver(store, rows("ab", "old"))
    assert kinds(deliver(store, rows("abc", "new"))) == (1, 0, 2)
    assert values(store) == {"a": "old", "b": "old", "c": "new"}


def test_replace_takes_what_came_and_counts_it_once(store: Store) -> None:
    deliver(store, rows("ab", "old"))
    assert kinds(deliver(store, rows("abc", "new"), on_conflict="replace")) == (1, 0, 2)
    assert values(store) == {"a": "new", "b": "new", "c": "new"}
    assert kinds(deliver(store, rows("ab", "new"))) == (0, 2, 0)
    assert kinds(deliver(store, rows("a", "old"), on_conflict="replace")) == (0, 0, 1)
    assert values(store) == {"a": "old", "b": "new", "c": "new"}


@pytest.mark.parametrize("dry_run", [False, True])
def test_fail_stores_nothing_and_names_the_row(store: Store, *, dry_run: bool) -> None:
    deliver(store, rows("ab", "old"))
    before = (stored(store), store.snapshot(), files_of(store))
    clash = [event("c", 1, v="new"), event("b", 2, source="", v="new", line=17)]
    with pytest.raises(InvalidInput) as caught:
        deliver(store, rows("z"), clash, on_conflict="fail", dry_run=dry_run)
    assert str(caught.value).startswith("file1, line 17: event 'b' was delivered before with other content")
    assert (stored(store), store.snapshot(), files_of(store)) == before


def test_fail_also_holds_inside_one_import(store: Store) -> None:
    with pytest.raises(InvalidInput, match="'s/a' was delivered before"):
        deliver(store, [event("a", source="s", v=value) for value in "xy"], on_conflict="fail")
    assert deliver(store, rows("ab"), on_conflict="fail").batch is not None


def test_a_dry_run_stores_nothing_and_counts_the_same(store: Store) -> None:
    deliver(store, rows("ab", "old"))
    before = (stored(store), store.snapshot(), files_of(store))
    arriving = [*rows("bcd", "new"), *rows("a", "old")]
    dry = deliver(store, arriving, dry_run=True)
    assert dry.batch is None
    assert (stored(store), store.snapshot(), files_of(store)) == before
    wet = deliver(store, arriving)
    assert (dry.counts, dry.examples) == (wet.counts, wet.examples)


@pytest.mark.parametrize("policy", ["keep-first", "replace"])
def test_examples_tell_both_contents(store: Store, policy: OnConflict) -> None:
    deliver(store, rows("ab", "old"))
    arriving = [event("c", 8, v="1"), event("b", 1, v="new", line=3), event("c", 8, v="2", line=5)]
    shown = deliver(store, rows("z"), arriving, on_conflict=policy).examples
    assert [(c.file, c.incoming.id) for c in shown] == [("file1", "b"), ("file1", "c")]
    known, inside = shown
    assert known.line == 3
    assert (known.stored.properties["v"].text, known.incoming.properties["v"].text) == ("old", "new")
    both = {inside.stored.properties["v"].text, inside.incoming.properties["v"].text}
    assert both == {"1", "2"}
    assert inside.stored.properties == next(e for e in stored(store) if e.id == "c").properties


def test_only_some_examples_are_shown(store: Store) -> None:
    deliver(store, rows("abcdefgh", "old"))
    outcome = deliver(store, rows("abcdefgh", "new"))
    assert outcome.counts.conflicts == 8
    assert [c.incoming.id for c in outcome.examples] == list("abcde")


CLASHING = [("a", "1"), ("a", "2"), ("a", "3"), ("a", "1"), ("b", "1"), ("b", "2"), ("c", "1")]


@settings(max_examples=examples(6))
@given(st.permutations(CLASHING), st.sampled_from(["keep-first", "replace"]), st.booleans())
def test_the_winner_inside_an_import_does_not_depend_on_row_order(
    order: list[tuple[str, str]],
    policy: OnConflict,
    earlier: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    arriving = [event(name, 1, v=value) for name, value in order]
    least = {name: min(e.content for e in arriving if e.id == name) for name in "abc"}
    with temporary_any_store() as store:
        if earlier:
            deliver(store, [event("a", 1, v="0")])
        outcome = deliver(store, arriving[:4], arriving[4:], on_conflict=policy)
        kept = {name: content for (_, name), content in contents(store).items()}
        if earlier and policy == "keep-first":
            assert kept == {**least, "a": event("a", 1, v="0").content}
        else:
            assert kept == least
        first = {event("a", 1, v="1").content == least["a"]}
        assert outcome.counts.read == len(CLASHING)
        if earlier:
            assert kinds(outcome) == (2, 0, 5)
        else:
            assert kinds(outcome) == ((3, 1, 3) if True in first else (3, 0, 4))
