"""Folds over the store: the same answers as measures, in order, in batches, each failure on its own."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from tests.engines import every_event_store, examples
from tests.eventstore.inventing import Asked, World, worlds
from tests.eventstore.stores import Store, any_store, deliver, event, question, temporary_any_store
from tests.eventstore.test_usage_against_reference import windows_of
from usagebill_tui.domain.aggregation import (
    AnyAggregation,
    Batch,
    FoldAggregation,
    MeasuredPeriod,
    NoParameters,
    Number,
    Text,
)
from usagebill_tui.domain.aggregation.evaluating import evaluate_all
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.origin import Origin
from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore import folding
from usagebill_tui.eventstore.types import Answer, Question, Window
from usagebill_tui.plugin.registry import builtin_registry

pytestmark = every_event_store

HOUR = 3_600_000_000


@pytest.fixture(name="store")
def empty_store(tmp_path: Any) -> Store:
    return any_store(tmp_path)


class Collected(msgspec.Struct):
    """What `Spelled` keeps."""

    period: MeasuredPeriod
    batches: list[Batch]


class Spelled(FoldAggregation):
    """A type that names measures, folded in plain Python."""

    name = "spelled"
    title = "Spelled out"

    def __init__(self, aggregation: AnyAggregation, metric: Metric, params: msgspec.Struct) -> None:
        self.aggregation = aggregation
        self.path = metric.property or ""
        self.told = metric.params.get("operation_property")
        self.own = params
        self.sizes: list[int] = []

    def needs(self, path: str, params: Any) -> Mapping[str, Number | Text]:
        columns: dict[str, Number | Text] = {}
        if self.path:
            columns |= {"own number": Number(self.path), "own text": Text(self.path)}
        if self.told is not None:
            columns["operation"] = Text(self.told)
        return columns

    def start(self, period: MeasuredPeriod, params: Any) -> Collected:
        return Collected(period, [])

    def step(self, state: Collected, batch: Batch, params: Any) -> Collected:
        self.sizes.append(len(batch))
        numbers = {self.path: batch.numbers["own number"]} if self.path else {}
        texts = {self.path: batch.texts["own text"]} if self.path else {}
        if self.told is not None:
            texts[self.told] = batch.texts["operation"]
        state.batches.append(Batch(batch.timestamps, numbers, texts))
        return state

    def merge(self, earlier: Collected, later: Collected, params: Any) -> Collected:
        return Collected(earlier.period, earlier.batches + later.batches)

    def finish(self, state: Any, params: Any) -> Decimal | None:
        return evaluate_all(self.aggregation, self.path, self.own, state.batches, state.period)


class Reading(Spelled):
    """`Spelled` of a type that reads text, or nothing."""

    reads = "text"


class Counting(Spelled):
    """`Spelled` of a type that reads nothing."""

    reads = "nothing"


def folded(pushed: Question) -> tuple[Question, Spelled]:
    kind = {"number": Spelled, "text": Reading, "nothing": Counting}[pushed.aggregation.reads]
    fold = kind(pushed.aggregation, pushed.metric, pushed.params)
    return msgspec.structs.replace(pushed, aggregation=fold), fold


@settings(max_examples=examples(5))
@given(worlds())
def test_a_fold_answers_as_the_measures_do(world: World) -> None:
    with temporary_any_store() as store, pytest.MonkeyPatch.context() as patched:
        patched.setattr(folding, "BATCH", 2)
        for part in world.imports:
            deliver(store, part)
        for asked in world.questions:
            check_folded(store, asked)


def check_folded(store: Store, asked: Asked) -> None:
    pushed = question(store, asked.metric, windows_of(asked), asked.group_by)
    asking, fold = folded(pushed)
    found = store.usage(asking)
    assert found == store.usage(pushed), asked
    assert all(0 < size <= 2 for size in fold.sizes)
    assert sum(fold.sizes) == sum(answer.events for answer in found)


class Listing(FoldAggregation):
    """How the events came: their values, one after the other, as digits of one number."""

    name = "listing"
    title = "Listing"
    origin = Origin("lister", "1.0", "lister.py")

    def start(self, period: MeasuredPeriod, params: Any) -> list[Decimal | None]:
        return []

    def step(self, state: list[Decimal | None], batch: Batch, params: Any) -> list[Decimal | None]:
        return [*state, *batch.numbers["value"]]

    def merge(self, earlier: Any, later: Any, params: Any) -> Any:
        return earlier + later

    def finish(self, state: Any, params: Any) -> Decimal | None:
        return Decimal("".join(map(str, state))) if state else None


def listed(
    store: Store,
    fold: FoldAggregation,
    *windows: Window,
    group_by: tuple[str, ...] = (),
) -> list[Answer]:
    metric = Metric(code="m", aggregation="sum", property="n", group_by=group_by)
    asked = question(store, metric, windows or (Window(0, ("a",), 0, 100),), group_by)
    return store.usage(msgspec.structs.replace(asked, aggregation=fold, params=NoParameters()))


def test_events_come_by_time_then_source_then_id(store: Store) -> None:
    deliver(store, [event("z", 5, n=4), event("b", 5, source="a", n=6), event("a", 5, source="b", n=7)])
    deliver(store, [event("late", 9, n=9), event("a", 5, n=3), event("early", 1, n=1), event("x", 2, n="?")])
    assert listed(store, Listing()) == [Answer(key=0, group=(), units=Decimal(134679), events=6, left_out=1)]


def test_each_group_and_window_is_folded_on_its_own(store: Store) -> None:
    deliver(store, [event(f"e{k}", k, n=k, g="odd" if k % 2 else None) for k in range(1, 8)])
    deliver(store, [event("b", 3, "b", n=8, g="odd"), event("c", 4, n="x", g="none")])
    windows = Window(7, ("a",), 0, 5), Window(3, ("a", "b"), 3, 100)
    found = {
        (a.key, a.group): (a.units, a.left_out) for a in listed(store, Listing(), *windows, group_by=("g",))
    }
    assert found == {
        (7, ("odd",)): (13, 0),
        (7, (None,)): (24, 0),
        (7, ("none",)): (None, 1),
        (3, ("odd",)): (8357, 0),
        (3, (None,)): (46, 0),
        (3, ("none",)): (None, 1),
    }


class Anyhow(Listing):
    """The sum in any order."""

    orderless = True

    def finish(self, state: Any, params: Any) -> Decimal | None:
        return sum(state, Decimal(0))


def test_a_fold_without_order_gets_every_event_once(store: Store) -> None:
    deliver(store, [event(f"e{k}", 99 - k, n=Decimal(k) / 8, g=str(k % 3)) for k in range(90)])
    found = listed(store, Anyhow(), group_by=("g",))
    assert [answer.units for answer in found] == [sum(range(g, 90, 3)) / Decimal(8) for g in range(3)]


class Told(Listing):
    """What the fold is told of the period."""

    def finish(self, state: Any, params: Any) -> Decimal | None:
        return self.seen

    def start(self, period: MeasuredPeriod, params: Any) -> list[Decimal | None]:
        self.period = period
        self.seen = Decimal(period.length)
        return []


def test_a_fold_is_told_its_period(store: Store) -> None:
    deliver(store, [event("e", 5, n=1)])
    fold = Told()
    period = MeasuredPeriod(start=3, until=8, length=HOUR, timezone="Asia/Kolkata")
    (answer,) = listed(store, fold, Window(0, ("a",), 0, 9, period))
    assert (fold.period, answer.units) == (period, Decimal(HOUR))
    listed(store, fold, Window(0, ("a",), 0, 9))
    assert fold.period == MeasuredPeriod(start=0, until=9, length=9)


def failing(method: str, does: Callable[..., Any]) -> FoldAggregation:
    kind: type[FoldAggregation] = type("Broken", (Listing,), {method: does})
    fold = kind()
    fold.origin = Listing.origin
    return fold


def raising(*_arguments: Any) -> Any:
    raise SystemExit("out\nof order")


def picky(_fold: Any, state: list[Decimal | None], batch: Batch, _params: Any) -> list[Decimal | None]:
    if Decimal(7) in batch.numbers["value"]:
        raise KeyError("seven")
    return [*state, *batch.numbers["value"]]


@pytest.mark.parametrize(
    ("method", "does", "why"),
    [
        ("start", raising, "failed to start (SystemExit: out of order)"),
        ("step", raising, "failed on a batch of events (SystemExit: out of order)"),
        ("finish", raising, "failed (SystemExit: out of order)"),
        ("finish", lambda *_: 1.5, "returned 1.5 where an exact Decimal is due"),
        ("finish", lambda *_: Decimal("NaN"), "returned Decimal('NaN') where an exact Decimal is due"),
        ("finish", lambda *_: 10**91 * Decimal(1), "returned a quantity beyond all reason"),
    ],
)
def test_what_a_fold_does_wrong_is_said_with_its_name(
    store: Store, method: str, does: Callable[..., Any], why: str
) -> None:
    deliver(store, [event("e", 5, n=1)])
    (answer,) = listed(store, failing(method, does))
    assert (answer.units, answer.events) == (None, 1)
    assert answer.failure is not None
    assert answer.failure.startswith(f"the aggregation type 'listing' of plugin lister 1.0 {why}")


def test_a_window_that_a_fold_fails_on_leaves_the_others_be(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "BATCH", 2)
    deliver(store, [event(f"{account}{n}", n, account, n=n) for account in "abc" for n in range(1, 6)])
    deliver(store, [event("seven", 3, "b", source="s", n=7)])
    windows = [Window(key, (account,), 0, 100) for key, account in enumerate("abc")]
    found = listed(store, failing("step", picky), *windows)
    assert [answer.units for answer in found] == [12345, None, 12345]
    assert [answer.failure is None for answer in found] == [True, False, True]
    assert "KeyError: 'seven'" in str(found[1].failure)


@pytest.mark.parametrize("needs", [{"value": "n"}, {7: Number("n")}])
def test_a_need_that_is_no_column_is_refused(store: Store, needs: Any) -> None:
    deliver(store, [event("e", 5, n=1)])
    with pytest.raises(InvalidInput, match="which is no column"):
        listed(store, failing("needs", lambda *_: needs))


def test_all_built_in_types_name_measures() -> None:
    assert not [a for a in builtin_registry().aggregations.values() if isinstance(a, FoldAggregation)]
