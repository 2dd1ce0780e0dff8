"""What a report is asked for."""

from datetime import datetime
from typing import Literal

import msgspec

from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import NotFound

Stretch = Literal["month", "quarter", "year"]
"""The calendar periods that money is added up by."""


class ReportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Empty means all; `first` and `last` are dates or instants as text, `last` exclusive.

    `at` is the instant that counts as now, `thresholds` are the report's own, `NAME=NUMBER`. A report reads
    what it has a use for.
    """

    customers: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    by: Stretch = "month"
    at: datetime | None = None
    thresholds: tuple[str, ...] = ()


def check_customers(catalogue: Catalogue, request: ReportRequest) -> None:
    """Raise NotFound for a customer that is not there."""
    for customer in request.customers:
        if customer not in catalogue.customers:
            mend = suggestion(customer, catalogue.customers)
            raise NotFound(f"there is no customer {customer!r}", mend=mend)
