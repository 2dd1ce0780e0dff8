"""The event shapes of other systems, by their published field names."""

from dataclasses import dataclass

from usagebill_tui.events.types import TimeUnit

Names = tuple[str, ...]
Keys = frozenset[str]


def _keys(*names: str) -> Keys:
    return frozenset(names)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Where a system's events keep each field: under the first of the names that has a value.

    `properties` names the objects whose members are properties; so is every other key but those `left_out`,
    which say nothing about the event. `time_unit` reads its numeric times. Keys that hold all of one of the
    `marks` are this shape's; where `marked_only`, no others are.
    """

    name: str
    id: Names
    account: Names
    metric: Names
    timestamp: Names = ("timestamp",)
    source: Names = ()
    properties: Names = ("properties",)
    time_unit: TimeUnit | None = None
    left_out: Keys = frozenset()
    marks: tuple[Keys, ...] = ()
    marked_only: bool = False

    def names(self, field: str) -> Names:
        """Return the names under which a field may stand."""
        names: Names = getattr(self, field)
        return names


USAGEBILL = Shape(name="usagebill", id=("id",), source=("source",), account=("account",), metric=("metric",))

ALGUNA = Shape(
    name="alguna",
    id=("uniqueId", "unique_id"),
    account=("account", "accountId"),
    metric=("eventName", "event_name"),
    marks=(_keys("uniqueId"), _keys("unique_id")),
)

LAGO = Shape(
    name="lago",
    id=("transaction_id",),
    account=("external_subscription_id", "external_customer_id"),
    metric=("code",),
    time_unit="s",
    marks=(_keys("external_subscription_id"), _keys("code", "transaction_id")),
)

CLOUDEVENTS = Shape(
    name="cloudevents",
    id=("id",),
    source=("source",),
    account=("subject",),
    metric=("type",),
    timestamp=("time",),
    properties=("data",),
    left_out=_keys("specversion", "datacontenttype", "dataschema"),
    marks=(_keys("specversion"),),
)

STRIPE = Shape(
    name="stripe",
    id=("identifier",),
    account=("payload.stripe_customer_id",),
    metric=("event_name",),
    properties=("payload",),
    time_unit="s",
    left_out=_keys("object", "livemode"),
    marks=(_keys("payload", "event_name"),),
)

ORB = Shape(
    name="orb",
    id=("idempotency_key",),
    account=("external_customer_id", "customer_id"),
    metric=("event_name",),
    marks=(_keys("idempotency_key"),),
    marked_only=True,
)

METRONOME = Shape(
    name="metronome",
    id=("transaction_id",),
    account=("customer_id",),
    metric=("event_type",),
    marks=(_keys("event_type", "transaction_id"),),
)

M3TER = Shape(
    name="m3ter",
    id=("uid",),
    account=("account",),
    metric=("meter",),
    timestamp=("ts",),
    properties=(),
    marks=(_keys("uid", "meter"),),
)

FLEXPRICE = Shape(
    name="flexprice",
    id=("event_id",),
    account=("external_customer_id", "customer_id"),
    metric=("event_name",),
    marks=(_keys("event_id", "event_name"),),
)

METEROID = Shape(
    name="meteroid",
    id=("id", "event_id"),
    account=("external_customer_alias", "customer_id"),
    metric=("code",),
)

_ALL = (USAGEBILL, ALGUNA, LAGO, CLOUDEVENTS, STRIPE, ORB, METRONOME, M3TER, FLEXPRICE, METEROID)

SHAPES: dict[str, Shape] = {shape.name: shape for shape in _ALL} | {"openmeter": CLOUDEVENTS}
"""Every shape by the names that `--input-format` takes."""
