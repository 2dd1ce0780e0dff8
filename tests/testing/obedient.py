"""Things that hold to all laws, to break in one way each."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, BinaryIO, ClassVar

import msgspec

from usagebill_tui.plugin import (
    Aggregation,
    Batch,
    EventReader,
    FoldAggregation,
    Measure,
    MeasuredPeriod,
    PricedEvent,
    PricingModel,
    Record,
    Step,
    Sum,
)


class Doubled(Aggregation):
    """Twice the sum."""

    name = "doubled"
    title = "Doubled"

    def measures(self, path: str, params: Any) -> Mapping[str, Measure]:
        return {"sum": Sum(path)}

    def finish(self, values: Mapping[str, Decimal | None], params: Any) -> Decimal | None:
        return 2 * (values["sum"] or Decimal(0))


class Folded(FoldAggregation):
    """The sum, folded in any order."""

    name = "folded"
    title = "Folded"
    orderless = True

    def start(self, period: MeasuredPeriod, params: Any) -> Any:
        return []

    def step(self, state: Any, batch: Batch, params: Any) -> Any:
        return [*state, *batch.numbers["value"]]

    def merge(self, earlier: Any, later: Any, params: Any) -> Any:
        return earlier + later

    def finish(self, state: Any, params: Any) -> Decimal | None:
        return sum(state, Decimal(0))


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of `Flat` and of `Walked`."""

    above: Decimal = Decimal(37)
    amount: Decimal = Decimal("0.25")


class Flat(PricingModel):
    """An amount for each unit above some that are free."""

    name = "flat"
    title = "Flat"
    parameters: ClassVar[type[msgspec.Struct]] = Parameters
    examples: ClassVar[Sequence[Mapping[str, Any]]] = ({"above": "37", "amount": "0.25"},)

    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Sequence[Step]:
        paid = max(Decimal(0), units - params.above)
        return [
            Step(description="paid", quantity=paid, unit_amount=params.amount, amount=paid * params.amount)
        ]


class Walked(Flat):
    """An amount for each event."""

    name = "walked"
    title = "Walked"
    needs_events = True

    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Sequence[Step]:
        return [Step(description=f"{len(events)} events", amount=len(events) * params.amount)]


class Pairs(EventReader):
    """Lines of `key=value;key=value`, marked in the first line."""

    name = "pairs"
    endings: tuple[str, ...] = (".pairs",)
    cells = True
    examples: ClassVar[Sequence[Any]] = (
        b"#pairs 1\nid=e1;gb=1\nid=e2;gb=2.5\n",
        b"#pairs 2\nid=e1;gb=1\nnonsense\n" + b"id=e3;gb=7\n" * 30,
    )

    def recognises(self, start: bytes) -> bool:
        return start.startswith(b"#pairs")

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        for number, line in enumerate(stream, 1):
            text = line.decode(errors="replace").strip()
            if text and not text.startswith("#"):
                yield self.record(number, text)

    def record(self, number: int, text: str) -> Record:
        parts = [part.partition("=") for part in text.split(";")]
        if not all(mark for _, mark, _ in parts):
            return Record(number, text, None, "is no list of pairs")
        return Record(number, text, {key: value for key, _, value in parts})
