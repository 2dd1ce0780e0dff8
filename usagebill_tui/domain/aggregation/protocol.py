"""What an aggregation type is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal

import msgspec

from usagebill_tui.domain.aggregation.measures import Measure
from usagebill_tui.domain.origin import Origin


class NoParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of a type that has none."""


class AggregationType(ABC):
    """What every aggregation type declares; it turns the events of one period into a quantity.

    `name` is what the catalogue says; `reads` what the metric's property must yield (`nothing`: the
    type has no property); `parameters` the type of the metric's `params`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    reads: ClassVar[Literal["nothing", "number", "text"]] = "number"
    parameters: ClassVar[type[msgspec.Struct]] = NoParameters
    examples: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Tables of parameters for `usagebill plugins check` to try it with; else it makes some up."""
    origin: Origin | None = None
    """The plugin that it comes from; set when it is registered."""


class Aggregation(AggregationType):
    """An aggregation type that needs only measures: it runs where the events are.

    Of a recurring metric, measures are taken over all events since its state began.
    """

    @abstractmethod
    def measures(self, path: str, params: Any) -> Mapping[str, Measure]:
        """Name the measures that `finish` needs, over the property at `path` (empty for `nothing`)."""

    @abstractmethod
    def finish(self, values: Mapping[str, Decimal | None], params: Any) -> Decimal | None:
        """Make the quantity from the measures' values; None means "no value"."""
