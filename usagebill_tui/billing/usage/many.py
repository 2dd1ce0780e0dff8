"""The same usage of thousands at once: windows go to the event store, and values come back."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.measuring import Ask, alike, answer_of_nothing, question_of, window_of
from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.types import Answer, Window

Units = Decimal | InvalidInput | None
"""A value before usage rounding, None for no value, or why it is unknown."""


class Many(msgspec.Struct, frozen=True):
    """An ask of many: `ask` names nobody, `names` are the accounts of each.

    It has no groups, is no share of a whole and wants no single events' amounts.
    """

    ask: Ask
    names: Sequence[tuple[str, ...]]


def measure_many(house: House, many: Sequence[Many], snapshot: int) -> list[list[Units]]:
    """Return what each ask comes to for everybody it names, in their order."""
    found: dict[int, list[Units]] = {}
    for places in alike([one.ask for one in many], lambda ask: (ask.metric,)):
        some = [many[place] for place in places]
        try:
            values = _measured(house, some, snapshot)
        except InvalidInput as error:
            values = [[error] * len(one.names) for one in some]
        found |= zip(places, values, strict=True)
    return [found[place] for place in range(len(many))]


def _measured(house: House, many: Sequence[Many], snapshot: int) -> list[list[Units]]:
    """Return the values of asks of one metric, by one question."""
    windows: list[Window] = []
    for one in many:
        like = window_of(0, one.ask)
        windows += [
            Window(key, accounts, like.since, like.until, like.period)
            for key, accounts in enumerate(one.names, len(windows))
        ]
    question = question_of(house, many[0].ask, windows, snapshot)
    values = [
        value for one in many for value in [_value(answer_of_nothing(question, one.ask))] * len(one.names)
    ]
    for answer in house.events.usage(question):
        values[answer.key] = answer.units if answer.failure is None else InvalidInput(answer.failure)
    cut = iter(values)
    return [[next(cut) for _ in one.names] for one in many]


def _value(answer: Answer) -> Units:
    return answer.units if answer.failure is None else InvalidInput(answer.failure)
