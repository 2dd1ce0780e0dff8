"""What a catalogue file says, table by table, each with its place."""

from typing import Generic, NamedTuple, TypeVar

import msgspec

from usagebill_tui.billing.catalogue.customers import SubscriptionTable
from usagebill_tui.billing.catalogue.place import Place
from usagebill_tui.billing.catalogue.plans import PlanTable
from usagebill_tui.domain.catalogue import Thing
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.tax import Tax

Noun = TypeVar("Noun")


class Placed(NamedTuple, Generic[Noun]):
    """A metric, product or customer and the place of its table."""

    place: Place
    value: Noun


class Archived(NamedTuple):
    """That a table says whether its thing is archived."""

    thing: Thing
    away: bool
    place: Place


class CatalogueFile(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of a file in their order, each checked by itself; `resolve` checks what they refer to.

    `last_bounds` are the places where a last tier is written with a bound.
    """

    name: str
    metrics: tuple[Placed[Metric], ...] = ()
    products: tuple[Placed[Product], ...] = ()
    taxes: tuple[Placed[Tax], ...] = ()
    plans: tuple[PlanTable, ...] = ()
    customers: tuple[Placed[Customer], ...] = ()
    subscriptions: tuple[SubscriptionTable, ...] = ()
    last_bounds: tuple[Place, ...] = ()
    archived: tuple[Archived, ...] = ()
