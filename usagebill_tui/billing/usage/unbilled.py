"""Usage that nobody is charged for: whose it may be, how much of it there is, and the mend."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from usagebill_tui.billing.documents.files import form_of
from usagebill_tui.billing.documents.table import Kind, Table
from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.billed_time import BilledTime, Reason
from usagebill_tui.billing.usage.measuring import Ask, Measured, measure
from usagebill_tui.billing.usage.reporting import FORMS, write_table
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.periods import Period, parse_instant
from usagebill_tui.domain.quantity import normalized
from usagebill_tui.domain.zones import from_micros, to_micros, zone
from usagebill_tui.errors import NotFound, WrongCall
from usagebill_tui.eventstore.funnel import Census, Stretch, Tally
from usagebill_tui.store.catalogue import load_catalogue

_INSTANT = timedelta(microseconds=1)
COLUMNS: dict[str, Kind] = {
    "account": "text",
    "customer": "text",
    "metric": "text",
    "reason": "text",
    "events": "count",
    "first": "instant",
    "last": "instant",
    "usage": "text",
    "mend": "text",
}


class UnbilledRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which usage to look through: empty means all.

    `first` and `last` are dates or instants as text, `last` exclusive, in the zone of the one customer
    that is asked for, else in UTC.
    """

    customers: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None


class Unbilled(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one account and metric code that nobody is charged for, from the first to the last.

    `customer` is whom the account names, if anybody. `usage` is what the metrics that listen to the code
    make of these events, by metric; None where there is no value.
    """

    account: str
    customer: str | None
    metric: str
    reason: Reason
    events: int
    first: datetime
    last: datetime
    usage: dict[str, Decimal | None]
    mend: str


class _Found(msgspec.Struct, frozen=True):
    tally: Tally
    customer: Customer | None
    reason: Reason


def unbilled(house: House, request: UnbilledRequest = UnbilledRequest()) -> list[Unbilled]:  # noqa: B008 - frozen
    """Return the usage that nobody is charged for, by account, metric code and first event.

    Raises NotFound for an unknown customer, WrongCall for a range without time.
    """
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
    since, until = _range(catalogue, request)
    snapshot = house.events.snapshot()
    tallies = house.events.funnel.tally(Census(snapshot=snapshot, since=since, until=until))
    books = BilledTime(catalogue)
    wanted = books.names_of(request.customers)
    looked_at = [tally for tally in tallies if not wanted or tally.account in wanted]
    found = sorted(_found(house, books, looked_at, snapshot), key=_place)
    return list(_rows(house, books, found, snapshot))


def _found(house: House, books: BilledTime, tallies: Sequence[Tally], snapshot: int) -> Iterator[_Found]:
    """Yield what is not billed; what is so only for a part of the time is counted once more."""
    parts: list[tuple[Stretch, Customer, Reason]] = []
    for tally in tallies:
        account, code = tally.account or "", tally.metric or ""
        customer = books.customer(account)
        if customer is None or code not in books.codes:
            yield _Found(tally, customer, "unknown account" if customer is None else "unknown metric")
            continue
        for since, until, reason in books.pieces(customer, tally):
            if (since, until) == (tally.first, tally.last + 1):
                yield _Found(tally, customer, reason)
            else:
                stretch = Stretch(account=account, metric=code, since=since, until=until)
                parts.append((stretch, customer, reason))
    counted = house.events.funnel.stretches([stretch for stretch, _, _ in parts], snapshot)
    for found, (_, customer, reason) in zip(counted, parts, strict=True):
        if found is not None:
            yield _Found(found, customer, reason)


def _rows(house: House, books: BilledTime, found: Sequence[_Found], snapshot: int) -> Iterator[Unbilled]:
    asks = [ask for one in found for ask in _asks(books, one)]
    measured = iter(measure(house, asks, snapshot))
    for one in found:
        usage = {ask.metric.code: _units(next(measured)) for ask in _asks(books, one)}
        tally = one.tally
        yield Unbilled(
            account=tally.account or "",
            customer=None if one.customer is None else one.customer.id,
            metric=tally.metric or "",
            reason=one.reason,
            events=tally.events,
            first=from_micros(tally.first),
            last=from_micros(tally.last),
            usage=usage,
            mend=_mend(books, one),
        )


def _asks(books: BilledTime, one: _Found) -> Iterator[Ask]:
    tally = one.tally
    period = Period(from_micros(tally.first), from_micros(tally.last) + _INSTANT)
    for _, metric in sorted(books.catalogue.metrics.items()):
        if metric.event_code == tally.metric:
            yield Ask(
                customer=tally.account or "",
                metric=metric,
                accounts=(tally.account or "",),
                period=period,
                timezone="UTC" if one.customer is None else one.customer.timezone,
                state_since=tally.first,
            )


def _units(measured: Measured) -> Decimal | None:
    units = measured.usage[0].units
    return None if units is None else normalized(units)


def _mend(books: BilledTime, one: _Found) -> str:
    account, code = one.tally.account or "", one.tally.metric or ""
    match one.reason:
        case "unknown account":
            near = books.alike(account)
            hint = f" (of {near!r}?)" if near else ""
            return f"add a customer, or {account!r} to the aliases of one{hint}"
        case "unknown metric":
            near = books.near_code(code)
            return f"add a metric with event {code!r}" + (f" (did it mean {near!r}?)" if near else "")
        case "no subscription":
            return "add a subscription for that time, or move the start or end of one"
        case "not on the plan":
            return f"add a product for {code!r} to the plan, and move the subscription to that version"
        case _:
            return "several subscriptions price it: let events name the one that is meant"


def _range(catalogue: Catalogue, request: UnbilledRequest) -> tuple[int | None, int | None]:
    for customer in request.customers:
        if customer not in catalogue.customers:
            mend = suggestion(customer, catalogue.customers)
            raise NotFound(f"there is no customer {customer!r}", mend=mend)
    zones = {catalogue.customers[customer].timezone for customer in request.customers}
    local = zone(zones.pop() if len(zones) == 1 else "UTC")
    since, until = (
        None if text is None else to_micros(parse_instant(text, local))
        for text in (request.first, request.last)
    )
    if since is not None and until is not None and since >= until:
        raise WrongCall(f"no time between {request.first} and {request.last}", mend="--from comes first")
    return since, until


def _place(one: _Found) -> tuple[str, str, int]:
    return one.tally.account or "", one.tally.metric or "", one.tally.first


def report_unbilled(house: House, request: UnbilledRequest, path: Path) -> int:
    """Write it as `.csv`, `.json`, `.xlsx` or `.parquet`, whole or not at all; return how many rows.

    Raises WrongCall for another ending, NotFound for an unknown customer, StorageFailed where the file cannot
    be written.
    """
    form_of(path, FORMS)
    table = unbilled_table(unbilled(house, request))
    write_table(table, path)
    return len(table.rows)


def unbilled_table(found: Sequence[Unbilled]) -> Table:
    """Return it as rows."""
    return Table(columns=COLUMNS, rows=[row_of(one) for one in found])


def row_of(one: Unbilled) -> dict[str, Any]:
    """Return a row as data."""
    return {name: getattr(one, name) for name in COLUMNS}
