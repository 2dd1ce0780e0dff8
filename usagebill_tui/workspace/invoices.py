"""Invoices, from draft to paid, each amount explained."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from usagebill_tui.errors import NotFound
from usagebill_tui.workspace.base import Opened

if TYPE_CHECKING:
    from usagebill_tui.billing.invoices.finalizing import Finalized
    from usagebill_tui.billing.invoices.runs import Run
    from usagebill_tui.billing.usage.explaining import ExplainedLine, Explanation
    from usagebill_tui.domain.invoice import Invoice
    from usagebill_tui.domain.periods import Days
    from usagebill_tui.domain.summary import Summary
    from usagebill_tui.eventstore.history import Fate, Key
    from usagebill_tui.eventstore.types import StoredEvent
    from usagebill_tui.store.ledger import Payment


class Invoices(Opened):
    """Invoices, from draft to paid, each amount explained."""

    def bill(
        self,
        period: "str | Days",
        customers: Sequence[str] = (),
        *,
        dry_run: bool = False,
        finalize: bool = False,
    ) -> "Run":
        """Make the invoices of the billing periods that end within a period; twice makes no second one."""
        from usagebill_tui.billing.invoices import invoicing
        from usagebill_tui.domain.periods import parse_period

        days = parse_period(period) if isinstance(period, str) else period
        return invoicing.bill(self._house, days, tuple(customers), dry_run=dry_run, finalize=finalize)

    def note_anomalies(
        self, invoices: "Sequence[Invoice | Summary]", period: "str | Days | None" = None
    ) -> str | None:
        """Say, in a sentence, what is unusual for whom invoices bill, in a period (default: their own)."""
        from usagebill_tui.billing.anomalies import note, read_thresholds
        from usagebill_tui.config import anomaly_thresholds
        from usagebill_tui.domain.periods import parse_period
        from usagebill_tui.errors import UsagebillError

        if not invoices:
            return None
        days = parse_period(period) if isinstance(period, str) else period or self._billed_days(invoices)
        try:
            thresholds = read_thresholds(anomaly_thresholds())
        except UsagebillError as error:
            # Invoices are made by now: settings that cannot be read are no reason to fail.
            return f"not looked at for anomalies: {error}"
        return note(self._house, days, [one.customer for one in invoices], thresholds)

    def _billed_days(self, invoices: "Sequence[Invoice | Summary]") -> "Days":
        from usagebill_tui.domain.periods import Days
        from usagebill_tui.domain.zones import local_day, zone

        zones = {one.id: zone(one.timezone) for one in self.catalogue().customers.values()}
        first = min(local_day(one.period.start, zones[one.customer]) for one in invoices)
        return Days(first, max(local_day(one.period.end, zones[one.customer]) for one in invoices))

    def invoices(self, customers: Sequence[str] = (), statuses: Sequence[str] = ()) -> "list[Invoice]":
        """Return invoices by period, customer and id; drafts with what would be set against them."""
        from usagebill_tui.billing.prepaid.applying import expected
        from usagebill_tui.store import ledger

        with self._house.database.reading() as session:
            found = ledger.invoices(session, customers, statuses)
        return expected(self._house, found)

    def invoice(self, name: str) -> "Invoice":
        """Return the invoice with this number or id, a draft as among all others; raises NotFound."""
        from usagebill_tui.billing.prepaid.drafts import expected_among
        from usagebill_tui.store import ledger

        with self._house.database.reading() as session:
            found = ledger.find_invoice(session, name)
        if found is None:
            raise NotFound(f"there is no invoice {name!r}", mend="`usagebill invoices` lists them")
        return expected_among(self._house, [found])[0]

    def changed_plugins(self, invoice: "Invoice") -> list[str]:
        """Return, in sentences, which plugins an invoice was computed with that are gone or not as then."""
        from usagebill_tui.billing.proofs.missing import changed_plugins

        return changed_plugins(self._house.registry, invoice)

    def export_invoice(self, name: str, path: str | Path, *, steps: bool = True) -> None:
        """Write an invoice to a file ending in .pdf, .html, .json or .csv; pages with steps or without."""
        from usagebill_tui.billing.documents import exporting
        from usagebill_tui.config import read_settings

        seller = read_settings().seller
        customers = self.catalogue().customers
        exporting.export_invoice(self.invoice(name), customers, Path(path), seller, steps=steps)

    def finalize(self, name: str) -> "Invoice":
        """Make a draft final: numbered, dated, never changed again."""
        from usagebill_tui.billing.invoices import lifecycle

        return lifecycle.finalize(self._house, name)

    def finalize_drafts(self, ids: Sequence[str]) -> "Finalized":
        """Make drafts final, by their ids; those that cannot be stay as they are and are named."""
        from usagebill_tui.billing.invoices import finalizing

        return finalizing.finalize_drafts(self._house, ids)

    def void(self, name: str) -> "Invoice":
        """Declare an invoice void, so that its period can be billed again."""
        from usagebill_tui.billing.invoices import lifecycle

        return lifecycle.void(self._house, name)

    def pay(
        self, name: str, amount: Decimal | str, *, day: date | None = None, reference: str = ""
    ) -> "Invoice":
        """Record a payment, negative for a refund, and return the invoice as it stands then."""
        from usagebill_tui.billing.invoices import lifecycle
        from usagebill_tui.domain.money import parse_money

        exact = parse_money(str(amount), self.invoice(name).currency)
        return lifecycle.pay(self._house, name, exact, day, reference)

    def payments(self, invoice: str | None = None) -> "list[Payment]":
        """Return payments in the order in which they were recorded."""
        from usagebill_tui.store import ledger

        identity = None if invoice is None else self.invoice(invoice).id
        with self._house.database.reading() as session:
            return ledger.payments(session, identity)

    def explain(self, name: str, line: int | None = None) -> "Explanation":
        """Return what an invoice's amounts come from."""
        from usagebill_tui.billing.usage import explaining

        return explaining.explain(self._house, name, line)

    def explain_line(self, invoice: "Invoice", line: int) -> "Explanation":
        """Return what one line of an invoice comes from; the invoice may be an estimate."""
        from usagebill_tui.billing.usage import explaining

        return explaining.explain_line(self._house, invoice, line)

    def events_behind(self, explanation: "Explanation", line: "ExplainedLine") -> "Iterator[StoredEvent]":
        """Yield the events that a line of an invoice counted or left out, as the invoice saw them."""
        from usagebill_tui.billing.usage import explaining

        return explaining.events_behind(self._house, explanation.invoice, line)

    def fates(self, explanation: "Explanation", line: "ExplainedLine") -> "Mapping[Key, Fate]":
        """Return which of those events were replaced or taken back since, by (batch, source, id)."""
        from usagebill_tui.billing.usage import explaining

        return explaining.fates(self._house, explanation.invoice, line)
