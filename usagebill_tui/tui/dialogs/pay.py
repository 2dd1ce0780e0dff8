"""Recording a payment or a refund: how much, when, and what the bank statement says."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from usagebill_tui.billing.words import money
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.money import parse_money
from usagebill_tui.errors import InvalidInput
from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import content
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.invoice_words import invoice_name, payment_outcome


class Payment(NamedTuple):
    """What is to be recorded; a refund is negative."""

    amount: Decimal
    day: date
    reference: str


class PayDialog(Dialog[Payment | None]):
    """Asks for a payment, or with `refund` for money given back, and says what it would leave to pay."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="pay.cancel", keys="escape", title="Cancel", call="cancel", footer="Cancel"),
    )
    BINDINGS = bindings(ACTIONS)
    AUTO_FOCUS = "Form Input"

    def __init__(self, invoice: Invoice, today: date, *, refund: bool = False) -> None:
        super().__init__()
        self._invoice, self._today, self._refund = invoice, today, refund

    def compose(self) -> ComposeResult:
        """Lay out the form, what it comes to, and the buttons."""
        noun = "Refund" if self._refund else "Payment"
        with Vertical(classes="dialog"):
            yield Label(content(f"{noun} for {invoice_name(self._invoice)}"), classes="title")
            yield Form(self._fields(), {"amount": self._suggested(), "date": self._today})
            yield Static("", id="pay-outcome")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel")
                yield Button(f"Record {noun.lower()}", id="ok", variant="primary")

    def _fields(self) -> tuple[Field, ...]:
        invoice = self._invoice
        standing = (
            f"{money(invoice.paid, invoice.currency)} paid, {money(invoice.amount_due, invoice.currency)} due"
        )
        return (
            Field(
                key="amount",
                title=f"Amount {invoice.currency}",
                kind="number",
                required=True,
                bounds={"gt": "0"},
                help=standing,
            ),
            Field(key="date", title="Date", kind="date", required=True, help="When the money moved"),
            Field(key="reference", title="Reference", help="What the bank statement says"),
        )

    def _suggested(self) -> str:
        most = self._invoice.paid if self._refund else self._invoice.amount_due
        return format(most, "f") if most > 0 else ""

    def on_mount(self) -> None:
        """Say what the suggested amount comes to."""
        self._say()

    def on_form_changed(self, _event: Form.Changed) -> None:
        """Say what the amount comes to."""
        self._say()

    def _say(self) -> None:
        amount = self._amount()
        text = "" if amount is None else f"→ {payment_outcome(self._invoice, amount)}"
        self.query_one("#pay-outcome", Static).update(content(text))

    def _amount(self) -> Decimal | None:
        typed = self.query_one(Form).values().get("amount")
        if typed is None or "amount" in self.query_one(Form).problems():
            return None
        try:
            amount = parse_money(str(typed), self._invoice.currency)
        except InvalidInput:
            return None
        return -amount if self._refund else amount

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Record what is typed."""
        event.stop()
        self._record()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        if event.button.id == "ok":
            self._record()
        else:
            self.dismiss(None)

    def _record(self) -> None:
        form = self.query_one(Form)
        if form.show_problems():
            return
        values = form.values()
        try:
            amount = parse_money(str(values["amount"]), self._invoice.currency)
        except InvalidInput as error:
            form.show_problem("amount", f"{error.what}; {error.mend}")
            return
        signed = -amount if self._refund else amount
        self.dismiss(Payment(signed, values["date"], values.get("reference", "")))

    def action_cancel(self) -> None:
        """Record nothing."""
        self.dismiss(None)
