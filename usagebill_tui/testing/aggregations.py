"""The laws of aggregation types."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from usagebill_tui.domain.aggregation import AnyAggregation, FoldAggregation
from usagebill_tui.domain.pricing.conversion import convert
from usagebill_tui.testing import folding, valuing
from usagebill_tui.testing.inventing import Table
from usagebill_tui.testing.law import Laws
from usagebill_tui.testing.parameters import (
    NAMED,
    ROUND_TRIP,
    Declared,
    bad_parameters_named,
    parameters_round_trip,
)
from usagebill_tui.testing.trials import Trial, tables_of, trials


def aggregation_laws(
    aggregation: AnyAggregation,
    *,
    property: str | None = None,  # noqa: A002 - a metric's own word
    params: Table | Sequence[Table] = (),
    values: Mapping[str, Sequence[Any]] | None = None,
) -> Laws:
    """Return the laws of an aggregation type; above a test function, they make a test of each.

    `property` is the path of the metric's property (default `value`), `params` one table of parameters or
    several (default: the type's `examples`, else made up from their declaration), `values` what properties
    may hold, by path, where numbers and texts of all sorts are not what the type reads.
    """
    given: list[Table] = [params] if isinstance(params, Mapping) else list(params)

    @cache
    def tried() -> Sequence[Trial]:
        return trials(aggregation, property, tables_of(aggregation, given), values or {})

    def declared() -> Declared:
        kind = aggregation.parameters
        return Declared(kind, lambda table: convert(table, kind), tables_of(aggregation, given))

    laws = Laws(f"aggregation type {aggregation.name}")
    laws.add(valuing.EXACT, valuing.exact_decimals, tried)
    laws.add(valuing.EMPTY, valuing.empty_input, tried)
    laws.add(valuing.AGAIN, valuing.same_answer_again, tried)
    if isinstance(aggregation, FoldAggregation):
        laws.add(folding.UNTOUCHED, folding.columns_untouched, tried)
        laws.add(folding.BATCHES, folding.batches_make_no_difference, tried)
        laws.add(folding.MERGING, folding.merging_at_any_cut, tried)
        if aggregation.orderless:
            laws.add(folding.ORDER, folding.order_does_not_matter, tried)
    laws.add(valuing.STORED, valuing.same_answer_stored, tried)
    laws.add(ROUND_TRIP, parameters_round_trip, declared)
    laws.add(NAMED, bad_parameters_named, declared)
    return laws
