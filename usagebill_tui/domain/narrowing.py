"""Narrowing: which of a metric's events one part of a price is for."""

from collections.abc import Mapping

import msgspec

from usagebill_tui.domain.metric import Filter, Metric, Scalar

Conditions = Mapping[str, Scalar | tuple[Scalar, ...]]
"""Properties, each equal to a value or to one of several; all of them must hold."""


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """The events for which `when` holds and none of `without`, broken down by the texts of `group_by`."""

    when: Conditions = {}
    without: tuple[Conditions, ...] = ()
    group_by: tuple[str, ...] = ()


WHOLE = Narrowing()
"""All of a metric's events, together."""
_LONGEST = 60


def narrowed(metric: Metric, narrowing: Narrowing) -> Metric:
    """Return the metric that counts only the events of a part."""
    if not narrowing.when and not narrowing.without:
        return metric
    filters = [
        Filter(property=path, op="in", value=wanted)
        if isinstance(wanted, tuple)
        else Filter(property=path, op="eq", value=wanted)
        for path, wanted in narrowing.when.items()
    ]
    return msgspec.structs.replace(
        metric, filters=(*metric.filters, *filters), exclude=(*metric.exclude, *narrowing.without)
    )


def group_of(
    narrowing: Narrowing, texts: Mapping[str, str | None] | None = None
) -> dict[str, str | None] | None:
    """Return what a part's events have in common, as a line's `group`; None where that is nothing.

    `texts` are those of one group; where a property has both, its text says more than the condition.
    """
    common = {path: condition_text(wanted) for path, wanted in narrowing.when.items()}
    return {**common, **(texts or {})} or None


def group_texts(narrowing: Narrowing, group: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """Return from a line's `group` the texts by which its events are told from those of other groups."""
    return {path: (group or {}).get(path) for path in narrowing.group_by}


def part_words(narrowing: Narrowing, group: Mapping[str, str | None] | None) -> str:
    """Write in short which events a line counts: `region: eu, tier: none`; `other` for what is left."""
    told = [f"{path}: {'none' if text is None else _cut(text)}" for path, text in (group or {}).items()]
    if narrowing.without and not narrowing.when:
        told.insert(0, "other")
    return ", ".join(told)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def condition_text(wanted: Scalar | tuple[Scalar, ...]) -> str:
    """Write what a property is to equal; several values with commas, in quotes where one holds a comma."""
    if not isinstance(wanted, tuple):
        return _text(wanted)
    texts = [_text(value) for value in wanted]
    return ", ".join(f'"{text}"' if "," in text else text for text in texts)


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
