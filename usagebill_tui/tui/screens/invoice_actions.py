"""What can be done with one invoice: final, void, paid, refunded, exported, copied."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.invoice import Invoice, invoice_json
from usagebill_tui.errors import Refused
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.export_file import ask_file
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.screens.invoice_words import counted, in_short, invoice_name, payment_outcome
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.work import show_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from decimal import Decimal

    from usagebill_tui.domain.credit_note import CreditNote
    from usagebill_tui.tui.dialogs.pay import Payment
    from usagebill_tui.workspace import Workspace


class InvoiceActions(Page):
    """The actions of the screen of one invoice, which says in `invoice` what is shown."""

    PAGE = "invoices"
    invoice: Invoice | None
    is_preview: bool

    def _given(self) -> Invoice | None:
        """Return the invoice to act on; says why not where it is not made yet."""
        if self.is_preview:
            self.app.notify("It is not made yet: go back and make drafts first", severity="warning")
            return None
        return self.invoice

    # Final and void

    def action_finalize(self) -> None:
        """Make the draft final."""
        invoice = self._given()
        if invoice is None:
            return
        if invoice.status != "draft":
            self._refuse(
                f"invoice {invoice_name(invoice)} is {invoice.status}", "only a draft can be made final"
            )
            return
        effect = f"{in_short(invoice)}. It gets a number and dates and never changes again."
        self._confirm(
            f"Make {invoice_name(invoice)} final?",
            effect,
            "Make final",
            lambda workspace: workspace.finalize(invoice.id),
            lambda done: f"{done.number} is final, due on {done.due}",
        )

    def action_void(self) -> None:
        """Declare the invoice void."""
        invoice = self._given()
        if invoice is None:
            return
        self._confirm(
            f"Void {invoice_name(invoice)}?",
            f"Void {in_short(invoice)}. Its period can be billed again; the invoice stays on record.",
            "Void",
            lambda workspace: workspace.void(invoice.id),
            lambda done: f"{done.number or done.id} is void",
            danger=True,
        )

    # Payments

    def action_pay(self) -> None:
        """Record a payment."""
        self._ask_payment(refund=False)

    def action_refund(self) -> None:
        """Record money given back."""
        self._ask_payment(refund=True)

    def _ask_payment(self, *, refund: bool) -> None:
        invoice = self._given()
        if invoice is None:
            return
        if invoice.status not in {"final", "paid"}:
            mend = "make it final first" if invoice.status == "draft" else "bill the period again"
            self._refuse(f"invoice {invoice_name(invoice)} is {invoice.status} and takes no payment", mend)
        elif refund and not invoice.paid:
            self._refuse(f"nothing was paid for {invoice_name(invoice)}", "there is nothing to give back")
        else:
            self.work(
                lambda workspace: workspace.browse.today(),
                lambda today: self._open_payment(invoice, today, refund=refund),
                group="pay",
            )

    def _open_payment(self, invoice: Invoice, today: "date", *, refund: bool) -> None:
        from usagebill_tui.tui.dialogs.pay import PayDialog

        def answered(payment: "Payment | None") -> None:
            if payment is not None:
                self._confirm_payment(invoice, payment)

        self.app.push_screen(PayDialog(invoice, today, refund=refund), answered)

    def _confirm_payment(self, invoice: Invoice, payment: "Payment") -> None:
        noun = "refund" if payment.amount < 0 else "payment"
        amount = money(abs(payment.amount), invoice.currency)
        what = f"{amount} {noun} for {invoice_name(invoice)} on {day(payment.day)}"
        self._confirm(
            f"Record this {noun}?",
            f"{what}; {payment_outcome(invoice, payment.amount)}.",
            f"Record {noun}",
            lambda workspace: workspace.pay(
                invoice.id, payment.amount, day=payment.day, reference=payment.reference
            ),
            lambda done: (
                f"{done.number}: {done.paid} {done.currency} paid, {done.amount_due} due, {done.status}"
            ),
        )

    # Credit notes

    def action_credit(self) -> None:
        """Take something off the invoice by a credit note."""
        invoice = self._given()
        if invoice is None:
            return
        if invoice.status not in {"final", "paid"}:
            mend = (
                "a draft can be renewed, or voided" if invoice.status == "draft" else "nothing is owed on it"
            )
            self._refuse(f"invoice {invoice_name(invoice)} is {invoice.status}", mend)
            return
        from usagebill_tui.tui.dialogs.credit import CreditDialog, arguments

        def answered(values: "dict[str, Any] | None") -> None:
            if values is not None:
                asked = arguments(values)
                self.work(
                    lambda workspace: workspace.credit(invoice.id, dry_run=True, **asked),
                    lambda note: self._confirm_credit(invoice, note, asked),
                    group="act",
                )

        self.app.push_screen(CreditDialog(invoice), answered)

    def _confirm_credit(self, invoice: Invoice, note: "CreditNote", asked: "dict[str, Any]") -> None:
        from usagebill_tui.tui.screens.credit_note_words import parts_words

        count = counted(len(note.lines), "line")
        effect = (
            f"{parts_words(note)}, on {count} of {in_short(invoice)}. It gets a number and never changes."
        )

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(
                    lambda workspace: workspace.credit(invoice.id, **asked),
                    lambda made: self._done(f"{made.number}: {parts_words(made)}"),
                    group="act",
                )

        self.app.push_screen(
            Confirm(f"Credit {invoice_name(invoice)}?", effect, "Credit", danger=True), answered
        )

    # Adjustments

    def action_settle(self) -> None:
        """Settle what late events and other changes made of the invoice, by lines on the next one."""
        invoice = self._given()
        if invoice is None:
            return
        if invoice.status not in {"final", "paid"}:
            self._refuse(
                f"invoice {invoice_name(invoice)} is {invoice.status}", "only final ones are adjusted"
            )
            return

        def ask(workspace: "Workspace") -> "Decimal | None":
            found = workspace.adjustment_proposals((invoice.customer,))
            totals = [one.rest.total for one in found if one.invoice.id == invoice.id and not one.problem]
            return totals[0] if totals else None

        self.work(ask, lambda total: self._confirm_settling(invoice, total), group="settle")

    def _confirm_settling(self, invoice: Invoice, total: "Decimal | None") -> None:
        if total is None:
            self._refuse(
                f"there is nothing to settle of {invoice_name(invoice)}", "it would come out as it is"
            )
            return
        amount = money(total, invoice.currency)

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(
                    lambda workspace: workspace.accept_adjustment(invoice.number or invoice.id),
                    lambda done: self._done(f"{money(done.total, done.currency)} go on the next invoice"),
                    group="act",
                )

        effect = (
            f"{amount}, tax included, goes on the customer's next invoice. {invoice_name(invoice)} stays."
        )
        self.app.push_screen(Confirm(f"Settle {invoice_name(invoice)}?", effect, "Settle"), answered)

    # Files and copies

    def action_export(self) -> None:
        """Write the invoice to a file."""
        invoice = self._given()
        if invoice is None:
            return
        from usagebill_tui.billing.documents.exporting import FORMS

        safe_name = "".join(c if c.isalnum() or c in "-_" else "_" for c in invoice_name(invoice))
        dialog = ask_file(f"Export {invoice_name(invoice)}", f"{safe_name}.html", FORMS)

        def answered(path: str | None) -> None:
            if path is not None:
                file = Path(path).expanduser()
                self.work(
                    lambda workspace: workspace.export_invoice(invoice.id, file),
                    lambda _: self._say(f"wrote {file}"),
                    group="export",
                )

        self.app.push_screen(dialog, answered)

    def action_copy_text(self) -> None:
        """Copy the invoice as the command line shows it."""
        from usagebill_tui.billing.documents.invoice_text import invoice_text

        if self.invoice is not None:
            self.app.copy_to_clipboard(invoice_text(self.invoice))
            self.app.notify("Invoice copied as text", title="Clipboard")

    def action_copy_json(self) -> None:
        """Copy the invoice as JSON."""
        import msgspec

        if self.invoice is not None:
            encoded = msgspec.json.format(msgspec.json.encode(invoice_json(self.invoice)), indent=2)
            self.app.copy_to_clipboard(encoded.decode())
            self.app.notify("Invoice copied as JSON", title="Clipboard")

    # What is common

    def _confirm(
        self,
        title: str,
        effect: str,
        do: str,
        act: "Callable[[Workspace], Invoice]",
        told: "Callable[[Invoice], str]",
        *,
        danger: bool = False,
    ) -> None:
        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(act, lambda done: self._done(told(done)), group="act")

        self.app.push_screen(Confirm(title, effect, do, danger=danger), answered)

    def _done(self, text: str) -> None:
        self._say(text)
        self.reload()

    def _say(self, text: str) -> None:
        self.app.notify(plain(text), title="Invoice", markup=False)

    def _refuse(self, what: str, mend: str) -> None:
        show_error(self.app, Refused(what, mend=mend))
