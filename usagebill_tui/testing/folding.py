"""Laws of folds: however events are cut into batches and runs, the quantity is the same."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from decimal import Decimal
from functools import partial

from usagebill_tui.domain.aggregation import Batch, FoldAggregation, Number
from usagebill_tui.domain.aggregation.verified import Folding, verified_needs
from usagebill_tui.testing.dice import dice
from usagebill_tui.testing.events import Made, World, batch, shown
from usagebill_tui.testing.law import LawBroken
from usagebill_tui.testing.trials import Outcome, Trial, attempted, copied
from usagebill_tui.testing.valuing import told

UNTOUCHED = "columns are left as they are"
BATCHES = "batches make no difference"
MERGING = "merging at any cut"
ORDER = "order does not matter"

_CUTS = 8


def columns_untouched(trials: Sequence[Trial]) -> None:
    """`step` leaves the columns that it is given as they are: others may read them too."""
    for trial, fold, world in _folds(trials):
        columns = _columns(trial, fold, trial.usable(world))
        before = deepcopy(columns)
        attempted(partial(_stepped, trial, fold, world, columns))
        if columns != before:
            raise LawBroken(UNTOUCHED, f"{fold.name} changes the batch that it is given", shown(world.events))


def batches_make_no_difference(trials: Sequence[Trial]) -> None:
    """Events in several batches make the same quantity as in one."""
    for trial, fold, world in _folds(trials):
        usable = trial.usable(world)
        whole = trial.outcome(usable, world=world)
        for place in _places(usable):
            cut = trial.outcome(usable[:place], usable[place:], world=world)
            _compare(BATCHES, cut, whole, f"cut after {place} of {shown(usable)}")
        singly = trial.outcome(*([one] for one in usable), world=world)
        _compare(BATCHES, singly, whole, f"{fold.name} given one by one {shown(usable)}")


def merging_at_any_cut(trials: Sequence[Trial]) -> None:
    """Two runs that are merged make the same quantity as one run over all events, also where one is empty."""
    for trial, fold, world in _folds(trials):
        usable = trial.usable(world)
        whole = trial.outcome(usable, world=world)
        for place in (0, *_places(usable), len(usable)):
            cut = usable[:place], usable[place:]
            merged = attempted(partial(_merged, trial, copied(fold), world, *cut))
            _compare(MERGING, merged, whole, f"cut after {place} of {shown(usable)}")


def order_does_not_matter(trials: Sequence[Trial]) -> None:
    """A fold that declares `orderless` makes the same quantity of events in any order."""
    chance = dice("order")
    for trial, fold, world in _folds(trials):
        usable = trial.usable(world)
        whole = trial.outcome(usable, world=world)
        for _ in range(3):
            mixed = list(usable)
            chance.shuffle(mixed)
            what = f"{fold.name} is declared orderless and given out of order {shown(mixed)}"
            _compare(ORDER, trial.outcome(mixed, world=world), whole, what)


def _folds(trials: Sequence[Trial]) -> Iterator[tuple[Trial, FoldAggregation, World]]:
    """Yield each trial and world that has events, with a copy of the fold that knows nothing yet."""
    for trial in trials:
        for world in trial.worlds:
            fold = trial.fresh()
            if isinstance(fold, FoldAggregation) and trial.usable(world):
                yield trial, fold, world


def _places(events: Sequence[Made]) -> Sequence[int]:
    """Return where to cut: everywhere, or in some places where that would be many."""
    every = range(1, len(events))
    return every if len(every) <= _CUTS else sorted(dice("cuts", len(events)).sample(every, _CUTS))


def _compare(law: str, found: Outcome, whole: Outcome, example: str) -> None:
    if found != whole:
        raise LawBroken(law, f"{told(found)} instead of {told(whole)}", example)


def _merged(
    trial: Trial, fold: FoldAggregation, world: World, earlier: Sequence[Made], later: Sequence[Made]
) -> Decimal | None:
    first, second = (_run(trial, fold, world, part) for part in (earlier, later))
    first.merge(second)
    return first.value()


def _run(trial: Trial, fold: FoldAggregation, world: World, events: Sequence[Made]) -> Folding:
    run = Folding(fold, world.period, trial.params)
    if events:
        run.add(_columns(trial, fold, events))
    return run


def _stepped(trial: Trial, fold: FoldAggregation, world: World, columns: Batch) -> Decimal | None:
    run = Folding(fold, world.period, trial.params)
    run.add(columns)
    return run.value()


def _columns(trial: Trial, fold: FoldAggregation, events: Sequence[Made]) -> Batch:
    """Return events as the columns that a fold needs, by the names that it gave."""
    needs = verified_needs(fold, trial.path, trial.params)
    by_path = batch(events, trial.paths)
    return Batch(
        by_path.timestamps,
        {name: by_path.numbers[each.property] for name, each in needs.items() if isinstance(each, Number)},
        {name: by_path.texts[each.property] for name, each in needs.items() if not isinstance(each, Number)},
    )
