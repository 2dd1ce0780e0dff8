"""Adding a prepaid credit: money or units, what was paid for it, how soon it goes and until when."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Label

from usagebill_tui.billing.prepaid.granting import CreditRequest
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.money import parse_money
from usagebill_tui.errors import InvalidInput
from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form


class AddCreditDialog(Dialog[CreditRequest | None]):
    """Asks for a customer's credit; what it asks for is checked again when it is added."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="add_credit.cancel", keys="escape", title="Cancel", call="cancel", footer="Cancel"),
    )
    BINDINGS = bindings(ACTIONS)
    AUTO_FOCUS = "Form Input"

    def __init__(self, customer: Customer, products: tuple[str, ...], today: date) -> None:
        super().__init__()
        self._customer, self._products, self._today = customer, products, today

    def compose(self) -> ComposeResult:
        """Lay out the form and the buttons."""
        with Vertical(classes="dialog"):
            yield Label(content(f"Credit for {plain(self._customer.id, 60)}"), classes="title")
            with VerticalScroll(can_focus=False):
                yield Form(self._fields(), {"date": self._today})
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Add credit", id="ok", variant="primary")

    def _fields(self) -> tuple[Field, ...]:
        currency = self._customer.currency
        least = {"gt": "0"}
        return (
            Field(key="amount", title=f"Amount {currency}", kind="number", bounds=least, help="Or units"),
            Field(key="units", title="Units", kind="number", bounds=least, help="Of a product"),
            Field(
                key="product",
                title="Product",
                kind="choice",
                choices=tuple((code, code) for code in self._products),
                help="Units are taken off its usage before the price",
            ),
            Field(
                key="paid",
                title=f"Paid {currency}",
                kind="number",
                bounds={"ge": "0"},
                help="Empty: all of an amount, nothing for units; 0: granted",
            ),
            Field(key="name", title="Name", help="What invoices call it"),
            Field(key="priority", title="Priority", kind="whole", default="0", help="Lower goes first"),
            Field(key="expires", title="Expires", kind="date", help="The first day on which it is not used"),
            Field(key="date", title="Date", kind="date", required=True, help="When it was paid or granted"),
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Ask for what is typed."""
        event.stop()
        self._ask()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        if event.button.id == "ok":
            self._ask()
        else:
            self.dismiss(None)

    def _ask(self) -> None:
        form = self.query_one(Form)
        if form.show_problems():
            return
        values = form.values()
        if ("amount" in values) == ("units" in values):
            form.show_problem("amount", "give either an amount or units")
            return
        if ("units" in values) != ("product" in values):
            form.show_problem("product", "units are those of a product")
            return
        money: dict[str, Decimal | None] = {}
        for key in ("amount", "paid"):
            try:
                money[key] = self._money(values.get(key))
            except InvalidInput as error:
                form.show_problem(key, f"{error.what}; {error.mend}")
                return
        units = values.get("units")
        self.dismiss(
            CreditRequest(
                customer=self._customer.id,
                amount=money["amount"],
                units=None if units is None else Decimal(str(units)),
                product=values.get("product"),
                paid=money["paid"],
                name=values.get("name", ""),
                priority=int(values.get("priority", 0)),
                expires=values.get("expires"),
                day=values["date"],
            )
        )

    def _money(self, typed: Any) -> Decimal | None:
        return None if typed is None else parse_money(str(typed), self._customer.currency)

    def action_cancel(self) -> None:
        """Add nothing."""
        self.dismiss(None)
