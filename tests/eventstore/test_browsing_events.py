import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines import every_event_store, examples, parquet_only
from tests.eventstore.inventing import ACCOUNTS, IDS, SOURCES, TIMES
from tests.eventstore.stores import AUTHOR, Store, any_store, deliver, event, stored, temporary_any_store
from usagebill_tui.domain.event import Event
from usagebill_tui.eventstore.browsing import Line, Order, Sought
from usagebill_tui.eventstore.types import StoredEvent

pytestmark = every_event_store

Place = tuple[int, str, str]

batches = st.lists(
    st.lists(
        st.builds(
            event,
            st.sampled_from(IDS),
            st.sampled_from(TIMES),
            source=st.sampled_from(SOURCES),
            account=st.sampled_from(ACCOUNTS),
            v=st.sampled_from(["x", "y"]),
        ),
        max_size=12,
    ),
    min_size=1,
    max_size=4,
)
spans = st.sampled_from([None, -1, 0, 10, 11, 20])
sought = st.builds(
    Sought,
    accounts=st.sampled_from([None, ("a",), ("a", "b", "nobody"), ()]),
    metrics=st.sampled_from([None, ("m",), ("other",)]),
    since=spans,
    until=spans,
    text=st.sampled_from(["", "a", "A", "M", "%"]),
    id=st.sampled_from(["", "e", "e1", "é", "nothing"]),
)
orders = st.builds(
    Order, earliest_first=st.booleans(), offset=st.integers(0, 15), limit=st.sampled_from([1, 3, 200])
)


def place(one: Line | StoredEvent) -> Place:
    return one.timestamp, one.source, one.id


def holds(what: Sought) -> Callable[[StoredEvent], bool]:
    def held(e: StoredEvent) -> bool:
        return (
            (what.accounts is None or e.account in what.accounts)
            and (what.metrics is None or e.metric in what.metrics)
            and (what.since is None or e.timestamp >= what.since)
            and (what.until is None or e.timestamp < what.until)
            and (what.text.lower() in e.account.lower() or what.text.lower() in e.metric.lower())
            and e.id.startswith(what.id)
        )

    return held


@settings(max_examples=examples(7), deadline=None)
@given(imports=batches, undone=st.integers(0, 4), what=sought, order=orders)
def test_a_page_is_what_filtering_and_sorting_everything_gives(
    imports: list[list[Event]], undone: int, what: Sought, order: Order
) -> None:
    with temporary_any_store() as store:
        made = [deliver(store, rows, on_conflict="replace").batch for rows in imports]
        if undone < len(made):
            store.undo(made[undone] or 0, AUTHOR)
        everything = stored(store)
        expected = sorted(filter(holds(what), everything), key=place, reverse=not order.earliest_first)
        found = store.browser.page(what, order, store.snapshot())
        assert [place(line) for line in found.rows] == [
            place(e) for e in expected[order.offset : order.offset + order.limit]
        ]
        assert (found.matching, found.total) == (len(expected), len(everything))


@settings(max_examples=examples(6), deadline=None)
@given(imports=batches, edges=st.lists(st.sampled_from(range(-2, 24)), min_size=2, max_size=6, unique=True))
def test_counts_between_instants_are_those_of_the_events(
    imports: list[list[Event]], edges: list[int]
) -> None:
    edges.sort()
    with temporary_any_store() as store:
        for rows in imports:
            deliver(store, rows, on_conflict="replace")
        times = [e.timestamp for e in stored(store)]
        expected = [sum(first <= t < after for t in times) for first, after in itertools.pairwise(edges)]
        assert store.browser.counts(edges, store.snapshot()) == expected


@pytest.fixture(name="store")
def empty_store(tmp_path: Path) -> Store:
    return any_store(tmp_path)


@pytest.mark.parametrize("earliest_first", [False, True])
@pytest.mark.parametrize("times", [range(400), [*[0] * 200, *[399] * 200], [*range(398), 10_000, -10_000]])
def test_a_short_page_of_many_events_is_the_right_one_however_they_lie_in_time(
    store: Store, times: Sequence[int], *, earliest_first: bool
) -> None:
    deliver(store, [event(f"{number:03}", time) for number, time in enumerate(times)])
    expected = sorted(map(place, stored(store)), reverse=not earliest_first)
    for offset in (0, 2):
        order = Order(earliest_first=earliest_first, offset=offset, limit=3)
        found = store.browser.page(Sought(), order, store.snapshot())
        assert [place(line) for line in found.rows] == expected[offset : offset + 3]


def test_an_empty_store_has_no_pages(store: Store) -> None:
    assert store.browser.page(Sought(), Order(), 0) == ([], 0, 0)
    assert store.browser.counts([0, 10], 0) == [0]


def test_a_line_leads_to_the_whole_event(store: Store) -> None:
    values: dict[str, Any] = {"n": 5, "t": "5.0", "list": [1, "eu"]}
    deliver(store, [event("e", 7, **values)])
    snapshot = store.snapshot()
    (line,) = store.browser.page(Sought(), Order(), snapshot).rows
    assert line.properties == {"n": "5", "t": "5.0", "list": '[1,"eu"]'}
    assert store.browser.event(line, snapshot) == stored(store)[0]


def test_a_line_that_was_taken_back_leads_nowhere(store: Store) -> None:
    batch = deliver(store, [event("e", 7)]).batch or 0
    (line,) = store.browser.page(Sought(), Order(), store.snapshot()).rows
    store.undo(batch, AUTHOR)
    assert store.browser.event(line, store.snapshot()) is None


def test_a_snapshot_shows_what_it_showed(store: Store) -> None:
    deliver(store, [event("e", 7)])
    before = store.snapshot()
    deliver(store, [event("f", 8)])
    assert store.browser.page(Sought(), Order(), before).total == 1
    assert store.browser.page(Sought(), Order(), store.snapshot()).total == 2


@parquet_only
def test_only_segments_that_reach_the_page_are_read(store: Store) -> None:
    for day in range(3):
        deliver(store, [event(f"{day}-{n}", day * 100 + n) for n in range(5)])
    first = next(store.folder.glob("events-*.parquet"))
    for path in sorted(store.folder.glob("events-*.parquet"), key=lambda p: p.stat().st_mtime_ns)[:2]:
        path.unlink()
    assert first.parent == store.folder
    latest = store.browser.page(Sought(), Order(limit=5), store.snapshot())
    assert [line.id for line in latest.rows] == [f"2-{n}" for n in (4, 3, 2, 1, 0)]


def test_instants_before_1970_are_counted_where_they_lie(store: Store) -> None:
    deliver(store, [event("e", -1), event("f", 0), event("g", -10)])
    assert store.browser.counts([-20, -10, 0, 10], store.snapshot()) == [0, 2, 1]
