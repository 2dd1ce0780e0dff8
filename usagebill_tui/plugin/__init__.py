"""How aggregation types and pricing models reach the house: built-ins use the hooks that third parties will.

What a plugin needs is importable from here and pulls in no database and no screen.
"""

import pluggy

from usagebill_tui.domain.aggregation import (
    Aggregation,
    Count,
    Distinct,
    Latest,
    Max,
    Measure,
    Min,
    Sum,
    Values,
)
from usagebill_tui.domain.pricing.protocol import PricingModel, Step

PROJECT = "usagebill_tui"
"""The pluggy project name and entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

__all__ = [
    "PROJECT",
    "Aggregation",
    "Count",
    "Distinct",
    "Latest",
    "Max",
    "Measure",
    "Min",
    "PricingModel",
    "Step",
    "Sum",
    "Values",
    "hookimpl",
    "hookspec",
]
