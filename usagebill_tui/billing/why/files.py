"""The first stages: from the lines of files to events, each counted once."""

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.why.result import Example, Reason, Stage
from usagebill_tui.billing.why.subject import Subject
from usagebill_tui.billing.why.words import counted
from usagebill_tui.store.manifest import Batch, batches
from usagebill_tui.store.rejected import Mentions, mentions

_MEND_REJECTED = "`usagebill rejects {batch} --out FILE` writes them to be mended and imported again"
_MEND_CONFLICT = (
    "`usagebill batches` lists the imports; import the right file again with --on-conflict replace"
)


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """All that was imported, and what of it speaks of the subject."""

    batches: tuple[Batch, ...]
    mentions: Mentions

    @property
    def active(self) -> list[Batch]:
        """Return the imports that were not taken back."""
        return [batch for batch in self.batches if batch.kind == "import" and batch.undone_by is None]


def look_at_files(house: House, subject: Subject) -> Delivered:
    """Read what was imported, and the rejected rows that name the customer or the metric."""
    code = subject.asked.metric if subject.metric is None else subject.metric.event_code
    with house.database.reading() as session:
        return Delivered(
            batches=tuple(batches(session)), mentions=mentions(session, list(subject.names), [code])
        )


def read_stage(delivered: Delivered) -> Stage:
    """Tell how many lines were read, and how many of them were taken back."""
    imports = [batch for batch in delivered.batches if batch.kind == "import"]
    read = sum(batch.counts.read for batch in imports)
    undone = [batch for batch in imports if batch.undone_by is not None]
    lost = sum(batch.counts.read for batch in undone)
    said = f"{counted(read, 'line')} in {counted(len(imports), 'import')}"
    if undone:
        names = ", ".join(str(batch.id) for batch in undone[:5])
        said += f"; {counted(lost, 'line')} taken back with batch {names}"
    return Stage(
        name="read",
        question="Were lines read, and not taken back?",
        entered=read,
        passed=read - lost,
        lost=lost,
        said=said,
        reasons=tuple(
            Reason(what=f"batch {batch.id} was taken back", events=batch.counts.read) for batch in undone
        ),
        mend="`usagebill import FILE` brings events in" if read == lost else None,
    )


def rejected_stage(delivered: Delivered, entered: int) -> Stage:
    """Tell how many lines could not be events, and which of them speak of the subject."""
    lost = sum(batch.counts.rejected for batch in delivered.active)
    found = delivered.mentions
    more = "at least " if found.more else ""
    named = found.of_account + found.of_metric
    said = f"{counted(lost, 'line')} rejected"
    if lost:
        said += f", {more}{found.of_account:,} with the customer's name"
    if found.of_metric:
        said += f", {more}{found.of_metric:,} with the metric's alone"
    example = found.example
    return Stage(
        name="rejected",
        question="Could every line be read as an event?",
        entered=entered,
        passed=entered - lost,
        lost=lost,
        said=said,
        reasons=_named_and_others(named, lost - named) if named else (),
        example=None
        if example is None
        else Example(
            batch=example.batch,
            file=example.file,
            line=example.line,
            value=f"{example.reason}: {example.raw[:200]}",
        ),
        mend=_MEND_REJECTED.format(batch=example.batch) if example is not None else None,
        suspect=found.of_account > 0,
    )


def _named_and_others(named: int, others: int) -> tuple[Reason, ...]:
    reasons = (Reason(what="named here", events=named), Reason(what="of others", events=others))
    return tuple(reason for reason in reasons if reason.events > 0)


def conflicts_stage(house: House, subject: Subject, delivered: Delivered, entered: int, stored: int) -> Stage:
    """Tell how many deliveries did not count: the same event again, or another content under its name."""
    repeated = entered - stored
    lost = min(repeated, sum(batch.counts.conflicts for batch in delivered.active))
    code = subject.asked.metric if subject.metric is None else subject.metric.event_code
    ours = house.events.funnel.disputed(subject.names, code) if lost else None
    said = f"{counted(repeated - lost, 'duplicate')}, {counted(lost, 'conflict')}"
    example = None
    if ours is not None and ours.example is not None:
        said += f"; {ours.events:,} of the conflicts are about this usage"
        event = ours.example
        label = f"{event.source}/{event.id}" if event.source else event.id
        example = Example(
            batch=event.batch, event=event, value=f"{label} was delivered before with other content"
        )
    return Stage(
        name="conflicts",
        question="Did every delivery count?",
        entered=entered,
        passed=stored,
        apart=repeated - lost,
        lost=lost,
        said=said,
        reasons=_repeated(repeated - lost, lost),
        example=example,
        mend=_MEND_CONFLICT if example is not None else None,
        suspect=example is not None,
    )


def _repeated(duplicates: int, conflicts: int) -> tuple[Reason, ...]:
    reasons = []
    if duplicates:
        reasons.append(Reason(what="delivered again, counted once", events=duplicates, apart=True))
    if conflicts:
        reasons.append(Reason(what="other content under the same identity", events=conflicts))
    return tuple(reasons)
