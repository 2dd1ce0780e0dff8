"""Folds: aggregation types for what the vocabulary of measures cannot say."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from usagebill_tui.domain.aggregation.period import MeasuredPeriod
from usagebill_tui.domain.aggregation.protocol import AggregationType


class Number(msgspec.Struct, frozen=True):
    """A property's number, or the number that its text spells; None where it has none."""

    property: str


class Text(msgspec.Struct, frozen=True):
    """A property as text; None where it is missing."""

    property: str


class Batch(msgspec.Struct, frozen=True):
    """Consecutive events as columns of one length; never empty.

    `timestamps` are in microseconds since 1970 UTC. `numbers` and `texts` hold what the fold needs, by the
    names that it gave. Columns may be tuples or lists, and are not to be changed.
    """

    timestamps: Sequence[int]
    numbers: Mapping[str, Sequence[Decimal | None]] = {}
    texts: Mapping[str, Sequence[str | None]] = {}

    def __len__(self) -> int:
        """Return how many events these are."""
        return len(self.timestamps)


class FoldAggregation(AggregationType):
    """An aggregation type that goes through the events, a batch after the other.

    The events of one customer and group come ordered by (timestamp, source, id); events whose own property
    is missing or unusable (see `reads`) are left out before. A fold that declares `orderless` takes them
    in any order, which is faster. A state is any value; `step` and `merge` may change and return the
    state that they are given. Decimals compute exactly within these methods, `/` to 200 digits.
    """

    orderless: ClassVar[bool] = False

    def needs(self, path: str, params: Any) -> Mapping[str, Number | Text]:
        """Name the columns that `step` reads; by default `value`, the metric's own property at `path`."""
        if self.reads == "nothing":
            return {}
        return {"value": Number(path) if self.reads == "number" else Text(path)}

    @abstractmethod
    def start(self, period: MeasuredPeriod, params: Any) -> Any:
        """Return the state before the first event."""

    @abstractmethod
    def step(self, state: Any, batch: Batch, params: Any) -> Any:
        """Return the state after some more events."""

    @abstractmethod
    def merge(self, earlier: Any, later: Any, params: Any) -> Any:
        """Return the state after two runs of events, both started with `start`."""

    @abstractmethod
    def finish(self, state: Any, params: Any) -> Decimal | None:
        """Make the quantity from the state after the last event; None means "no value"."""
