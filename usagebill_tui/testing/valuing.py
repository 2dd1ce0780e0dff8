"""Laws of what aggregation types of both kinds answer."""

from collections.abc import Iterator, Sequence
from functools import partial

from usagebill_tui.domain.aggregation import FoldAggregation
from usagebill_tui.domain.aggregation.verified import value_of_nothing
from usagebill_tui.testing.events import World, shown
from usagebill_tui.testing.law import LawBroken
from usagebill_tui.testing.stored import Asked, answers
from usagebill_tui.testing.trials import Failed, Outcome, Trial, attempted

EXACT = "exact decimals"
EMPTY = "empty input"
AGAIN = "same answer again"
STORED = "pushed down and folded alike"


def exact_decimals(trials: Sequence[Trial]) -> None:
    """The value of any events is a finite Decimal, or None for "no value"."""
    for trial in trials:
        for world in trial.worlds:
            usable = trial.usable(world)
            outcome = trial.outcome(usable, world=world) if usable else None
            if isinstance(outcome, Failed):
                raise LawBroken(EXACT, outcome.why, f"{_given(trial)}{shown(usable)}")


def empty_input(trials: Sequence[Trial]) -> None:
    """No events at all have a value, or none, without failing."""
    for trial in trials:
        asked = trial.fresh(), trial.path, trial.params, trial.worlds[0].period
        outcome = attempted(partial(value_of_nothing, *asked))
        if isinstance(outcome, Failed):
            raise LawBroken(EMPTY, outcome.why, f"{_given(trial)}no events")


def same_answer_again(trials: Sequence[Trial]) -> None:
    """One object answers for many customers, one after the other: nothing of one is left for the next."""
    for trial in trials:
        for world, alone, again in _twice(trial):
            if again != alone:
                what = f"{told(again)} after other events, {told(alone)} before"
                raise LawBroken(AGAIN, what, f"{_given(trial)}{shown(trial.usable(world))}")


def same_answer_stored(trials: Sequence[Trial]) -> None:
    """An event store, which measures in its query engine, answers what plain Python does."""
    for trial in trials:
        stored = answers(trial.worlds, Asked(trial.fresh(), trial.path, trial.params))
        for place, world in enumerate(trial.worlds):
            usable = trial.usable(world)
            here = trial.outcome(usable, world=world)
            there = stored.get(place, here)
            if here != there and not _remembers(trial) and not _minds_order(trial, world):
                what = f"the event store answers {told(there)}, plain Python {told(here)}"
                raise LawBroken(STORED, what, f"{_given(trial)}{shown(usable)}")


def _twice(trial: Trial) -> Iterator[tuple[World, Outcome, Outcome]]:
    """Yield what a copy of its own makes of each world, and what one object makes of all, one by one."""
    aggregation = trial.fresh()
    for world in trial.worlds:
        usable = trial.usable(world)
        alone = trial.outcome(usable, world=world)
        for _ in range(2):
            yield world, alone, trial.outcome(usable, world=world, of=aggregation)


def _remembers(trial: Trial) -> bool:
    """Tell whether a type remembers earlier events; that is the business of another law."""
    return any(alone != again for _, alone, again in _twice(trial))


def _minds_order(trial: Trial, world: World) -> bool:
    """Tell whether a fold is wrongly declared orderless; that is the business of another law."""
    if not isinstance(trial.aggregation, FoldAggregation) or not trial.aggregation.orderless:
        return False
    usable = trial.usable(world)
    return trial.outcome(usable, world=world) != trial.outcome(usable[::-1], world=world)


def told(outcome: Outcome) -> str:
    """Write an outcome in words."""
    match outcome:
        case Failed(why):
            return f"nothing ({why})"
        case None:
            return "no value"
        case _:
            return f"{outcome:f}"


def _given(trial: Trial) -> str:
    """Write the parameters of a trial before its events, nothing where it has none."""
    return f"params {dict(trial.table)!r} and " if trial.table else ""
