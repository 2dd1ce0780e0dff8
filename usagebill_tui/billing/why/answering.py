"""Asking every stage in turn, and saying in a sentence where the usage is."""

from collections.abc import Iterator, Sequence

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.why.charging import charges, differing, invoiced_stage, said_of, unrated
from usagebill_tui.billing.why.counting import (
    QUESTIONS,
    Judged,
    cells_lost,
    event_stages,
    judged,
)
from usagebill_tui.billing.why.files import conflicts_stage, look_at_files, read_stage, rejected_stage
from usagebill_tui.billing.why.naming import account_stage, metric_stage
from usagebill_tui.billing.why.result import Charged, Stage, StageName, Why, WhyRequest
from usagebill_tui.billing.why.subject import Subject, find_subject
from usagebill_tui.billing.why.timeline import Timeline
from usagebill_tui.billing.why.words import NOT_REACHED, counted
from usagebill_tui.domain.invoice import Span
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.zones import to_micros
from usagebill_tui.errors import NotFound
from usagebill_tui.eventstore.funnel import Cell, Census, Reads, Sieve, Tally
from usagebill_tui.eventstore.types import StoredEvent
from usagebill_tui.store.catalogue import load_catalogue

_SHOWN = 3
_OF_EVENTS = (*QUESTIONS, "invoiced")


def why(house: House, request: WhyRequest) -> Why:
    """Walk from the lines of files to an invoice's line, and tell what was lost on the way.

    Names that the catalogue does not know are answered as long as events or rejected rows carry them or
    something like them; NotFound is raised for others, WrongCall for times that make no sense.
    """
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
    subject = find_subject(catalogue, request, request.at or house.clock())
    snapshot = house.events.snapshot()
    tallies = house.events.funnel.tally(_census(subject, snapshot))
    stages = _first_stages(house, subject, tallies, snapshot)
    found: tuple[Charged, ...] = ()
    metric = subject.metric
    if metric is None or subject.customer is None or not stages[-1].passed:
        stages += _unreached(stages[-1].passed)
    else:
        found = charges(house, subject, metric, snapshot)
        stages += _last_stages(house, subject, metric, found, snapshot)
    return _answered(subject, snapshot, stages, found)


def events_behind(house: House, answer: Why, stage: str, limit: int | None = None) -> Iterator[StoredEvent]:
    """Yield the events that a stage from `property` on lost or set apart; of `invoiced`, those it was given.

    They come in time order. Of an earlier stage none are yielded: it counts by name, not event by event.
    """
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
    first, last = answer.period.start.isoformat(), answer.period.end.isoformat()
    request = WhyRequest(customer=answer.customer, metric=answer.metric, first=first, last=last)
    subject = find_subject(catalogue, request, answer.at)
    if subject.metric is None or stage not in _OF_EVENTS:
        return
    timeline = Timeline(subject, subject.metric)
    sieve = _sieve(house, subject, subject.metric, timeline, answer.snapshot)
    cells = house.events.funnel.cells(sieve)
    yield from house.events.funnel.events(sieve, cells_lost(judged(timeline, cells), stage), limit)


def _census(subject: Subject, snapshot: int) -> Census:
    inside = to_micros(subject.period.start), to_micros(subject.period.end)
    together = subject.known_names() - set(subject.names)
    return Census(snapshot=snapshot, inside=inside, together=sorted(together))


def _first_stages(house: House, subject: Subject, tallies: Sequence[Tally], snapshot: int) -> list[Stage]:
    def look(tally: Tally) -> StoredEvent | None:
        return house.events.funnel.first(tally.account or "", tally.metric or "", tally.first, snapshot)

    delivered = look_at_files(house, subject)
    stored = sum(tally.events for tally in tallies)
    stages = [read_stage(delivered)]
    stages.append(rejected_stage(delivered, stages[-1].passed))
    stages.append(conflicts_stage(house, subject, delivered, stages[-1].passed, stored))
    stages.append(account_stage(subject, tallies, stored, look))
    stages.append(metric_stage(subject, tallies, stages[-1].passed, look))
    _check_known(subject, stages)
    return stages


def _check_known(subject: Subject, stages: Sequence[Stage]) -> None:
    """Raise NotFound for names that are in no catalogue, no event and no rejected row."""
    _, rejected, _, account, metric = stages
    asked = subject.asked
    if subject.customer is None and not account.lost and not rejected.suspect:
        mend = suggestion(asked.customer, subject.catalogue.customers)
        raise NotFound(f"there is no customer {asked.customer!r}, and no event names one", mend=mend)
    if subject.metric is None and subject.customer is not None and not metric.suspect:
        mend = suggestion(asked.metric, subject.catalogue.metrics)
        raise NotFound(f"there is no metric {asked.metric!r}, and no event carries it", mend=mend)


def _last_stages(
    house: House, subject: Subject, metric: Metric, found: Sequence[Charged], snapshot: int
) -> list[Stage]:
    timeline = Timeline(subject, metric)
    sieve = _sieve(house, subject, metric, timeline, snapshot)
    funnel = house.events.funnel

    def look(cell: Cell) -> StoredEvent | None:
        first = msgspec.structs.replace(cell, last=cell.first)
        return next(funnel.events(msgspec.structs.replace(sieve, accounts=(cell.account,)), [first], 1), None)

    cells: list[Judged] = judged(timeline, funnel.cells(sieve))
    stages = event_stages(metric, cells, unrated(found), _words(subject, metric, found), look)
    return [*stages, invoiced_stage(subject, found, stages[-1].passed)]


def _words(subject: Subject, metric: Metric, found: Sequence[Charged]) -> dict[StageName, str]:
    """Say what it means to get past the stages of the contract."""
    words: dict[StageName, str] = {}
    if subject.contract is not None:
        one = subject.contract.subscription
        words["subscription"] = f"{one.id} since {one.start}" + (f" until {one.end}" if one.end else "")
        words["plan"] = f"{subject.contract.version.label} prices {metric.code}"
    if found:
        words["priced"] = "; ".join(said_of(one, dated=len(found) > 1) for one in found[-_SHOWN:])
    return words


def _sieve(house: House, subject: Subject, metric: Metric, timeline: Timeline, snapshot: int) -> Sieve:
    known = house.registry.aggregations.get(metric.aggregation)
    # Whether a property can be read does not matter where the plugin that would read it is gone.
    reads: Reads = "nothing" if known is None else known.reads
    return Sieve(metric=metric, reads=reads, accounts=subject.names, edges=timeline.edges, snapshot=snapshot)


def _unreached(entered: int) -> list[Stage]:
    questions = {**QUESTIONS, "invoiced": "Is it on an invoice?"}
    return [
        Stage(name=name, question=question, entered=entered, passed=entered, said=NOT_REACHED)
        for name, question in questions.items()
    ]


def _answered(subject: Subject, snapshot: int, stages: Sequence[Stage], found: Sequence[Charged]) -> Why:
    priced = next(stage for stage in stages if stage.name == "priced")
    findings = [f"{stage.name}: {_finding(stage)}" for stage in stages if _matters(stage)]
    told = [one for one in found if one.events or one.amount or differing(one)]
    findings += [said_of(one, dated=len(told) > 1) for one in told]
    findings += [note for one in found for note in one.notes]
    findings += _other_definitions(subject)
    return Why(
        customer=subject.asked.customer if subject.customer is None else subject.customer.id,
        metric=subject.asked.metric if subject.metric is None else subject.metric.code,
        accounts=subject.names,
        subscription=None if subject.contract is None else subject.contract.subscription.id,
        period=Span(subject.period.start, subject.period.end),
        at=subject.now,
        snapshot=snapshot,
        counted=priced.passed,
        answer=_sentence(stages, priced, found),
        findings=tuple(dict.fromkeys(findings)),
        stages=tuple(stages),
        charges=tuple(found),
    )


def _matters(stage: Stage) -> bool:
    return stage.suspect or (stage.verdict == "none" and stage.name != "invoiced")


def _finding(stage: Stage) -> str:
    return stage.said if stage.mend is None else f"{stage.said}; {stage.mend}"


def _sentence(stages: Sequence[Stage], priced: Stage, found: Sequence[Charged]) -> str:
    """Say whether there is usage, and if not, where it ends."""
    if not priced.passed:
        end = next((stage for stage in stages if stage.verdict == "none"), stages[0])
        return f"No usage: {end.said}"
    text = f"{counted(priced.passed, 'event')} count"
    text += "s" if priced.passed == 1 else ""
    told = [one for one in found if one.events or one.amount]
    if told:
        text += f": {'; '.join(said_of(one, dated=len(told) > 1) for one in told[-_SHOWN:])}"
    lost = sum(stage.suspected for stage in stages)
    return (
        text
        if not lost
        else f"{text}. {counted(lost, 'event')} of the period may be missing: see the findings"
    )


def _other_definitions(subject: Subject) -> Iterator[str]:
    """Yield what of the catalogue does not hold for this subscription."""
    today = None if subject.metric is None else subject.catalogue.metrics.get(subject.metric.code)
    if subject.contract is None or today is None or today == subject.metric:
        return
    label = subject.contract.version.label
    yield (
        f"{label} measures {today.code} by an earlier definition; move the subscription to the plan's next "
        "version to bill by today's"
    )
