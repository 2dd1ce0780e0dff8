"""The store's answers against a second, plain model of aggregation."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from hypothesis import given, settings

from tests.engines import every_event_store, examples
from tests.eventstore.inventing import Asked, World, worlds
from tests.eventstore.stores import deliver, question, temporary_any_store
from tests.model.conditions import matches
from tests.model.reference import Group, ModelEvent, Outcome, aggregate
from usagebill_tui.domain.aggregation import MeasuredPeriod
from usagebill_tui.domain.event import Event
from usagebill_tui.eventstore.types import Window

pytestmark = every_event_store

BEGINNING = -62_135_596_800_000_000


def full_period(key: int, start: int, end: int) -> tuple[int, int]:
    """Every other window is only a part of its period."""
    return (start - 3, end + 7) if key % 2 else (start, end)


def windows_of(asked: Asked) -> list[Window]:
    windows = []
    for key, (accounts, start, end) in enumerate(asked.spans):
        first, last = full_period(key, start, end)
        period = MeasuredPeriod(start=start, until=end, length=last - first)
        since = BEGINNING if asked.metric.recurring else start
        windows.append(Window(key, accounts, since, end, period))
    return windows


def heard(asked: Asked, events: Iterable[Event], accounts: tuple[str, ...]) -> list[ModelEvent]:
    return [
        ModelEvent(e.timestamp, e.source, e.id or "", e.properties)
        for e in events
        if e.metric == asked.metric.event_code and e.account in accounts
    ]


def expected_usage(asked: Asked, events: list[Event]) -> dict[tuple[int, Group], Outcome]:
    return {
        (key, group): outcome
        for key, (accounts, start, end) in enumerate(asked.spans)
        for group, outcome in aggregate(
            asked.metric,
            heard(asked, events, accounts),
            start,
            end,
            asked.group_by,
            full_period(key, start, end),
        ).items()
        if outcome[1] or outcome[2]
    }


@settings(max_examples=examples(9))
@given(worlds())
def test_usage_is_what_the_rules_say(world: World) -> None:
    with temporary_any_store() as store:
        for part in world.imports:
            deliver(store, part)
        for asked in world.questions:
            answers = store.usage(question(store, asked.metric, windows_of(asked), asked.group_by))
            found = {(a.key, a.group): (a.units, a.events, a.left_out) for a in answers}
            assert found == expected_usage(asked, world.events), asked
            order = [(a.key, [(part is not None, part or "") for part in a.group]) for a in answers]
            assert order == sorted(order)


@settings(max_examples=examples(4))
@given(worlds())
def test_questions_asked_together_or_window_by_window_have_the_same_answers(world: World) -> None:
    with temporary_any_store() as store:
        for part in world.imports:
            deliver(store, part)
        asked = [question(store, one.metric, windows_of(one), one.group_by) for one in world.questions]
        alone = [store.usage(one) for one in asked]
        with store.together(asked) as answer:
            assert [answer(one) for one in asked] == alone
        for one, answers in zip(asked, alone, strict=True):
            for window in one.windows:
                found = store.usage(msgspec.structs.replace(one, windows=[window]))
                assert found == [answer for answer in answers if answer.key == window.key], one


@settings(max_examples=examples(4))
@given(worlds())
def test_matching_events_and_their_amounts_come_in_the_order_that_matters(world: World) -> None:
    with temporary_any_store() as store:
        for part in world.imports:
            deliver(store, part)
        for asked in world.questions:
            asking = question(store, asked.metric, windows_of(asked))
            path = asked.metric.property or "n"
            wanted: set[tuple[int, str, str]] = set()
            amounts: dict[int, list[Decimal]] = {}
            for window in asking.windows:
                inside = [
                    e
                    for e in heard(asked, world.events, window.accounts)
                    if window.since <= e.timestamp < window.until and matches(asked.metric, e)
                ]
                wanted.update(e.order for e in inside)
                values = [e.value(path) for e in sorted(inside, key=lambda e: e.order)]
                numbers = [v.number for v in values if v is not None and v.number is not None]
                if numbers:
                    amounts[window.key] = numbers
            timed = store.amounts(asking, path)
            assert {key: [one.number for one in found] for key, found in timed.items()} == amounts, asked
            found = [(e.timestamp, e.source, e.id) for e in store.matching(asking)]
            assert found == sorted(wanted), asked
