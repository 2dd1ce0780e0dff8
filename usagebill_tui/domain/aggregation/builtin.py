"""The aggregation types that ship with the project, each named by the measures it needs."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import msgspec

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
    check_percent,
)
from usagebill_tui.domain.aggregation.protocol import Aggregation, NoParameters
from usagebill_tui.domain.quantity import FRACTION_DIGITS, divided, round_to


class UniqueCountParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of `unique_count`."""

    operation_property: Annotated[
        str | None,
        msgspec.Meta(
            title="Operation property",
            description="Path of a property that says `remove` where an event takes its value out",
        ),
    ] = None


class PercentileParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of `percentile`."""

    percentile: Annotated[
        Decimal,
        msgspec.Meta(
            title="Percentile",
            description="Percent of the values that are not above the result",
            extra={"gt": 0, "le": 100},
        ),
    ] = Decimal(95)

    def __post_init__(self) -> None:
        """Refuse what is finer than a rank can be found for."""
        try:
            check_percent(self.percentile)
        except ValueError as error:
            raise ValueError(f"percentile: {error}") from None


class EventCount(Aggregation):
    """The number of events."""

    name = "count"
    title = "Count"
    reads: ClassVar[Literal["nothing", "number", "text"]] = "nothing"

    def measures(self, path: str, params: NoParameters) -> Mapping[str, Measure]:
        """Ask for the number of events."""
        return {"count": Count()}

    def finish(self, values: Mapping[str, Decimal | None], params: NoParameters) -> Decimal:
        """Return it, 0 where there are none."""
        return values["count"] or Decimal(0)


class UniqueCount(Aggregation):
    """The number of different values, compared as text; an operation property can take values out."""

    name = "unique_count"
    title = "Unique count"
    reads: ClassVar[Literal["nothing", "number", "text"]] = "text"
    parameters = UniqueCountParameters

    def measures(self, path: str, params: UniqueCountParameters) -> Mapping[str, Measure]:
        """Ask for the number of different values that are in at the end."""
        return {"distinct": Distinct(path, params.operation_property)}

    def finish(self, values: Mapping[str, Decimal | None], params: UniqueCountParameters) -> Decimal:
        """Return it, 0 where there are none."""
        return values["distinct"] or Decimal(0)


class _OneNumber(Aggregation):
    """A type whose value is one measure of a number, `nothing` where there are no values."""

    measure: ClassVar[type[Sum] | type[Max] | type[Min] | type[Latest] | type[TimeWeighted]]
    nothing: ClassVar[Decimal | None] = None

    def measures(self, path: str, params: NoParameters) -> Mapping[str, Measure]:
        """Ask for the one measure."""
        return {"value": self.measure(path)}

    def finish(self, values: Mapping[str, Decimal | None], params: NoParameters) -> Decimal | None:
        """Return it as it is."""
        value = values["value"]
        return self.nothing if value is None else value


class Total(_OneNumber):
    """The sum of a number, 0 over no values."""

    name = "sum"
    title = "Sum"
    measure = Sum
    nothing = Decimal(0)


class Largest(_OneNumber):
    """The largest value of a number."""

    name = "max"
    title = "Maximum"
    measure = Max


class Smallest(_OneNumber):
    """The smallest value of a number."""

    name = "min"
    title = "Minimum"
    measure = Min


class LatestValue(_OneNumber):
    """The value of the event that is last by (timestamp, source, id)."""

    name = "latest"
    title = "Latest"
    measure = Latest


class Average(Aggregation):
    """The sum of the values ÷ their number, rounded half away from zero to 18 digits after the point."""

    name = "average"
    title = "Average"

    def measures(self, path: str, params: NoParameters) -> Mapping[str, Measure]:
        """Ask for the sum and the number of values."""
        return {"sum": Sum(path), "values": Values(path)}

    def finish(self, values: Mapping[str, Decimal | None], params: NoParameters) -> Decimal | None:
        """Divide them; None where there are no values."""
        total, number = values["sum"], values["values"]
        if total is None or not number:
            return None
        return round_to(divided(total, number), FRACTION_DIGITS)


class WeightedSum(_OneNumber):
    """The average over time of a level that each event changes by a number, 0 over no values."""

    name = "weighted_sum"
    title = "Weighted sum"
    measure = TimeWeighted
    nothing = Decimal(0)


class Percentile(Aggregation):
    """The smallest value that so many percent of the values do not exceed: exact, by nearest rank."""

    name = "percentile"
    title = "Percentile"
    parameters = PercentileParameters

    def measures(self, path: str, params: PercentileParameters) -> Mapping[str, Measure]:
        """Ask for the value at the rank."""
        return {"value": NearestRank(path, params.percentile)}

    def finish(self, values: Mapping[str, Decimal | None], params: PercentileParameters) -> Decimal | None:
        """Return it; None where there are no values."""
        return values["value"]


AGGREGATIONS: tuple[Aggregation, ...] = (
    EventCount(),
    Total(),
    UniqueCount(),
    Largest(),
    Smallest(),
    Average(),
    LatestValue(),
    WeightedSum(),
    Percentile(),
)
"""Every aggregation type that ships with the project."""
