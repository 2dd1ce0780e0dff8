"""All that a plugin needs: hooks, what to register by them, and the words these are made of.

Importing it pulls in no database and no screen. What is importable from here keeps its name and meaning as
long as `API_VERSION` stays the same.
"""

from usagebill_tui.domain.aggregation import (
    Aggregation,
    Count,
    Distinct,
    Latest,
    Max,
    Measure,
    Min,
    NoParameters,
    Sum,
    Values,
)
from usagebill_tui.domain.pricing.protocol import PricingModel, Step
from usagebill_tui.domain.reading import EventReader, Record
from usagebill_tui.plugin.markers import API_VERSION, PROJECT, hookimpl, hookspec
from usagebill_tui.plugin.registry import Registry

__all__ = [
    "API_VERSION",
    "PROJECT",
    "Aggregation",
    "Count",
    "Distinct",
    "EventReader",
    "Latest",
    "Max",
    "Measure",
    "Min",
    "NoParameters",
    "PricingModel",
    "Record",
    "Registry",
    "Step",
    "Sum",
    "Values",
    "hookimpl",
    "hookspec",
]
