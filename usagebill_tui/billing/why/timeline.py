"""Time cut where anything changes, and what becomes of the events of each piece."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

import msgspec

from usagebill_tui.billing.invoices.due import Contract
from usagebill_tui.billing.why.result import StageName
from usagebill_tui.billing.why.subject import Subject, metric_of
from usagebill_tui.billing.why.words import condition_words
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.zones import start_of_day, to_micros, zone
from usagebill_tui.eventstore.funnel import Cell

Outcome = Literal["apart", "lost", "counted"]
_BEGINNING = -(2**62)


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """At which stage events end, why, and, of those that are counted, for which subscription."""

    stage: StageName
    outcome: Outcome
    reason: str
    subscription: str | None = None


class Timeline:
    """The edges of time for a subject, and the fate of each cell between them."""

    def __init__(self, subject: Subject, metric: Metric) -> None:
        self._subject = subject
        self._metric = metric
        self._zone = zone(subject.timezone)
        self.start, self.end = to_micros(subject.period.start), to_micros(subject.period.end)
        self._stop = max(self.start, min(self.end, to_micros(subject.now)))
        neighbours = (to_micros(subject.previous.start), self.end, to_micros(subject.following.end))
        self.edges = tuple(sorted({*neighbours, self.start, self._stop, *self._changes()}))

    def begins(self, cell: Cell) -> int:
        """Return where the cell's span begins."""
        return self.edges[cell.span - 1] if cell.span else _BEGINNING

    def inside(self, cell: Cell) -> bool:
        """Tell whether a cell lies in the period."""
        return self.start <= self.begins(cell) < self.end

    def fate(self, cell: Cell) -> Fate:
        """Return at which stage the events of a cell end."""
        if cell.found != "usable":
            kind = "is missing" if cell.found == "missing" else "is not a number"
            return Fate(stage="property", outcome="lost", reason=f"{self._metric.property} {kind}")
        if cell.unmet is not None:
            return Fate(stage="filters", outcome="lost", reason=condition_words(self._metric, cell.unmet))
        carrying = self._carrying(cell)
        if not self.start <= self.begins(cell) < self._stop and not carrying:
            return Fate(stage="period", outcome="apart", reason=self._when(cell))
        return self._contracted(cell, carrying)

    def _when(self, cell: Cell) -> str:
        at = self.begins(cell)
        if self._stop <= at < self.end:
            return "in the period, dated later than now"
        if at >= to_micros(self._subject.following.end):
            return "later"
        if at >= self.end:
            return "in the period after"
        return "in the period before" if at >= to_micros(self._subject.previous.start) else "earlier"

    def _contracted(self, cell: Cell, carrying: list[Contract]) -> Fate:
        reached = [c for c in self._subject.contracts if self._reaches(cell.account, c)]
        active = carrying or [c for c in reached if self._starts(c) <= self.begins(cell) < self._ends(c)]
        if not active:
            return Fate(stage="subscription", outcome="lost", reason=self._inactive(cell, reached))
        pricing = [c for c in active if self._prices(c)]
        if not pricing:
            plans = ", ".join(sorted({c.version.label for c in active}))
            return Fate(
                stage="plan", outcome="lost", reason=f"{plans} has no product for {self._metric.code}"
            )
        named = [c for c in pricing if self._counts(cell.account, c)]
        if not named:
            ids = " and ".join(sorted(c.subscription.id for c in pricing))
            why = f"{ids} both price {self._metric.code}, and the event names neither"
            return Fate(stage="plan", outcome="lost", reason=why)
        charged = [c for c in named if carrying or self.begins(cell) >= self._trial_ends(c)]
        if not charged:
            return Fate(stage="priced", outcome="lost", reason="free during the trial")
        return Fate(stage="priced", outcome="counted", reason="", subscription=charged[0].subscription.id)

    def _carrying(self, cell: Cell) -> list[Contract]:
        """Return the contracts for which a recurring metric carries these events into the period."""
        if not self._metric.recurring or not _BEGINNING < self.begins(cell) < self._stop:
            return []
        return [
            c
            for c in self._subject.contracts
            if self._prices(c)
            and self._counts(cell.account, c)
            and self._starts(c) <= self.begins(cell)
            and max(self._trial_ends(c), self.start) < min(self._ends(c), self._stop)
            and self.begins(cell) < self._ends(c)
        ]

    def _inactive(self, cell: Cell, reached: list[Contract]) -> str:
        if not reached:
            return "the customer has no subscription"
        at = self.begins(cell)
        later = [c for c in reached if self._starts(c) > at]
        if len(later) == len(reached):
            first = min(later, key=self._starts).subscription
            return f"before {first.id} starts on {first.start}"
        last = max((c for c in reached if self._ends(c) <= at), key=self._ends).subscription
        return f"after {last.id} ended on {last.end}"

    def _reaches(self, account: str, contract: Contract) -> bool:
        """Tell whether an account names a subscription, or its customer as a whole."""
        others = {n for c in self._subject.contracts for n in c.subscription.names}
        own = self._subject.accounts.of_succession(contract.subscription)
        return account in own or account not in others

    def _prices(self, contract: Contract) -> bool:
        found = metric_of(contract, self._metric.code)
        return found is not None and found.event_code == self._metric.event_code

    def _counts(self, account: str, contract: Contract) -> bool:
        return account in self._subject.accounts.of_subscription(contract.subscription, self._metric)

    def _changes(self) -> Iterator[int]:
        for contract in self._subject.contracts:
            yield self._starts(contract)
            yield self._trial_ends(contract)
            if contract.subscription.end is not None:
                yield self._ends(contract)

    def _starts(self, contract: Contract) -> int:
        return self._instant(contract.subscription.start)

    def _ends(self, contract: Contract) -> int:
        return self._instant(contract.subscription.end or date.max)

    def _trial_ends(self, contract: Contract) -> int:
        return self._instant(contract.charged_days.first)

    def _instant(self, day: date) -> int:
        return to_micros(start_of_day(day, self._zone))
