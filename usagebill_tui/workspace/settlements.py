"""What corrects final invoices, and the ledger that holds every movement."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from usagebill_tui.workspace.invoices import Invoices

if TYPE_CHECKING:
    from usagebill_tui.billing.adjustments.adjusting import Proposal
    from usagebill_tui.billing.adjustments.settling import Acceptance, Form
    from usagebill_tui.billing.bookkeeping import exporting as bookkeeping
    from usagebill_tui.billing.invoices.agreed import Definitions
    from usagebill_tui.billing.prepaid.granting import CreditRequest
    from usagebill_tui.domain.credit_note import CreditNote
    from usagebill_tui.domain.invoice import Invoice
    from usagebill_tui.domain.prepaid import Credit
    from usagebill_tui.store.adjustments import Accepted
    from usagebill_tui.store.balances import Owed
    from usagebill_tui.store.credits import Move
    from usagebill_tui.store.entries import Balance, Entry


class Settlements(Invoices):
    """What corrects final invoices, and the ledger that holds every movement."""

    def adjustment_proposals(
        self, customers: Sequence[str] = (), definitions: "Definitions" = "today"
    ) -> "list[Proposal]":
        """Return what final invoices would come to now, where that is not what was billed and settled."""
        from usagebill_tui.billing.adjustments import adjusting

        return adjusting.proposals(self._house, customers, definitions)

    def report_adjustments(
        self, path: str | Path, customers: Sequence[str] = (), definitions: "Definitions" = "today"
    ) -> int:
        """Write proposals, a row a line, to a .csv, .json, .xlsx or .parquet file; return how many rows."""
        from usagebill_tui.billing.adjustments import adjustment_report

        return adjustment_report.report_adjustments(self._house, Path(path), customers, definitions)

    def adjustments(self, customers: Sequence[str] = ()) -> "list[Accepted]":
        """Return accepted adjustments in the order of acceptance."""
        from usagebill_tui.billing.adjustments import settling

        return settling.listed(self._house, customers)

    def accept_adjustment(
        self, name: str, form: "Form" = "line", definitions: "Definitions" = "today"
    ) -> "Accepted":
        """Settle an invoice by lines on the customer's next one, or by a credit note."""
        from usagebill_tui.billing.adjustments import settling

        return settling.accept(self._house, name, form, definitions)

    def accept_adjustments(
        self,
        customers: Sequence[str] = (),
        form: "Form" = "line",
        definitions: "Definitions | None" = None,
    ) -> "Acceptance":
        """Settle all invoices, of all customers or these."""
        from usagebill_tui.billing.adjustments import settling

        return settling.accept_all(self._house, form, definitions, customers)

    def touched_invoices(self, since: int) -> int:
        """Return how many final invoices count events that batches after a snapshot brought or took."""
        from usagebill_tui.billing.adjustments.concerned import touched_invoices

        return len(touched_invoices(self._house, since))

    def credit(
        self,
        name: str,
        *,
        line: int | None = None,
        amount: Decimal | str | None = None,
        reason: str = "",
        dry_run: bool = False,
    ) -> "CreditNote":
        """Credit an invoice or a line of it: an amount, tax included, or all that is left.

        A dry run returns the credit note without its number, and makes none.
        """
        from usagebill_tui.billing.adjustments import crediting
        from usagebill_tui.domain.money import parse_money

        exact = None if amount is None else parse_money(str(amount), self.invoice(name).currency)
        do = crediting.preview_credit if dry_run else crediting.credit
        return do(self._house, name, line=line, amount=exact, reason=reason)

    def credit_notes(self, customers: Sequence[str] = (), invoice: str | None = None) -> "list[CreditNote]":
        """Return credit notes by number."""
        from usagebill_tui.billing.adjustments import crediting

        return crediting.listed(self._house, customers, invoice)

    def credit_note(self, number: str) -> "CreditNote":
        """Return the credit note with this number; raises NotFound."""
        from usagebill_tui.billing.adjustments import crediting

        return crediting.shown(self._house, number)

    def export_credit_note(self, number: str, path: str | Path) -> None:
        """Write a credit note to a file ending in .pdf, .html, .json or .csv; raises NotFound."""
        from usagebill_tui.billing.documents import exporting
        from usagebill_tui.config import read_settings

        note = self.credit_note(number)
        customers, seller = self.catalogue().customers, read_settings().seller
        exporting.export_credit_note(note, self.invoice(note.invoice), customers, Path(path), seller)

    def add_credit(self, request: "CreditRequest") -> "Credit":
        """Add a prepaid credit, in money or in units of a product."""
        from usagebill_tui.billing.prepaid import granting

        return granting.add(self._house, request)

    def credits(self, customers: Sequence[str] = ()) -> "list[Credit]":
        """Return prepaid credits as they stand, by customer and the order of their use."""
        from usagebill_tui.billing.prepaid import granting

        return granting.listed(self._house, customers)

    def credit_moves(self, customers: Sequence[str] = ()) -> "list[Move]":
        """Return what was taken off credits and balances and given back, oldest first."""
        from usagebill_tui.billing.prepaid import granting

        return granting.moves(self._house, customers)

    def void_credit(self, label: str) -> "Credit":
        """Declare a credit void: what was paid for its rest was given back."""
        from usagebill_tui.billing.prepaid import granting

        return granting.void(self._house, label)

    def expire_credits(self, day: date | None = None, customers: Sequence[str] = ()) -> "list[Credit]":
        """Book the rest of credits that expired up to a day, or today, and return them."""
        from usagebill_tui.billing.prepaid import granting

        return granting.expire(self._house, day, customers)

    def apply_credits(self, customers: Sequence[str] = ()) -> "list[Invoice]":
        """Set balances and credits against open invoices, and return those that changed."""
        from usagebill_tui.billing.prepaid import applying

        return applying.apply_now(self._house, customers)

    def balances(self, customers: Sequence[str] = ()) -> "list[Owed]":
        """Return what invoices owe back: paid or credited beyond what they come to."""
        from usagebill_tui.store.balances import owed_back

        with self._house.database.reading() as session:
            return owed_back(session, customers or None)

    def ledger_balances(self) -> "list[Balance]":
        """Return what was posted to each account of the ledger, by account and currency."""
        from usagebill_tui.billing.bookkeeping import exporting as bookkeeping

        return bookkeeping.ledger_balances(self._house)

    def ledger_entries(self, first: date | None = None, after: date | None = None) -> "list[Entry]":
        """Return the ledger's entries, all or of the days from `first` up to, not including, `after`."""
        from usagebill_tui.billing.bookkeeping import exporting as bookkeeping

        return bookkeeping.ledger_entries(self._house, first, after)

    def ledger_text(
        self, form: "bookkeeping.Form" = "csv", first: date | None = None, after: date | None = None
    ) -> str:
        """Return those entries as CSV, a beancount file or an hledger journal."""
        from usagebill_tui.billing.bookkeeping import exporting as bookkeeping

        return bookkeeping.ledger_text(self._house, form, first, after)

    def export_ledger(
        self,
        path: str | Path,
        form: "bookkeeping.Form | None" = None,
        first: date | None = None,
        after: date | None = None,
    ) -> None:
        """Write that to a file; without a form, in the one that its ending names, else CSV."""
        from usagebill_tui.billing.bookkeeping import exporting as bookkeeping

        bookkeeping.export_ledger(self._house, Path(path), form, first, after)
