"""Events as people browse them: pages, latest first, by customer, metric, time and id."""

from collections.abc import Sequence

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.tracing import Touch, touched, versions_of
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.periods import parse_instant
from usagebill_tui.domain.zones import to_micros, zone
from usagebill_tui.errors import NotFound, WrongCall
from usagebill_tui.eventstore.browsing import Line, Order, Sought
from usagebill_tui.eventstore.history import Version
from usagebill_tui.eventstore.types import StoredEvent
from usagebill_tui.store.browsing.names import account_names, customer_of, event_code


class EventSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which events: empty does not restrict.

    `customer` is an id or alias, `account` the very name that events carry; `metric` is a metric's code or
    the code that events carry. `first` and `last` are dates or instants as text, `last` exclusive, in the
    customer's zone or UTC. `id` is how an id begins.
    """

    customer: str = ""
    account: str = ""
    metric: str = ""
    first: str = ""
    last: str = ""
    id: str = ""


class WholeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event with all its properties, every content with which it was delivered, and what these touched."""

    event: StoredEvent
    versions: tuple[Version, ...] = ()
    touches: Sequence[Touch] = ()


def event_page(house: House, search: EventSearch, request: PageRequest) -> PageFound[Line]:
    """Return a page of events, latest first unless sorted by `timestamp` upwards.

    The request's text is held by the account or the metric code. Raises NotFound for an unknown customer,
    InvalidInput for a time that is none, WrongCall where there is no time between the two.
    """
    order = Order(
        earliest_first=request.sort is not None and not request.descending,
        offset=request.offset,
        limit=request.limit,
    )
    return house.events.browser.page(_sought(house, search, request.text), order, house.events.snapshot())


def whole_event(house: House, line: Line) -> WholeEvent:
    """Return an event of a page with all its properties and versions; raises NotFound once it is gone."""
    event = house.events.browser.event(line, house.events.snapshot())
    if event is None:
        raise NotFound(
            f"event {line.id!r} does not count any more", mend="load the list again; its batch says why"
        )
    versions = versions_of(house, line)
    return WholeEvent(event=event, versions=versions, touches=touched(house, [one.event for one in versions]))


def _sought(house: House, search: EventSearch, text: str) -> Sought:
    local = zone("UTC")
    accounts: tuple[str, ...] | None = (search.account,) if search.account else None
    with house.database.reading() as session:
        if search.customer:
            customer = customer_of(session, search.customer)
            if customer is None:
                raise NotFound(
                    f"there is no customer {search.customer!r}",
                    mend="for events that nobody is a customer for, filter by account",
                )
            names = account_names(session, customer)
            accounts = names if accounts is None else tuple(set(names).intersection(accounts))
            local = zone(customer.timezone)
        metrics = (event_code(session, search.metric),) if search.metric else None
    since, until = (
        to_micros(parse_instant(given, local)) if given else None for given in (search.first, search.last)
    )
    if since is not None and until is not None and since >= until:
        raise WrongCall(f"no time between {search.first} and {search.last}", mend="the first comes first")
    return Sought(accounts=accounts, metrics=metrics, since=since, until=until, text=text, id=search.id)
