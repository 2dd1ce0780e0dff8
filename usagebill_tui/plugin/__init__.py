"""All that a plugin needs: hooks, what to register by them, and the words these are made of.

Importing it pulls in no database and no screen. What is importable from here keeps its name and meaning as
long as `API_VERSION` stays the same.
"""

from usagebill_tui.domain.aggregation import (
    Aggregation,
    Batch,
    Count,
    Distinct,
    FoldAggregation,
    Latest,
    Max,
    Measure,
    MeasuredPeriod,
    Min,
    NearestRank,
    NoParameters,
    Number,
    Sum,
    Text,
    TimeWeighted,
    Values,
)
from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.reading import EventReader, Record
from usagebill_tui.plugin.markers import API_VERSION, PROJECT, hookimpl, hookspec
from usagebill_tui.plugin.registry import Registry

__all__ = [
    "API_VERSION",
    "PROJECT",
    "Aggregation",
    "Batch",
    "Count",
    "Distinct",
    "EventReader",
    "FoldAggregation",
    "Latest",
    "Max",
    "Measure",
    "MeasuredPeriod",
    "Min",
    "NearestRank",
    "NoParameters",
    "Number",
    "PricedEvent",
    "PricingModel",
    "Record",
    "Registry",
    "Step",
    "Sum",
    "Text",
    "TimeWeighted",
    "Values",
    "hookimpl",
    "hookspec",
]
