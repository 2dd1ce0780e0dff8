"""Billable metrics: which events count, what is read from them, how the result is rounded."""

import builtins
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from usagebill_tui.domain.quantity import round_to

Scalar = str | bool | int
"""A value that a property is compared with: text, a number, or true and false.

A number with a point is written as text (a text that spells a number is that number), so that it is
exact wherever it is stored.
"""

Operator = Literal[
    "eq", "ne", "in", "not_in", "contains", "not_contains", "gt", "ge", "lt", "le", "exists"
]  # fmt: skip


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition on one property; all of a metric's filters must hold.

    A missing property fulfils only `ne`, `not_in` and `not_contains` (and `exists` with value false).
    Numbers are compared as numbers, text as text; a text that spells a number equals that number.
    """

    property: str
    op: Operator = "eq"
    value: Scalar | tuple[Scalar, ...] = True


class Rounding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How usage is rounded before it is priced; negative digits round to tens, hundreds."""

    mode: Literal["round", "ceil", "floor"] = "round"
    digits: int = 0

    def apply(self, units: Decimal) -> Decimal:
        """Return the rounded quantity."""
        return round_to(units, self.digits, self.mode)


class Metric(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is measured.

    `event` is the metric code that the events carry (empty: the metric's own code); `property` the path
    of the value that is read; `params` the parameters of the aggregation type.
    """

    code: str
    name: str = ""
    event: str = ""
    aggregation: str
    property: str | None = None
    unit: str = ""
    group_by: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    exclude: tuple[Mapping[str, Scalar | tuple[Scalar, ...]], ...] = ()
    rounding: Rounding | None = None
    recurring: bool = False
    params: Mapping[str, Any] = {}

    @builtins.property
    def event_code(self) -> str:
        """Return the metric code that events must carry to count."""
        return self.event or self.code
