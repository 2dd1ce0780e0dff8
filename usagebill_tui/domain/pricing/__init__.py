"""Pricing: how a quantity becomes an amount that explains itself."""

from usagebill_tui.domain.pricing.charge import Charge, Terms, charge, charge_under, terms
from usagebill_tui.domain.pricing.dynamic import Dynamic
from usagebill_tui.domain.pricing.package import Package
from usagebill_tui.domain.pricing.parts import MOST_GROUPS, Part, part_for, parts
from usagebill_tui.domain.pricing.per_unit import PerUnit
from usagebill_tui.domain.pricing.percentage import Percentage
from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.pricing.reading import parameters, price_from_table, price_table
from usagebill_tui.domain.pricing.tiered import Tiered
from usagebill_tui.domain.pricing.tiered_percentage import TieredPercentage
from usagebill_tui.domain.pricing.tiers import Tier
from usagebill_tui.domain.pricing.volume import Volume

MODELS: tuple[PricingModel, ...] = (
    PerUnit(),
    Tiered(),
    Volume(),
    Package(),
    Percentage(),
    TieredPercentage(),
    Dynamic(),
)
"""Every pricing model that ships with the project."""

__all__ = [
    "MODELS",
    "MOST_GROUPS",
    "Charge",
    "Part",
    "PricedEvent",
    "PricingModel",
    "Step",
    "Terms",
    "Tier",
    "charge",
    "charge_under",
    "parameters",
    "part_for",
    "parts",
    "price_from_table",
    "price_table",
    "terms",
]
