"""Aggregation types: how many events become one quantity."""

from usagebill_tui.domain.aggregation.measures import Count, Distinct, Latest, Max, Measure, Min, Sum, Values
from usagebill_tui.domain.aggregation.protocol import Aggregation, NoParameters

__all__ = [
    "Aggregation",
    "Count",
    "Distinct",
    "Latest",
    "Max",
    "Measure",
    "Min",
    "NoParameters",
    "Sum",
    "Values",
]
