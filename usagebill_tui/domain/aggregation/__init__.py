"""Aggregation types: how many events become one quantity."""

from usagebill_tui.domain.aggregation.folds import Batch, FoldAggregation, Number, Text
from usagebill_tui.domain.aggregation.measures import (
    Count,
    Distinct,
    Latest,
    Max,
    Measure,
    Min,
    NearestRank,
    Sum,
    TimeWeighted,
    Values,
)
from usagebill_tui.domain.aggregation.period import MeasuredPeriod
from usagebill_tui.domain.aggregation.protocol import Aggregation, NoParameters

AnyAggregation = Aggregation | FoldAggregation
"""An aggregation type of either kind."""

__all__ = [
    "Aggregation",
    "AnyAggregation",
    "Batch",
    "Count",
    "Distinct",
    "FoldAggregation",
    "Latest",
    "Max",
    "Measure",
    "MeasuredPeriod",
    "Min",
    "NearestRank",
    "NoParameters",
    "Number",
    "Sum",
    "Text",
    "TimeWeighted",
    "Values",
]
