"""What segments hold together, by their manifest entries: a merge keeps it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.store.manifest import Segment, Sums


class Totals(NamedTuple):
    """Rows, first and last time in microseconds, and each property's count, bounds and sum."""

    rows: int
    first_at: int
    last_at: int
    sums: Mapping[str, Sums]


def totals_of(segments: Iterable[Segment]) -> Totals:
    """Add up what the entries of at least one segment say."""
    listed = list(segments)
    sums: dict[str, Sums] = {}
    with exact_arithmetic():
        for segment in listed:
            for name, one in segment.sums.items():
                sums[name] = _plus(sums[name], one) if name in sums else one
    return Totals(
        sum(segment.rows for segment in listed),
        min(segment.first_at for segment in listed),
        max(segment.last_at for segment in listed),
        sums,
    )


def _plus(one: Sums, other: Sums) -> Sums:
    return Sums(
        one.count + other.count,
        plain(min(Decimal(one.least), Decimal(other.least))),
        plain(max(Decimal(one.greatest), Decimal(other.greatest))),
        plain(Decimal(one.total) + Decimal(other.total)),
    )
