"""Bursts of duplicates: imports that brought unusually much of what was there already."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from usagebill_tui.billing.anomalies.anomaly import Anomaly
from usagebill_tui.billing.anomalies.judging import median
from usagebill_tui.billing.anomalies.thresholds import Thresholds
from usagebill_tui.domain.pricing.words import number
from usagebill_tui.domain.quantity import EXACT, divided, round_to
from usagebill_tui.store.manifest import Batch

_EARLIER = 20
_WHOLE = Decimal(100)


def bursts_of_duplicates(batches: Sequence[Batch], since: datetime, limits: Thresholds) -> Iterator[Anomaly]:
    """Yield the batches imported since, and not taken back, that are unlike the batches before them."""
    earlier: list[Decimal] = []
    for batch in batches:
        if batch.kind != "import" or batch.undone_by is not None or not batch.counts.read:
            continue
        share = divided(_WHOLE * batch.counts.duplicates, Decimal(batch.counts.read))
        usual = median(sorted(earlier[-_EARLIER:])) if earlier else Decimal(0)
        if batch.at >= since and _is_burst(batch, share, usual, limits):
            yield _anomaly(batch, share, usual, limits)
        earlier.append(share)


def _is_burst(batch: Batch, share: Decimal, usual: Decimal, limits: Thresholds) -> bool:
    enough = batch.counts.duplicates >= limits.duplicates and share >= limits.duplicate_percent
    return enough and share > EXACT.multiply(usual, limits.times)


def _anomaly(batch: Batch, share: Decimal, usual: Decimal, limits: Thresholds) -> Anomaly:
    counts = batch.counts
    most = max(EXACT.multiply(usual, limits.times), limits.duplicate_percent)
    files = batch.files[0].name + (f" and {len(batch.files) - 1} others" if len(batch.files) > 1 else "")
    return Anomaly(
        customer=None,
        metric=None,
        day=batch.at.date(),
        kind="burst of duplicates",
        seen=Decimal(counts.duplicates),
        usual_from=Decimal(0),
        usual_to=round_to(EXACT.multiply(divided(most, _WHOLE), Decimal(counts.read)), 0),
        reason=f"batch {batch.id} ({files}): {counts.duplicates:,} of {counts.read:,} rows "
        f"({number(round_to(share, 1))} %) were there already; usual is up to {number(round_to(most, 1))} %",
    )
