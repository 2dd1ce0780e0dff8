"""The stages of single events: property, filters, period, subscription, plan, price."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import msgspec

from usagebill_tui.billing.why.result import Example, Reason, Stage, StageName
from usagebill_tui.billing.why.timeline import Fate, Timeline
from usagebill_tui.billing.why.words import (
    NOT_REACHED,
    alike,
    condition_paths,
    counted,
    instant,
    property_words,
)
from usagebill_tui.domain.metric import Metric
from usagebill_tui.eventstore.funnel import Cell
from usagebill_tui.eventstore.types import StoredEvent

Look = Callable[[Cell], StoredEvent | None]
"""Finds the first event that a cell counted."""

QUESTIONS: dict[StageName, str] = {
    "property": "Is the property there, and a number where one is needed?",
    "filters": "Do the metric's filters and exclusions let it count?",
    "period": "Does it lie in the period?",
    "subscription": "Was a subscription active then?",
    "plan": "Is there a product for the metric on the plan?",
    "priced": "Was it priced?",
}


class Judged(msgspec.Struct, frozen=True):
    """A cell and what becomes of its events."""

    cell: Cell
    fate: Fate
    inside: bool


def judged(timeline: Timeline, cells: Sequence[Cell]) -> list[Judged]:
    """Return each cell with its fate."""
    return [Judged(cell, timeline.fate(cell), timeline.inside(cell)) for cell in cells]


def event_stages(
    metric: Metric,
    found: Sequence[Judged],
    unrated: Mapping[str, str],
    words: Mapping[StageName, str],
    look: Look,
) -> list[Stage]:
    """Return the stages from property to price; `words` say what passing one means.

    `unrated` says of subscriptions why they cannot be priced.
    """
    entered = sum(one.cell.events for one in found)
    stages = []
    for name in QUESTIONS:
        stage = _stage(metric, name, entered, [_rated(one, unrated) for one in found], look)
        if name in words and stage.passed and not stage.lost:
            stage = msgspec.structs.replace(stage, said=words[name])
        stages.append(stage)
        entered = stages[-1].passed
    return stages


def cells_lost(found: Sequence[Judged], stage: str) -> list[Cell]:
    """Return the cells whose events a stage lost or set apart; of the last one, those it counted."""
    if stage == "invoiced":
        return [one.cell for one in found if one.fate.outcome == "counted"]
    return [one.cell for one in found if one.fate.stage == stage and one.fate.outcome != "counted"]


def _rated(one: Judged, unrated: Mapping[str, str]) -> Judged:
    why = unrated.get(one.fate.subscription or "")
    if one.fate.outcome != "counted" or why is None:
        return one
    fate = msgspec.structs.replace(one.fate, outcome="lost", reason=f"not rated: {why}")
    return msgspec.structs.replace(one, fate=fate)


def _stage(metric: Metric, name: StageName, entered: int, found: Sequence[Judged], look: Look) -> Stage:
    ending = [one for one in found if one.fate.stage == name and one.fate.outcome != "counted"]
    lost = [one for one in ending if one.fate.outcome == "lost"]
    gone, apart = _events(lost), _events(ending) - _events(lost)
    worst = _worst(lost)
    event = None if worst is None else look(worst.cell)
    passed = entered - gone - apart
    stage = Stage(
        name=name,
        question=QUESTIONS[name],
        entered=entered,
        passed=passed,
        apart=apart,
        lost=gone,
        in_period=_events([one for one in lost if one.inside]),
        said=f"{counted(passed, 'event')} passed" if entered else NOT_REACHED,
        reasons=_reasons(ending),
        suspect=any(one.inside for one in lost),
        suspected=_events([one for one in lost if one.inside]),
    )
    if worst is not None and event is not None:
        value = _offending(metric, worst, event)
        example = Example(batch=event.batch, event=event, value=value)
        mend = _mend(metric, worst, event)
        stage = msgspec.structs.replace(stage, example=example, mend=mend)
    return _worded(stage, found)


def _worded(stage: Stage, found: Sequence[Judged]) -> Stage:
    if stage.name == "period" and stage.entered:
        return _where_usage_lies(stage, found)
    if not stage.lost:
        return stage
    (first, *others) = [reason for reason in stage.reasons if not reason.apart]
    said = f"{counted(first.events, 'event')}: {first.what}"
    if others:
        said += f"; {counted(sum(one.events for one in others), 'event')} for other reasons"
    return msgspec.structs.replace(stage, said=said)


def _where_usage_lies(stage: Stage, found: Sequence[Judged]) -> Stage:
    """Say of the events outside the period when they were."""
    outside = [one.cell for one in found if one.fate.stage == "period"]
    said = f"{counted(stage.passed, 'event')} in the period"
    if not outside:
        return msgspec.structs.replace(stage, said=said)
    first, last = min(cell.first for cell in outside), max(cell.last for cell in outside)
    parts = [f"{reason.events:,} {reason.what}" for reason in stage.reasons]
    said += f"; {', '.join(parts)}: from {instant(first)} to {instant(last)}"
    mend = None
    if not stage.passed:
        mend = f"look there: --from {instant(first)[:10]}; or check time zone and unit of the timestamps"
    if any(reason.what.endswith("later than now") for reason in stage.reasons):
        mend = "check time zone and unit of the timestamps: some lie in the future"
    return msgspec.structs.replace(stage, said=said, mend=mend)


def _reasons(ending: Sequence[Judged]) -> tuple[Reason, ...]:
    """Return what was lost, the most in the period first, then what was set apart, in time order."""

    def key(one: Judged) -> tuple[bool, str]:
        return one.fate.outcome == "apart", one.fate.reason

    reasons = []
    for (apart, what), members in groupby(sorted(ending, key=key), key):
        alike_ones = list(members)
        inside = _events([one for one in alike_ones if one.inside])
        first = min(one.cell.first for one in alike_ones)
        reason = Reason(what=what, events=_events(alike_ones), in_period=inside, apart=apart)
        reasons.append((apart, first if apart else -inside, -reason.events, what, reason))
    return tuple(row[-1] for row in sorted(reasons, key=lambda row: row[:4]))


def _worst(lost: Sequence[Judged]) -> Judged | None:
    """Return the cell to take an example from: of the reason that lost the most, in the period if any did."""
    if not lost:
        return None
    what = _reasons(lost)[0].what
    return min(
        (one for one in lost if one.fate.reason == what), key=lambda one: (not one.inside, one.cell.first)
    )


def _offending(metric: Metric, worst: Judged, event: StoredEvent) -> str:
    if worst.fate.stage == "property" and metric.property is not None:
        return property_words(event, metric.property)
    if worst.fate.stage == "filters" and worst.cell.unmet is not None:
        return ", ".join(property_words(event, path) for path in condition_paths(metric, worst.cell.unmet))
    if worst.fate.stage == "plan":
        return f"account {event.account!r}, {worst.fate.reason}"
    return instant(event.timestamp)


def _mend(metric: Metric, worst: Judged, event: StoredEvent) -> str:
    match worst.fate.stage:
        case "property":
            return _property_mend(metric, worst.cell, event)
        case "filters":
            return (
                f"if it should count: change the filters of metric {metric.code!r}, or the events' properties"
            )
        case "subscription":
            return (
                "move the start or end of the subscription, or add one for that time, in the catalogue file"
            )
        case "plan" if "names neither" in worst.fate.reason:
            return "let events name the subscription: its id or an alias, in their account"
        case "plan":
            return f"add a product for {metric.code!r} to the plan, and move the subscription to that version"
        case _:
            return _pricing_mend(worst)


def _pricing_mend(worst: Judged) -> str:
    if worst.fate.reason.startswith("not rated"):
        return "`usagebill plugins list` shows what is loaded; `usagebill catalog lint` checks the price"
    return "nothing is wrong: `trial_days` of the plan makes it free"


def _property_mend(metric: Metric, cell: Cell, event: StoredEvent) -> str:
    if cell.found == "unusable":
        return "mend the values in the file and import it again with --on-conflict replace"
    near = alike(metric.property or "", event.properties)
    if near:
        return f"let metric {metric.code!r} read {near[0]!r}, which the events carry (`property = ...`)"
    carried = ", ".join(sorted(event.properties)[:5]) or "none"
    return f"set the metric's `property` to one that the events carry ({carried}), or deliver it"


def _events(found: Sequence[Judged]) -> int:
    return sum(one.cell.events for one in found)
