"""What a report is asked for on the screen: fields, ready-made ranges of dates, and how it is told."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from usagebill_tui.billing.words import day
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.forms.field import Field

Asked = Mapping[str, Any]
"""Values by the keys of the fields; what is not asked for is not there."""

_STEPS = (("hour", "hour"), ("day", "day"), ("week", "week"), ("month", "month"))
_STRETCHES = (("month", "month"), ("quarter", "quarter"), ("year", "year"))

CUSTOMERS = Field(
    key="customers", title="Customers", kind="list", default="all", help="Ids, with commas between"
)
METRICS = Field(key="metrics", title="Metrics", kind="list", default="all", help="Codes, with commas between")
FIRST = Field(key="first", title="From", kind="date", help="In each customer's time zone")
LAST = Field(key="last", title="Up to", kind="date", help="The first day that does not count any more")
STEP = Field(key="by", title="By", kind="choice", default="the whole time", choices=_STEPS)
STRETCH = Field(key="by", title="By", kind="choice", default="month", choices=_STRETCHES)
GROUP = Field(
    key="group_by", title="By property", kind="list", default="as the metric says", help="Paths of properties"
)
AT = Field(key="at", title="As of", kind="date", default="today", help="As it stood on this day (UTC)")

USAGE = (CUSTOMERS, METRICS, FIRST, LAST, STEP, GROUP)
OF_FILTER: Mapping[str, tuple[Field, ...]] = {
    "customers": (CUSTOMERS,),
    "range": (FIRST, LAST),
    "by": (STRETCH,),
    "at": (AT,),
}

RANGES = ("no dates", "this month", "last month", "last 30 days", "this year")


def range_of(name: str, today: date) -> dict[str, date]:
    """Return the dates of a ready-made range: `first`, and `last`, which does not count any more."""
    month = today.replace(day=1)
    after = (month + timedelta(days=32)).replace(day=1)
    match name:
        case "this month":
            return {"first": month, "last": after}
        case "last month":
            return {"first": (month - timedelta(days=1)).replace(day=1), "last": month}
        case "last 30 days":
            return {"first": today - timedelta(days=29), "last": today + timedelta(days=1)}
        case "this year":
            return {"first": date(today.year, 1, 1), "last": date(today.year + 1, 1, 1)}
    return {}


def with_range(asked: Asked, name: str, today: date) -> dict[str, Any]:
    """Return what is asked for with another range of dates."""
    return {key: value for key, value in asked.items() if key not in {"first", "last"}} | range_of(
        name, today
    )


def next_range(asked: Asked, today: date) -> str:
    """Return the ready-made range after the one that is asked for."""
    now = {key: asked[key] for key in ("first", "last") if key in asked}
    place = next((n for n, name in enumerate(RANGES) if range_of(name, today) == now), len(RANGES) - 1)
    return RANGES[(place + 1) % len(RANGES)]


def told(asked: Asked, *, no_dates: str) -> str:
    """Say what is asked for in one line; `no_dates` is what it means to name none."""
    parts = [
        _names(asked.get("customers"), "all customers"),
        *([_names(asked.get("metrics"), "all metrics")] if "metrics" in asked else []),
        _range(asked, no_dates),
    ]
    if asked.get("by"):
        parts.append(f"by {asked['by']}")
    if asked.get("group_by"):
        parts.append(f"by {_names(asked['group_by'], '')}")
    if asked.get("at"):
        parts.append(f"as of {day(asked['at'])}")
    return " · ".join(part for part in parts if part)


def _names(names: Any, none: str) -> str:
    return plain(", ".join(str(one) for one in names), 80) if names else none


def _range(asked: Asked, no_dates: str) -> str:
    first, last = asked.get("first"), asked.get("last")
    if first is None and last is None:
        return no_dates
    begin = day(first) if first is not None else "the beginning"
    return f"{begin} up to {day(last) if last is not None else 'now'}"
