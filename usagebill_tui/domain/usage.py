"""Usage: a metric aggregated over one window of time."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec


class Usage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A metric aggregated for one customer over [start, end), instants in UTC.

    `units` is None where there is no value (a maximum of no events). `events` counted; `left_out`
    matched but had no usable property. `group` maps group keys to their text (None: missing key).
    `failure` is why the value could not be made at all: a plugin that is gone, or failed.
    """

    customer: str
    metric: str
    start: datetime
    end: datetime
    units: Decimal | None
    events: int
    left_out: int
    group: Mapping[str, str | None] | None = None
    failure: str | None = None
