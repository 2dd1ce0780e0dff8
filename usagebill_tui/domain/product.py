"""Products: what is sold."""

from typing import Literal

import msgspec

from usagebill_tui.domain.price import Price

Interval = Literal["week", "month", "quarter", "half_year", "year"]
Fee = Literal["metered", "recurring", "one_time"]
Timing = Literal["arrears", "advance"]


class Product(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is sold: `metered` (a metric and a price), `recurring` (a fee each period) or `one_time`.

    `timing` says whether a fee is due when its period starts (`advance`) or ends (`arrears`). Its periods are
    those of the plan, unless it has an `interval` of its own. `tax` names rates of the catalogue by code.
    """

    code: str
    name: str = ""
    fee: Fee = "metered"
    metric: str | None = None
    timing: Timing = "arrears"
    interval: Interval | None = None
    price: Price
    tax: tuple[str, ...] = ()
