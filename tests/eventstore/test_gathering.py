"""Several questions about a few accounts read the events once, and answer what each alone does."""

import shutil
from collections.abc import Sequence
from decimal import Decimal

import pytest

from tests.engines import every_event_store, parquet_only
from tests.eventstore.stores import AUTHOR, Store, deliver, event, question, temporary_any_store
from usagebill_tui.domain.metric import Metric
from usagebill_tui.eventstore.parquet import gathering
from usagebill_tui.eventstore.parquet.relation import NAMED
from usagebill_tui.eventstore.types import Answer, Question, Window

pytestmark = every_event_store

METRICS = (
    Metric(code="total", aggregation="sum", property="n", event="m"),
    Metric(code="newest", aggregation="latest", property="n", event="m"),
    Metric(code="other", aggregation="unique_count", property="r", params={"operation_property": "o"}),
)


def fill(store: Store) -> None:
    """Deliver, replace and take back, in one account and another."""
    deliver(store, [event(f"e{k}", k, "ab"[k % 2], n=k, r=k % 3, metric="m") for k in range(8)])
    deliver(store, [event(f"o{k}", k, "a", r=k % 3, o="add", metric="other") for k in range(5)])
    deliver(store, [event("e2", 2, "a", n=70)], on_conflict="replace")
    deliver(store, [event("o9", 9, "a", r=1, o="remove", metric="other"), event("e9", 9, "a", n=9)])
    deliver(store, [event("late", 3, "a", n=1000)])
    store.undo(5, AUTHOR)


def questions(store: Store, windows: Sequence[Window] = (Window(0, ("a",), 0, 100),)) -> list[Question]:
    return [question(store, metric, windows) for metric in METRICS]


def answered(store: Store, asked: Sequence[Question]) -> list[list[Answer]]:
    with store.together(asked) as answer:
        return [answer(one) for one in asked]


def test_each_is_answered_as_if_it_were_asked_alone() -> None:
    with temporary_any_store() as store:
        fill(store)
        asked = questions(store)
        found = answered(store, asked)
        assert found == [store.usage(one) for one in asked]
        assert [answers[0].units for answers in found] == [Decimal(89), Decimal(9), Decimal(2)]
        for snapshot in range(store.snapshot()):
            then = [
                question(store, metric, (Window(0, ("a",), 0, 100),), snapshot=snapshot) for metric in METRICS
            ]
            assert answered(store, then) == [store.usage(one) for one in then]


def test_windows_of_each_keep_their_own_time_and_accounts() -> None:
    with temporary_any_store() as store:
        fill(store)
        first = question(store, METRICS[0], [Window(0, ("a",), 0, 3), Window(1, ("b", "a"), 2, 5)])
        second = question(store, METRICS[1], [Window(0, ("b",), 4, 9)])
        assert answered(store, [first, second]) == [store.usage(first), store.usage(second)]


@parquet_only
def test_no_segment_is_read_a_second_time() -> None:
    with temporary_any_store() as store:
        fill(store)
        asked = questions(store)
        alone = [store.usage(one) for one in asked]
        with store.together(asked) as answer:
            shutil.rmtree(store.folder)
            assert [answer(one) for one in asked] == alone


@parquet_only
def test_too_many_events_or_accounts_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with temporary_any_store() as store:
        fill(store)
        asked = questions(store)
        monkeypatch.setattr(gathering, "MOST_EVENTS", 3)
        with store.together(asked) as answer:
            assert answer == store.usage
        many = questions(store, [Window(0, tuple(f"a{k}" for k in range(NAMED + 1)), 0, 100)])
        assert not gathering.are_close(many)
        assert not gathering.are_close(asked[:1])
        assert not gathering.are_close([])
