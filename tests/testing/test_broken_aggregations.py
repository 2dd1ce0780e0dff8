"""Aggregation types that are broken in one way each, and the one law that finds it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.testing.finding import broken_laws
from tests.testing.obedient import Doubled, Folded
from usagebill_tui.domain.aggregation import AnyAggregation
from usagebill_tui.plugin import Batch, MeasuredPeriod
from usagebill_tui.testing import aggregation_laws


class Inexact(Doubled):
    def finish(self, values: Mapping[str, Decimal | None], params: Any) -> Any:
        return Decimal(0) if values["sum"] is None else float(values["sum"])


class NotANumber(Doubled):
    def finish(self, values: Mapping[str, Decimal | None], params: Any) -> Any:
        return Decimal(0) if values["sum"] is None else Decimal("NaN")


class FailsOnNothing(Doubled):
    def finish(self, values: Mapping[str, Decimal | None], params: Any) -> Any:
        total: Any = values["sum"]
        return 2 * total


class InfiniteFold(Folded):
    def finish(self, state: Any, params: Any) -> Any:
        return Decimal("Infinity") if state else Decimal(0)


class Remembering(Folded):
    orderless = False

    def __init__(self) -> None:
        self.biggest = Decimal(0)

    def finish(self, state: Any, params: Any) -> Any:
        self.biggest = max([self.biggest, *state])
        return self.biggest


class OneForAll(Folded):
    def __init__(self) -> None:
        self.totals: list[Decimal] = []
        self.starts = 0

    def start(self, period: MeasuredPeriod, params: Any) -> Any:
        self.starts += 1
        return self.totals if self.starts % 3 == 0 else []

    def step(self, state: Any, batch: Batch, params: Any) -> Any:
        state.extend(batch.numbers["value"])
        return state


class Sorting(Folded):
    def step(self, state: Any, batch: Batch, params: Any) -> Any:
        column: Any = batch.numbers["value"]
        if isinstance(column, list):
            column.sort()
        return [*state, *column]


class LastBatchOnly(Folded):
    def step(self, state: Any, batch: Batch, params: Any) -> Any:
        return [*batch.numbers["value"]]


class BatchCounting(Folded):
    def step(self, state: Any, batch: Batch, params: Any) -> Any:
        return [*state, *batch.numbers["value"], *([Decimal("0.5")] if state else [])]


class LosingTheLater(Folded):
    def merge(self, earlier: Any, later: Any, params: Any) -> Any:
        return earlier or later


class FailingToMerge(Folded):
    def merge(self, earlier: Any, later: Any, params: Any) -> Any:
        raise NotImplementedError


class LastCounts(Folded):
    def finish(self, state: Any, params: Any) -> Any:
        return state[-1] if state else None


class DigitCounting(Doubled):
    def finish(self, values: Mapping[str, Decimal | None], params: Any) -> Any:
        return Decimal(len(str(values["sum"])))


class Percent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    share: Decimal = Decimal(50)

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "share", self.share / 100)


class Shared(Doubled):
    parameters = Percent
    examples = ({"share": "20"},)


class Anything(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    places: Any = 2


class Untyped(Doubled):
    parameters = Anything
    examples = ({"places": "2"},)


class Picky(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    places: Decimal = Decimal(2)

    def __post_init__(self) -> None:
        if self.places < 0:
            raise ValueError("too small")


class Unnamed(Doubled):
    parameters = Picky


class Exploding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    places: Decimal = Decimal(2)

    def __post_init__(self) -> None:
        {Decimal(n): n for n in range(-1, 5)}[self.places]


class Dividing(Doubled):
    parameters = Exploding
    examples = ({"places": "3"},)


BROKEN: list[tuple[AnyAggregation, str, str]] = [
    (Inexact(), "exact decimals", "where an exact Decimal is due"),
    (NotANumber(), "exact decimals", "returned Decimal('NaN')"),
    (InfiniteFold(), "exact decimals", "returned Decimal('Infinity')"),
    (FailsOnNothing(), "empty input", "TypeError"),
    (Remembering(), "same answer again", "after other events"),
    (OneForAll(), "same answer again", "after other events"),
    (Sorting(), "columns are left as they are", "changes the batch"),
    (LastBatchOnly(), "batches make no difference", "instead of"),
    (BatchCounting(), "batches make no difference", "instead of"),
    (LosingTheLater(), "merging at any cut", "instead of"),
    (FailingToMerge(), "merging at any cut", "NotImplementedError"),
    (LastCounts(), "order does not matter", "instead of"),
    (DigitCounting(), "pushed down and folded alike", "plain Python"),
    (Shared(), "parameters round-trip", "'0.2'"),
    (Untyped(), "bad parameters are named", "places takes anything"),
    (Unnamed(), "bad parameters are named", "does not name places"),
    (Dividing(), "bad parameters are named", "KeyError"),
]

ALSO: dict[type, set[str]] = {LastCounts: {"pushed down and folded alike"}}
"""What else may catch one: a store hands out events that need no order in any, mostly in that of time."""


@pytest.mark.parametrize(
    ("broken", "law", "what"), BROKEN, ids=[type(broken).__name__ for broken, _, _ in BROKEN]
)
def test_each_is_caught_by_just_one_law(broken: AnyAggregation, law: str, what: str) -> None:
    caught = broken_laws(aggregation_laws(broken))
    found = caught.pop(law)
    assert caught.keys() <= ALSO.get(type(broken), set())
    assert what in found.what
    assert found.example


@pytest.mark.parametrize("obedient", [Doubled(), Folded()])
def test_what_they_were_before_is_lawful(obedient: AnyAggregation) -> None:
    assert broken_laws(aggregation_laws(obedient)) == {}


def test_every_law_finds_something() -> None:
    assert {law for _, law, _ in BROKEN} == {
        law.name for law in (*aggregation_laws(Doubled()), *aggregation_laws(Folded()))
    }
