"""What an aggregation type is tried on: one set of parameters, and made-up events for it."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from usagebill_tui.domain.aggregation import AnyAggregation, FoldAggregation, Number
from usagebill_tui.domain.aggregation.evaluating import evaluate_all
from usagebill_tui.domain.aggregation.measures import Distinct, paths_read
from usagebill_tui.domain.aggregation.verified import verified_measures, verified_needs
from usagebill_tui.domain.pricing.conversion import convert
from usagebill_tui.errors import InvalidInput
from usagebill_tui.testing.events import NUMBERS, TEXTS, Made, World, batch, usable, worlds
from usagebill_tui.testing.inventing import Table, invented
from usagebill_tui.testing.law import LawBroken

PROPERTY = "value"

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Failed:
    """Why there is no outcome; failures equal one another, so that each is one law's business only."""

    why: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Failed)

    def __hash__(self) -> int:
        return hash(Failed)


Outcome = Decimal | Failed | None


class Trial(msgspec.Struct, frozen=True):
    """An aggregation type with parameters, over the property at `path`, and the worlds to try it on."""

    aggregation: AnyAggregation
    path: str
    params: Any
    table: Table
    paths: tuple[str, ...]
    worlds: Sequence[World]

    def fresh(self) -> AnyAggregation:
        """Return a copy that remembers nothing of other runs."""
        return copied(self.aggregation)

    def usable(self, world: World) -> list[Made]:
        """Return the events of a world that the type is given."""
        return usable(world.events, self.path, self.aggregation.reads)

    def outcome(self, *parts: Sequence[Made], world: World, of: AnyAggregation | None = None) -> Outcome:
        """Return what the type makes of events that come in these parts."""
        batches = [batch(part, self.paths) for part in parts]
        return attempted(
            lambda: evaluate_all(of or self.fresh(), self.path, self.params, batches, world.period)
        )


def attempted(act: Callable[[], Decimal | None]) -> Outcome:
    """Return what an act returns, or that it failed."""
    try:
        return act()
    except InvalidInput as error:
        return Failed(str(error))


def copied(thing: _T) -> _T:
    """Return a copy that shares nothing with the thing, or the thing itself where it cannot be copied."""
    try:
        return deepcopy(thing)
    except Exception:  # noqa: BLE001 - what cannot be copied (a lock, a connection) raises anything
        return thing


def trials(
    aggregation: AnyAggregation,
    path: str | None,
    tables: Sequence[Table],
    values: Mapping[str, Sequence[Any]],
) -> list[Trial]:
    """Return the trials of a type, one for each table of parameters."""
    own = "" if aggregation.reads == "nothing" else PROPERTY if path is None else path
    found = []
    for table in tables:
        params = convert(table, aggregation.parameters)
        pools = {**_pools(aggregation, own, params), **values}
        found.append(
            Trial(aggregation, own, params, table, tuple(pools), worlds(pools, aggregation.name, table))
        )
    return found


def tables_of(aggregation: AnyAggregation, given: Sequence[Table]) -> Sequence[Table]:
    """Return parameters to try: those given, the type's own examples, or made-up ones."""
    kind = aggregation.parameters
    tables = given or aggregation.examples or invented(kind, lambda table: convert(table, kind))
    if not tables:
        mend = f"say examples = ({{…}},) in {type(aggregation).__name__}, or give params="
        raise LawBroken("examples", f"no parameters can be made up from {kind.__name__}: {mend}")
    return tables


def _pools(aggregation: AnyAggregation, path: str, params: Any) -> dict[str, Sequence[Any]]:
    """Return the paths that a type reads, with the values that fit."""
    pools: dict[str, Sequence[Any]] = {}
    if isinstance(aggregation, FoldAggregation):
        for column in verified_needs(aggregation, path, params).values():
            pools[column.property] = NUMBERS if isinstance(column, Number) else TEXTS
    else:
        for measure in verified_measures(aggregation, path, params).values():
            fitting = TEXTS if isinstance(measure, Distinct) else NUMBERS
            pools |= dict.fromkeys(paths_read(measure), fitting)
    if path:
        pools.setdefault(path, NUMBERS if aggregation.reads == "number" else TEXTS)
    return pools
