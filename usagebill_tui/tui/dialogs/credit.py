"""Crediting an invoice: the whole of it or one line, how much, and what the customer is told."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from usagebill_tui.billing.words import money
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.errors import UsagebillError
from usagebill_tui.tui.dialogs.ask_form import AskForm
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.credit_note_words import parts_words
from usagebill_tui.tui.screens.invoice_words import invoice_name
from usagebill_tui.tui.work import Guarded

if TYPE_CHECKING:
    from usagebill_tui.domain.credit_note import CreditNote


class CreditDialog(AskForm, Guarded):
    """Asks what is taken off an invoice, and says what that comes to with its tax as it is typed."""

    def __init__(self, invoice: Invoice) -> None:
        super().__init__(f"Credit {invoice_name(invoice)}", _fields(invoice), {}, do="Go on")
        self._invoice = invoice

    def on_mount(self) -> None:
        """Say what crediting all that is left comes to."""
        self._preview()

    def on_form_changed(self, _event: Form.Changed) -> None:
        """Say what it comes to now."""
        self._preview()

    def _preview(self) -> None:
        form = self.query_one(Form)
        if form.problems():
            self.say("")
            return
        asked = arguments(form.values())
        invoice = self._invoice.id
        self.work(
            lambda workspace: workspace.credit(invoice, dry_run=True, **asked),
            self._say_note,
            group="preview",
            failed=self._refused,
        )

    def _say_note(self, note: "CreditNote") -> None:
        left = self._invoice.amount_due + note.total
        after = (
            f"{money(left, note.currency)} due"
            if left >= 0
            else f"{money(-left, note.currency)} to give back"
        )
        self.say(f"→ {parts_words(note)}; then {after}")

    def _refused(self, error: Exception) -> None:
        if not isinstance(error, UsagebillError):
            self._show(error)
            return
        self.say(f"✗ {error.what}; {error.mend}" if error.mend else f"✗ {error.what}", "$error")


def arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is typed as `Workspace.credit` takes it."""
    found: dict[str, Any] = {"reason": values.get("reason", "")}
    if values.get("line"):
        found["line"] = int(values["line"])
    if values.get("amount") is not None:
        found["amount"] = values["amount"]
    return found


def _fields(invoice: Invoice) -> tuple[Field, ...]:
    lines = tuple(
        (str(number), f"{number}  {plain(line.description, 40)}, {money(line.amount, invoice.currency)}")
        for number, line in enumerate(invoice.lines, 1)
    )
    return (
        Field(key="line", title="What", kind="choice", choices=lines, default="the whole invoice"),
        Field(
            key="amount",
            title=f"Amount {invoice.currency}",
            kind="number",
            default="all that is left",
            bounds={"gt": 0},
            help="Tax included",
        ),
        Field(key="reason", title="Reason", help="What the customer is told"),
    )
