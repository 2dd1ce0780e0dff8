"""The events themselves, and what became of them."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from usagebill_tui.errors import NotFound
from usagebill_tui.workspace.base import Opened

if TYPE_CHECKING:
    from usagebill_tui.billing.usage import trying
    from usagebill_tui.billing.usage.tracing import Traced
    from usagebill_tui.billing.why import Why, WhyRequest
    from usagebill_tui.eventstore.history import Version
    from usagebill_tui.eventstore.types import Search, StoredEvent


class Events(Opened):
    """The events themselves, and what became of them."""

    def events(
        self,
        *,
        customer: str | None = None,
        metric: str | None = None,
        first: str | None = None,
        last: str | None = None,
        limit: int | None = None,
    ) -> "Iterator[StoredEvent]":
        """Yield events in time order; `metric` is a metric's code or the code that events carry."""
        search = self._search(customer, metric, first, last, limit)
        return self._house.events.events(search, self._house.events.snapshot())

    def event_versions(
        self,
        *,
        customer: str | None = None,
        metric: str | None = None,
        first: str | None = None,
        last: str | None = None,
        limit: int | None = None,
    ) -> "Iterator[Version]":
        """Yield every content with which events were delivered, those that do not count included."""
        return self._house.events.history.versions(self._search(customer, metric, first, last, limit))

    def trace(self, identity: str, source: str | None = None) -> "Traced":
        """Return every invoice that the event with an id touched; raises NotFound where there is none."""
        from usagebill_tui.billing.usage import tracing

        return tracing.trace(self._house, identity, source)

    def daily_events(self, days: int = 30) -> list[tuple[date, int]]:
        """Count the events of each of the last days (UTC), the current one last."""
        from usagebill_tui.billing import overview

        return overview.daily_events(self._house, days)

    def vocabulary(self) -> "trying.Vocabulary":
        """Return the metric codes and property paths of real events."""
        from usagebill_tui.billing.usage import trying

        return trying.vocabulary(self._house)

    def try_metric(self, table: Mapping[str, Any]) -> "trying.Trial":
        """Return what a metric, as a table of the catalogue file, would count of the events here."""
        from usagebill_tui.billing.usage import trying

        return trying.try_metric(self._house, table)

    def why(self, request: "WhyRequest") -> "Why":
        """Tell where a customer's usage of a metric is lost, from a file's lines to an invoice's, or priced.

        Raises NotFound for names that neither the catalogue nor any event knows.
        """
        from usagebill_tui.billing.why import why

        return why(self._house, request)

    def events_lost(self, answer: "Why", stage: str, limit: int | None = None) -> "Iterator[StoredEvent]":
        """Yield the events that a stage of an answer lost or set apart, in time order."""
        from usagebill_tui.billing.why import events_behind

        return events_behind(self._house, answer, stage, limit)

    def _search(
        self, customer: str | None, metric: str | None, first: str | None, last: str | None, limit: int | None
    ) -> "Search":
        from usagebill_tui.billing.usage.accounts import Accounts
        from usagebill_tui.domain.names import suggestion
        from usagebill_tui.domain.periods import parse_instant
        from usagebill_tui.domain.zones import to_micros, zone
        from usagebill_tui.eventstore.types import Search

        catalogue = self.catalogue()
        zone_ = zone("UTC")
        names = None
        if customer is not None:
            if customer not in catalogue.customers:
                mend = suggestion(customer, catalogue.customers)
                raise NotFound(f"there is no customer {customer!r}", mend=mend)
            names = Accounts(catalogue).of_customer(catalogue.customers[customer])
            zone_ = zone(catalogue.customers[customer].timezone)
        codes = None
        if metric is not None:
            codes = (catalogue.metrics[metric].event_code if metric in catalogue.metrics else metric,)
        return Search(
            accounts=names,
            metrics=codes,
            since=None if first is None else to_micros(parse_instant(first, zone_)),
            until=None if last is None else to_micros(parse_instant(last, zone_)),
            limit=limit,
        )
