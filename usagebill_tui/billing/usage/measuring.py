"""Usage of many customers at once: like questions go to the event store together."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.domain.aggregation import AnyAggregation, MeasuredPeriod
from usagebill_tui.domain.aggregation.verified import value_of_nothing
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.narrowing import Conditions
from usagebill_tui.domain.origin import contained
from usagebill_tui.domain.periods import Period
from usagebill_tui.domain.pricing import PricedEvent, PricingModel
from usagebill_tui.domain.usage import Usage
from usagebill_tui.domain.zones import to_micros, zone
from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.types import Answer, Question, Timed, Window


class Share(msgspec.Struct, frozen=True):
    """Which of the events of the `whole` metric an ask's own one counts, where others count the rest.

    Of each event it is the first of `parts` whose conditions it fulfils; `place` is the ask's, and the number
    of parts where it counts those that fulfil none. All shares of a whole are measured together.
    """

    whole: Metric
    parts: tuple[Conditions, ...]
    place: int

    @property
    def label(self) -> str | None:
        """Return what an event store calls it."""
        return str(self.place) if self.place < len(self.parts) else None


class Ask(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One metric for one customer over one period.

    `state_since` is where a recurring metric's state begins (None: with the first event). `amounts_of` is
    the property whose values are wanted in time order, for pricing models that walk the events. `full` is the
    full period where `period` is only a part of it, `held_until` the moment, if it is earlier than the
    period's end, up to which levels are held. `timezone` is the customer's. `only` are the texts of the one
    group that is meant, where not all are. `share` says the same as the metric's conditions, where others
    are asked for as well.
    """

    customer: str
    metric: Metric
    accounts: tuple[str, ...]
    period: Period
    full: Period | None = None
    held_until: datetime | None = None
    timezone: str
    state_since: int | None = None
    group_by: tuple[str, ...] = ()
    only: Mapping[str, str | None] = {}
    amounts_of: str | None = None
    share: Share | None = None


Walked = tuple[PricedEvent, ...]
"""Events' amounts in time order."""


class Measured(msgspec.Struct, frozen=True, gc=False):
    """The usage of an ask, one for each group that has events, and, if wanted, the events' amounts."""

    usage: tuple[Usage, ...]
    walked: tuple[Walked, ...] = ()

    @property
    def amounts(self) -> Walked:
        """Return the events' amounts of the first group, the only one of an ask without groups."""
        return self.walked[0] if self.walked else ()

    def each(self) -> Iterator[tuple[Usage, Walked]]:
        """Yield the usage of each group with its events' amounts."""
        yield from zip(self.usage, self.walked or ((),) * len(self.usage), strict=True)


def measure(house: House, asks: Sequence[Ask], snapshot: int) -> list[Measured]:
    """Return the usage of each ask, in the order of the asks; what a plugin fails on says so in its usage."""
    usages = _all_usages(house, asks, snapshot)
    walked: dict[int, tuple[Walked, ...]] = {}
    if all(ask.amounts_of is None for ask in asks):
        return [Measured(usages[place]) for place in range(len(asks))]
    for places in alike(asks, lambda ask: (ask.metric, ask.group_by, ask.only, ask.amounts_of)):
        path = asks[places[0]].amounts_of
        told = [place for place in places if not any(usage.failure for usage in usages[place])]
        if path is not None and told:
            windows = [window_of(place, asks[place]) for place in told]
            question = question_of(house, asks[told[0]], windows, snapshot)
            found = house.events.amounts(question, path)
            walked |= {place: _walked(asks[place], usages[place], found.get(place, ())) for place in told}
    return [Measured(usages[place], walked.get(place, ())) for place in range(len(asks))]


class _Asked(msgspec.Struct, frozen=True):
    """A question that several asks have in common, and the key of each one's window."""

    question: Question
    keys: Mapping[int, int]


def _all_usages(house: House, asks: Sequence[Ask], snapshot: int) -> dict[int, tuple[Usage, ...]]:
    """Return the usage of each ask by its place."""
    usages: dict[int, tuple[Usage, ...]] = {}
    asked: list[_Asked] = []
    for places in alike(asks, _measured_together):
        try:
            asked.append(_asked(house, asks, places, snapshot))
        except InvalidInput as error:
            usages |= {place: (_failed(asks[place], str(error)),) for place in places}
    with house.events.together([one.question for one in asked]) as answer:
        for one in asked:
            try:
                usages |= _usages(asks, one, answer(one.question))
            except InvalidInput as error:
                usages |= {place: (_failed(asks[place], str(error)),) for place in one.keys}
    return usages


def _walked(ask: Ask, usages: Iterable[Usage], found: Iterable[Timed]) -> tuple[Walked, ...]:
    """Return the events for a pricing model, group by group, their times in the customer's zone."""
    local = zone(ask.timezone)
    groups: dict[tuple[str | None, ...], list[PricedEvent]] = defaultdict(list)
    for at, number, group in found:
        groups[group].append(PricedEvent(number, at.astimezone(local)))
    return tuple(tuple(groups[tuple((usage.group or {}).values())]) for usage in usages)


def needed_amounts(model: PricingModel, params: msgspec.Struct, metric: Metric) -> str | None:
    """Return the property whose single values a pricing model needs, None for models that need none."""
    if not model.needs_events:
        return None
    with contained("pricing model", model, "failed to name the property of single events"):
        return model.event_property(params, metric.property)


def parameters_of(aggregation: AnyAggregation, metric: Metric) -> msgspec.Struct:
    """Return a metric's parameters in its aggregation type's own form."""
    try:
        return msgspec.convert(metric.params, aggregation.parameters, strict=False)
    except msgspec.ValidationError as error:
        where = f"parameters of metric {metric.code}"
        mend = f"bring the metric to what the aggregation type {aggregation.name!r} takes now"
        raise InvalidInput(str(error), where=where, mend=mend) from error


def alike(asks: Sequence[Ask], aspect: Callable[[Ask], tuple[object, ...]]) -> Iterable[list[int]]:
    """Return the places of asks that can share a question: those whose aspects, parts of them, are equal."""
    groups: dict[bytes, list[int]] = defaultdict(list)
    # Thousands of asks hold the very same metric: what is one object is put into words once.
    known: dict[tuple[int, ...], bytes] = {}
    for place, ask in enumerate(asks):
        parts = aspect(ask)
        same = tuple(map(id, parts))
        words = known.get(same)
        if words is None:
            words = known[same] = msgspec.json.encode(parts, order="deterministic")
        groups[words].append(place)
    return groups.values()


def _asked(house: House, asks: Sequence[Ask], places: Sequence[int], snapshot: int) -> _Asked:
    windows: dict[Window, int] = {}
    keys = {place: windows.setdefault(window_of(0, asks[place]), len(windows)) for place in places}
    numbered = [msgspec.structs.replace(window, key=key) for window, key in windows.items()]
    return _Asked(question_of(house, asks[places[0]], numbered, snapshot, shared=True), keys)


def _usages(asks: Sequence[Ask], asked: _Asked, answered: Iterable[Answer]) -> dict[int, tuple[Usage, ...]]:
    question = asked.question
    answers: dict[tuple[int, str | None], list[Answer]] = defaultdict(list)
    for answer in answered:
        label = answer.group[-1] if question.parts else None
        answers[answer.key, label].append(answer)
    usages = {}
    for place, key in asked.keys.items():
        ask = asks[place]
        label = None if ask.share is None else ask.share.label
        found = answers.get((key, label)) or ([] if ask.group_by else [answer_of_nothing(question, ask)])
        usages[place] = tuple(_usage(ask, answer) for answer in found)
    return usages


def _measured_together(ask: Ask) -> tuple[object, ...]:
    """Return what asks have in common that one question answers."""
    if ask.share is None:
        return ask.metric, None, ask.group_by, ask.only
    return ask.share.whole, ask.share.parts, ask.group_by, ask.only


def _usage(ask: Ask, answer: Answer) -> Usage:
    units = answer.units
    if units is not None and ask.metric.rounding is not None:
        units = ask.metric.rounding.apply(units)
    return Usage(
        customer=ask.customer,
        metric=ask.metric.code,
        start=ask.period.start,
        end=ask.period.end,
        units=units,
        events=answer.events,
        left_out=answer.left_out,
        group=dict(zip(ask.group_by, answer.group[: len(ask.group_by)], strict=True))
        if ask.group_by
        else None,
        failure=answer.failure,
    )


def _failed(ask: Ask, why: str) -> Usage:
    nothing = Answer(key=-1, group=(None,) * len(ask.group_by), units=None, events=0, left_out=0, failure=why)
    return _usage(ask, nothing)


def usage_of_nothing(house: House, ask: Ask) -> Usage:
    """Return the usage of an ask without any events, in no group."""
    whole = msgspec.structs.replace(ask, group_by=())
    return _usage(whole, answer_of_nothing(question_of(house, whole, [window_of(0, whole)], 0), whole))


def answer_of_nothing(question: Question, ask: Ask) -> Answer:
    """Return the answer of a window without events."""
    units, why = None, None
    try:
        path = question.metric.property or ""
        units = value_of_nothing(question.aggregation, path, question.params, _measured_period(ask))
    except InvalidInput as error:
        why = str(error)
    return Answer(key=-1, group=(), units=units, events=0, left_out=0, failure=why)


def question_of(
    house: House, ask: Ask, windows: Sequence[Window], snapshot: int, *, shared: bool = False
) -> Question:
    """Return what asks like this one ask of the event store; `shared`, for all parts of a whole together."""
    share = ask.share if shared else None
    aggregation = house.registry.aggregation(ask.metric.aggregation)
    return Question(
        metric=ask.metric if share is None else share.whole,
        aggregation=aggregation,
        params=parameters_of(aggregation, ask.metric),
        windows=windows,
        group_by=ask.group_by,
        only=ask.only,
        parts=() if share is None else share.parts,
        snapshot=snapshot,
    )


def window_of(place: int, ask: Ask) -> Window:
    """Return the span that an ask is about, with this key."""
    since = to_micros(ask.period.start)
    if ask.metric.recurring:
        since = _BEGINNING if ask.state_since is None else min(since, ask.state_since)
    return Window(place, ask.accounts, since, to_micros(ask.period.end), _measured_period(ask))


def _measured_period(ask: Ask) -> MeasuredPeriod:
    return _measured(ask.period, ask.full or ask.period, ask.held_until, ask.timezone)


@lru_cache(maxsize=10_000)  # thousands of customers share zones and periods
def _measured(period: Period, full: Period, held_until: datetime | None, timezone: str) -> MeasuredPeriod:
    end = to_micros(period.end)
    return MeasuredPeriod(
        start=to_micros(period.start),
        until=end if held_until is None else min(end, to_micros(held_until)),
        length=to_micros(full.end) - to_micros(full.start),
        timezone=zone(timezone).key,
    )


_BEGINNING = -62_135_596_800_000_000
"""The first instant of the year 1, in microseconds since 1970 UTC."""
