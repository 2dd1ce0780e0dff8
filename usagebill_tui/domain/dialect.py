"""Dialects: the choices in which billing systems differ, so that another system's invoices come out alike."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

ZeroUsageFlat = Literal["first_tier", "none"]
Rounding = Literal["line", "tier"]
Bounds = Literal["upper_inclusive", "lower_inclusive"]


class Choices(NamedTuple):
    """What a dialect comes to.

    `zero_usage_flat`: whether usage of zero pays the first tier's flat amount. `rounding`: once for a line,
    or each tier's amount and flat amount by itself, before discount, maximum and minimum. `bounds`: whether
    usage that equals the bound of a tier lies in that tier or in the next one.
    """

    zero_usage_flat: ZeroUsageFlat = "first_tier"
    rounding: Rounding = "line"
    bounds: Bounds = "upper_inclusive"


OWN = "usagebill"
_USAGEBILL = Choices()

DIALECTS: Mapping[str, Choices] = {
    OWN: _USAGEBILL,
    "alguna": _USAGEBILL,
    "lago": _USAGEBILL,
    "orb": _USAGEBILL,
    "stripe": Choices(rounding="tier"),
    "openmeter": Choices(rounding="tier"),
    "flexprice": Choices(zero_usage_flat="none"),
    "killbill": Choices(zero_usage_flat="none"),
    "meteroid": Choices(zero_usage_flat="none"),
}
"""The systems whose choices are known, by the names that a plan may say."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The dialect of a plan: a system's choices by its `name`, and those that are made otherwise."""

    name: str = OWN
    zero_usage_flat: ZeroUsageFlat | None = None
    rounding: Rounding | None = None
    bounds: Bounds | None = None

    @property
    def choices(self) -> Choices:
        """Return what it comes to; KeyError for a name that is not known."""
        named = DIALECTS[self.name]
        own = {key: getattr(self, key) for key in Choices._fields if getattr(self, key) is not None}
        return named._replace(**own)

    def __str__(self) -> str:
        own = [f"{key} {getattr(self, key)}" for key in Choices._fields if getattr(self, key) is not None]
        return ", ".join([self.name, *own])


def choices_of(dialect: Dialect | None) -> Choices:
    """Return what a plan's dialect comes to; without one, our own choices."""
    return _USAGEBILL if dialect is None else dialect.choices
