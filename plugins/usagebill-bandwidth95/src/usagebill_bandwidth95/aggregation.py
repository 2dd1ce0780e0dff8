"""The aggregation type `bandwidth_95`: the rate that 95 percent of all 5-minute averages do not exceed."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from usagebill_tui.plugin import Batch, FoldAggregation, MeasuredPeriod, NearestRank

Unit = Literal["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "byte/s"]

_BITS: dict[Unit, int] = {"bit/s": 1, "kbit/s": 10**3, "Mbit/s": 10**6, "Gbit/s": 10**9, "byte/s": 8}
_BITS_PER_BYTE = 8
_SECOND = 1_000_000


class Bandwidth95Parameters(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The parameters of `bandwidth_95`; without any, it is what carriers call 95th percentile billing."""

    percentile: Annotated[
        Decimal,
        msgspec.Meta(
            title="Percentile",
            description="Percent of the averages that are not above the result",
            extra={"gt": 0, "le": 100},
        ),
    ] = Decimal(95)
    slot_seconds: Annotated[
        int,
        msgspec.Meta(
            title="Slot", description="Seconds that each average is over", extra={"ge": 1, "le": 86400}
        ),
    ] = 300
    unit: Annotated[
        Unit, msgspec.Meta(title="Unit", description="What the rate is told in; the property is in bytes")
    ] = "Mbit/s"
    idle_slots: Annotated[
        bool, msgspec.Meta(title="Idle slots", description="Whether slots without events count, as 0")
    ] = True

    def __post_init__(self) -> None:
        """Refuse a percentile that names no rank and a slot without length."""
        try:
            NearestRank("", self.percentile)
        except ValueError as error:
            raise ValueError(f"percentile: {error}") from None
        if self.slot_seconds < 1:
            raise ValueError(f"slot_seconds: must be at least 1, not {self.slot_seconds}")


class Traffic(msgspec.Struct):
    """The bytes of each slot that has any, slots counted from the period's start."""

    period: MeasuredPeriod
    slots: dict[int, Decimal]


class Bandwidth95(FoldAggregation):
    """The nearest-rank percentile of the average rates of all slots, from events that carry bytes.

    The slots begin at the period's start; the last one may be cut off by the period's end, and is averaged
    over its full length. Bytes before the period, which a metric that carries its state would count, do not.
    """

    name = "bandwidth_95"
    title = "95th percentile bandwidth"
    parameters = Bandwidth95Parameters
    orderless = True

    def start(self, period: MeasuredPeriod, params: Bandwidth95Parameters) -> Traffic:
        """Begin without traffic."""
        return Traffic(period, {})

    def step(self, state: Traffic, batch: Batch, params: Bandwidth95Parameters) -> Traffic:
        """Add each event's bytes to its slot."""
        slots, begin, width = state.slots, state.period.start, params.slot_seconds * _SECOND
        for timestamp, amount in zip(batch.timestamps, batch.numbers["value"], strict=True):
            if amount is not None and timestamp >= begin:
                slot = (timestamp - begin) // width
                slots[slot] = slots[slot] + amount if slot in slots else amount
        return state

    def merge(self, earlier: Traffic, later: Traffic, params: Bandwidth95Parameters) -> Traffic:
        """Add the bytes of one run to those of the other."""
        for slot, amount in later.slots.items():
            earlier.slots[slot] = earlier.slots.get(slot, Decimal(0)) + amount
        return earlier

    def finish(self, state: Traffic, params: Bandwidth95Parameters) -> Decimal | None:
        """Return the rate at the rank, None where there is no slot to rank."""
        idle = _idle(state, params.slot_seconds) if params.idle_slots else 0
        ranked = sorted(state.slots.values())
        count = len(ranked) + idle
        if not count:
            return None
        amount = _ranked(ranked, idle, NearestRank("", params.percentile).rank(count))
        return amount * _BITS_PER_BYTE / (params.slot_seconds * _BITS[params.unit])


def _idle(state: Traffic, slot_seconds: int) -> int:
    """Return how many slots of the period, up to where it is measured, had no events."""
    span = max(0, state.period.until - state.period.start)
    return max(0, -(-span // (slot_seconds * _SECOND)) - len(state.slots))


def _ranked(ranked: list[Decimal], idle: int, rank: int) -> Decimal:
    """Return the value at a rank, from 1, of ascending values with so many zeros among them."""
    below = sum(amount < 0 for amount in ranked)
    if rank <= below:
        return ranked[rank - 1]
    return Decimal(0) if rank <= below + idle else ranked[rank - 1 - idle]
