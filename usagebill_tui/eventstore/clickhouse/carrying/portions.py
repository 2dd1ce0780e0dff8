"""Portions of what a store holds: so many rows as are worked on at a time.

A portion is some batches' rows of one kind, or, of a batch that is larger than that, those whose identity
leaves one remainder: both can be told from the rows alone, wherever they lie.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.clickhouse.carrying.digests import Digests
from usagebill_tui.eventstore.clickhouse.sending import batch_column
from usagebill_tui.eventstore.parquet.totals import totals_of
from usagebill_tui.store.manifest import Segment, SegmentKind

MOST_ROWS, MOST_BATCHES = 1_000_000, 500
CARRIED: tuple[SegmentKind, ...] = ("events", "conflicts", "claims", "hides")
"""What is carried, in this order: what is hidden lies among the events. Keys are made anew."""


class Portion(NamedTuple):
    """Rows of one kind: of batches as a whole, or the `part`-th of `parts` of one."""

    kind: SegmentKind
    batches: tuple[int, ...]
    part: int = 0
    parts: int = 1

    def condition(self, batches: Collection[int] | None = None) -> str:
        """Return the SQL that tells its rows, or those of some of its batches, in any engine."""
        names = ", ".join(map(str, self.batches if batches is None else sorted(batches)))
        rest = f" AND identity % {self.parts:d} = {self.part:d}" if self.parts > 1 else ""
        return f"{batch_column(self.kind)} IN ({names}){rest}"


class Source(Protocol):
    """What is carried from."""

    listed: Sequence[Segment]

    def counts(self, kind: SegmentKind) -> Mapping[int, int]:
        """Return how many rows of a kind each batch brought."""

    def digests(self, portion: Portion) -> Digests:
        """Return what the rows of a portion say."""

    def rows(self, portion: Portion) -> str:
        """Return the SQL of a portion's rows, as the server has them."""


class Target(Protocol):
    """What is carried to."""

    def missing(self, portion: Portion, digests: Digests) -> set[int]:
        """Return the batches of which it has not just these rows; of those it then has none."""

    def put(self, portion: Portion, rows: str, digests: Digests) -> None:
        """Store rows, or raise StorageFailed where they do not come out the same."""

    def entries(self) -> list[Segment]:
        """Return the entries of all that it holds."""


def carried(
    source: Source, target: Target, clear: Callable[[], None], step: Callable[[str, int], None]
) -> list[Segment]:
    """Carry everything and return the entries of it."""
    for kind in CARRIED:
        done = 0
        for portion in cut(kind, source.counts(kind)):
            digests = source.digests(portion)
            missing = target.missing(portion, digests)
            if missing:
                rows = f"SELECT * FROM ({source.rows(portion)}) WHERE {portion.condition(missing)}"
                target.put(portion, rows, {batch: digests[batch] for batch in missing})
            clear()
            done += sum(one.rows for one in digests.values())
            step(kind, done)
    entries = target.entries()
    _check(source.listed, entries)
    return _hidden(source.listed, entries)


def cut(kind: SegmentKind, counts: Mapping[int, int]) -> Iterator[Portion]:
    """Yield the portions of a kind."""
    together: list[int] = []
    rows = 0
    for batch, count in sorted(counts.items()):
        if together and (rows + count > MOST_ROWS or len(together) == MOST_BATCHES):
            yield Portion(kind, tuple(together))
            together, rows = [], 0
        if count > MOST_ROWS:
            parts = -(-count // MOST_ROWS)
            for part in range(parts):
                yield Portion(kind, (batch,), part, parts)
        else:
            together.append(batch)
            rows += count
    if together:
        yield Portion(kind, tuple(together))


def _check(listed: Sequence[Segment], entries: Sequence[Segment]) -> None:
    """Raise StorageFailed where the entries do not add up to what was listed."""
    for kind in CARRIED:
        ours, theirs = ([one for one in many if one.kind == kind] for many in (listed, entries))
        if bool(ours) != bool(theirs) or (ours and totals_of(ours) != totals_of(theirs)):
            what = f"the {kind} there do not add up to those of the old workspace, which is as it was"
            raise StorageFailed(what, mend="run `usagebill verify`; move to another name")


def _hidden(listed: Sequence[Segment], entries: Sequence[Segment]) -> list[Segment]:
    """Return entries that say from where on events of whole batches stopped counting, as those listed do."""
    since = {one.batch: one.hidden_from for one in listed if one.kind == "events" and one.hidden_from}
    return [
        msgspec.structs.replace(one, hidden_from=since.get(one.batch)) if one.kind == "events" else one
        for one in entries
    ]
