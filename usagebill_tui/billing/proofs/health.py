"""Health: whether all that is stored is still what it was and agrees with itself."""

import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from usagebill_tui.billing.bookkeeping.health import ledger_faults
from usagebill_tui.billing.collecting import seldom_collecting
from usagebill_tui.billing.house import House
from usagebill_tui.billing.proofs.proving import unproven
from usagebill_tui.billing.proofs.settlement_health import settlement_faults
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.store.erasing import clear_remains, is_unfinished
from usagebill_tui.store.ledger import altered_documents, invoices
from usagebill_tui.store.manifest import Batch, batches, segments, snapshot
from usagebill_tui.store.merges import events_written

NUMBER_START = 1


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at: what, how it is, and how to mend it."""

    status: Literal["ok", "warning", "failed"]
    check: str
    detail: str
    mend: str = ""


@seldom_collecting()
def verify(house: House) -> list[Finding]:
    """Read everything again, against digests, counts, sums and checksums."""
    faults = [
        Finding(status="failed", check=f"segment {name}", detail=fault, mend="restore a backup")
        for name, fault in house.events.verify()
    ]
    with house.database.reading() as session:
        known = batches(session)
        listed = segments(session, ["events"], snapshot(session))
        written = events_written(session)
        every = invoices(session)
        altered = altered_documents(session)
        faults += [
            Finding(status="failed", check=what, detail=fault, mend="restore a backup")
            for what, fault in (*settlement_faults(session, every), *ledger_faults(session, every))
        ]
    found = [*faults, *_counts(known, written), *_documents(every, altered), *_numbers(every)]
    if not faults:
        found += _proofs(house, altered)
    rows = sum(segment.rows for segment in listed)
    summary = f"{len(listed):,} segments, {rows:,} events, {len(known):,} batches, {len(every):,} invoices"
    final = sum(invoice.status in {"final", "paid"} for invoice in every)
    proven = f"{summary} are as they were written"
    if final:
        again = final - sum(one.status == "warning" for one in found)
        proven += f"; {again:,} final ones recompute to the same bytes"
    if any(one.status == "failed" for one in found):
        return found
    return [*found, Finding(status="ok", check="store", detail=proven)]


def versions(house: House) -> list[Finding]:
    """Say what does the work."""
    engines = (house.database.engine_name, house.events.engine_name)
    detail = ", ".join([f"Python {sys.version.split()[0]}", *engines])
    return [Finding(status="ok", check="versions", detail=detail)]


def permissions(folder: Path) -> list[Finding]:
    """Return whether others may read the workspace's folder."""
    if sys.platform == "win32" or folder.stat().st_mode & 0o077 == 0:
        return [Finding(status="ok", check="permissions", detail=f"{folder} is its owner's only")]
    detail, mend = f"others may read {folder}", f"chmod 700 {folder}"
    return [Finding(status="warning", check="permissions", detail=detail, mend=mend)]


def database(house: House) -> list[Finding]:
    """Let the database check itself."""
    faults = house.database.faults()
    if not faults:
        return [Finding(status="ok", check="database", detail="the database is sound")]
    return [Finding(status="failed", check="database", detail=f, mend="restore a backup") for f in faults[:3]]


def leftovers(house: House, *, repair: bool) -> list[Finding]:
    """Look for files that interrupted imports left, and with `repair` remove them."""
    found = house.events.unlisted(remove=repair)
    with house.database.reading() as session:
        erasing = is_unfinished(session)
    if erasing and repair:
        clear_remains(house.database.engine)
    elif erasing:
        detail = "an erasure was interrupted when it was done: copies of what it erased may be left"
        mend = "usagebill doctor --repair clears them away"
        return [Finding(status="warning", check="leftovers", detail=detail, mend=mend)]
    if not found:
        return [Finding(status="ok", check="leftovers", detail="no interrupted import left anything")]
    names = ", ".join(path.name for path in found[:3]) + (" …" if len(found) > 3 else "")  # noqa: PLR2004 - some
    if repair:
        return [Finding(status="ok", check="leftovers", detail=f"removed {len(found)}: {names}")]
    mend = "usagebill doctor --repair removes them once no import is under way"
    return [Finding(status="warning", check="leftovers", detail=f"{len(found)} files: {names}", mend=mend)]


def _counts(known: Iterable[Batch], written: Mapping[int, int]) -> Iterator[Finding]:
    for batch in known:
        rows = written.get(batch.id, 0)
        counts = batch.counts
        parts = counts.accepted + counts.duplicates + counts.conflicts + counts.rejected
        if batch.kind == "import" and (counts.read != parts or rows < counts.accepted):
            detail = f"{counts.read:,} rows read, {parts:,} accounted for, {rows:,} stored"
            yield Finding(status="failed", check=f"batch {batch.id}", detail=detail, mend="restore a backup")


def _documents(every: Iterable[Invoice], altered: Iterable[str]) -> Iterator[Finding]:
    for name in altered:
        detail = "its document is not the one that its checksum was made of"
        yield Finding(status="failed", check=f"invoice {name}", detail=detail, mend="restore a backup")
    for invoice in every:
        if not _adds_up(invoice):
            name = f"invoice {invoice.number or invoice.id}"
            yield Finding(status="failed", check=name, detail="it does not add up", mend="report this")


def _adds_up(invoice: Invoice) -> bool:
    with exact_arithmetic():
        lines = sum(line.amount for line in invoice.lines)
        steps = all(sum(s.amount for s in line.steps) == line.amount for line in invoice.lines if line.steps)
        return steps and lines == invoice.subtotal and invoice.total == lines - invoice.discount + invoice.tax


def _proofs(house: House, altered: Collection[str]) -> Iterator[Finding]:
    """Compute final invoices again; what does not come out the same without a reason is a fault."""
    for one in unproven(house):
        name = one.invoice.number or one.invoice.id
        if name in altered:
            continue
        if one.excused:
            detail = f"not recomputable: {one.why}"
            yield Finding(status="warning", check=f"invoice {name}", detail=detail)
        else:
            detail = f"computed again, {one.why}"
            yield Finding(status="failed", check=f"invoice {name}", detail=detail, mend="report this")


def _numbers(every: Iterable[Invoice]) -> Iterator[Finding]:
    series: dict[str, list[int]] = defaultdict(list)
    for invoice in every:
        if invoice.number is not None:
            name, _, number = invoice.number.rpartition("-")
            series[name].append(int(number))
    for name, numbers in series.items():
        if sorted(numbers) != list(range(NUMBER_START, NUMBER_START + len(numbers))):
            yield Finding(
                status="failed", check=f"series {name}", detail="its numbers have a gap", mend="report this"
            )
