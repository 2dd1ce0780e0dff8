"""Running folds: events come out of the engine in order, and go through Python in batches of columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from usagebill_tui.domain.aggregation import Batch, FoldAggregation, MeasuredPeriod, Number, Text
from usagebill_tui.domain.aggregation.verified import Folding
from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.types import Question

Key = tuple[int, tuple[str | None, ...]]
"""A window's key and a group."""
Row = tuple[Any, ...]
Outcome = tuple[Decimal | None, str | None]
"""A value, or why there is none."""

BATCH = 2_048
"""How many events a fold is given at most at once: few enough to stay in the processor's cache."""


def fold_events(
    fetched: Iterable[list[Row]],
    question: Question,
    fold: FoldAggregation,
    needs: Mapping[str, Number | Text],
    keys: Iterable[Key],
) -> dict[Key, Outcome]:
    """Return what a fold makes of the events of each key; one that it fails on leaves the others be.

    `fetched` are rows of key, groups, microseconds and a column for each of `needs`, those of one key and
    group following one another.
    """
    periods = {window.key: window.measured() for window in question.windows}
    width = 1 + len(question.groups)
    outcomes: dict[Key, Outcome] = {}
    for key, batches in groupby(_batches(fetched, width, needs), _key_of):
        outcomes[key] = _outcome(fold, periods[key[0]], question, (batch for _, batch in batches))
    for key in keys:
        if key not in outcomes:
            outcomes[key] = _outcome(fold, periods[key[0]], question, ())
    return outcomes


def _outcome(
    fold: FoldAggregation, period: MeasuredPeriod, question: Question, batches: Iterable[Batch]
) -> Outcome:
    try:
        folding = Folding(fold, period, question.params)
        for batch in batches:
            folding.add(batch)
        return folding.value(), None
    except InvalidInput as error:
        return None, str(error)


def _batches(
    fetched: Iterable[list[Row]], width: int, needs: Mapping[str, Number | Text]
) -> Iterator[tuple[Key, Batch]]:
    for rows in fetched:
        for key, run in _runs(rows, width):
            columns = list(zip(*run, strict=True))[width:]
            numbers: dict[str, Sequence[Decimal | None]] = {}
            texts: dict[str, Sequence[str | None]] = {}
            for (name, column), values in zip(needs.items(), columns[1:], strict=True):
                if isinstance(column, Number):
                    numbers[name] = _numbers(values)
                else:
                    texts[name] = values
            yield (key[0], key[1:]), Batch(columns[0], numbers, texts)


def _runs(rows: list[Row], width: int) -> Iterator[tuple[Row, Iterable[Row]]]:
    """Cut rows where their key or group changes; mostly they do not change within a batch at all."""
    if rows[0][:width] == rows[-1][:width]:
        yield rows[0][:width], rows
    else:
        yield from groupby(rows, lambda row: row[:width])


def _numbers(texts: Sequence[str | None]) -> Sequence[Decimal | None]:
    return [None if text is None else Decimal(text) for text in texts]


def _key_of(pair: tuple[Key, Batch]) -> Key:
    return pair[0]
