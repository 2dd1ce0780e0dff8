"""What is to be simulated."""

from decimal import Decimal

import msgspec

from usagebill_tui.domain.periods import Days


class SimulationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Other prices for the whole billing periods within `days`, in each customer's zone.

    Either every subscription is put on `plan` (`pro`, `pro@2`), or a catalogue file, its `text` called `name`
    in errors, says what is sold. `customers` of none are all; of these, `subscriptions` of none are all.
    `growth` is by how many percent every usage grows, before and after.
    """

    days: Days
    plan: str | None = None
    text: str | None = None
    name: str = ""
    customers: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    growth: Decimal = Decimal(0)
