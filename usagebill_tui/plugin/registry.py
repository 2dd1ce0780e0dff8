"""The aggregation types, pricing models and event readers that are known, by name."""

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from usagebill_tui.domain.aggregation import Aggregation, AnyAggregation, FoldAggregation
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.origin import Origin
from usagebill_tui.domain.pricing.protocol import PricingModel
from usagebill_tui.domain.reading import EventReader
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.acceptance import check_acceptable

_T = TypeVar("_T", AnyAggregation, PricingModel, EventReader)


class NotRegistered(InvalidInput):
    """A name that no aggregation type, pricing model or reader has; a plugin may be gone."""


class Registry:
    """What the hooks have registered. Two things of one kind and name are refused.

    With an `origin`, what is added is that plugin's; `known` is what was there before it.
    """

    def __init__(self, origin: Origin | None = None, known: "Registry | None" = None) -> None:
        self.aggregations: dict[str, AnyAggregation] = {}
        self.pricing_models: dict[str, PricingModel] = {}
        self.event_readers: dict[str, EventReader] = {}
        self.not_loaded: tuple[str, ...] = ()
        """The names of plugins that are disabled or failed: what is unknown may be theirs."""
        self._origin = origin
        self._known = known

    def add_aggregation(self, aggregation: AnyAggregation) -> None:
        """Register an aggregation type; raises InvalidInput where it is none or its name is taken."""
        known = self._known.aggregations if self._known else {}
        check_acceptable(aggregation, (Aggregation, FoldAggregation), "aggregation type")
        self._add(self.aggregations, known, aggregation, "aggregation types")

    def add_pricing_model(self, model: PricingModel) -> None:
        """Register a pricing model; raises InvalidInput where it is none or its name is taken."""
        known = self._known.pricing_models if self._known else {}
        check_acceptable(model, (PricingModel,), "pricing model")
        self._add(self.pricing_models, known, model, "pricing models")

    def add_event_reader(self, reader: EventReader) -> None:
        """Register a reader of event files; raises InvalidInput where it is none or its name is taken."""
        known = self._known.event_readers if self._known else {}
        check_acceptable(reader, (EventReader,), "event reader")
        self._add(self.event_readers, known, reader, "event readers")

    def aggregation(self, name: str) -> AnyAggregation:
        """Return an aggregation type; raises InvalidInput, with the nearest name, where there is none."""
        return self._find(self.aggregations, name, "aggregation type")

    def pricing_model(self, name: str) -> PricingModel:
        """Return a pricing model; raises InvalidInput, with the nearest name, where there is none."""
        return self._find(self.pricing_models, name, "pricing model")

    def names(self) -> tuple[str, ...]:
        """Return what is registered, each by kind and name: `pricing model volume`."""
        return (
            *(f"aggregation type {name}" for name in self.aggregations),
            *(f"pricing model {name}" for name in self.pricing_models),
            *(f"event reader {name}" for name in self.event_readers),
        )

    def plugins(self) -> dict[str, str]:
        """Return the plugins of all that is registered, by name, with their versions."""
        origins = [
            *(each.origin for each in self.aggregations.values()),
            *(each.origin for each in self.pricing_models.values()),
            *(each.origin for each in self.event_readers.values()),
        ]
        return dict(versioned(origin) for origin in origins if origin is not None)

    def take_over(self, other: "Registry") -> None:
        """Add all that another registry holds, which was checked against this one."""
        self.aggregations |= other.aggregations
        self.pricing_models |= other.pricing_models
        self.event_readers |= other.event_readers

    def _add(self, into: dict[str, _T], known: Mapping[str, _T], thing: _T, kinds: str) -> None:
        earlier = into.get(thing.name) or known.get(thing.name)
        if earlier is not None:
            owners = f"one of {_owner(earlier.origin)}, one of {_owner(self._origin)}"
            raise InvalidInput(f"two {kinds} are called {thing.name!r}: {owners}")
        # Past __setattr__, because a plugin may well declare a frozen dataclass.
        object.__setattr__(thing, "origin", self._origin)
        into[thing.name] = thing

    def _find(self, among: Mapping[str, _T], name: str, kind: str) -> _T:
        if name not in among:
            mend = suggestion(name, among)
            if self.not_loaded:
                missing = f"plugins not loaded: {', '.join(self.not_loaded)}"
                mend = missing if mend is None else f"{mend}; {missing}"
            raise NotRegistered(f"unknown {kind} {name!r}", mend=mend)
        return among[name]


def versioned(origin: Origin) -> tuple[str, str]:
    """Return a plugin's name and version; the version is the empty text where it has none."""
    return origin.name, origin.version or ""


def _owner(origin: Origin | None) -> str:
    return "usagebill itself" if origin is None else f"the {origin} ({origin.place})"


@cache
def builtin_registry() -> Registry:
    """Return the registry of the aggregation types and pricing models that ship with the project."""
    from usagebill_tui.plugin import builtin
    from usagebill_tui.plugin.loading import load_plugins

    return load_plugins((builtin,), entry_points=False).registry
