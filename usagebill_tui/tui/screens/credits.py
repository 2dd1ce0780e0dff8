"""Prepaid credits of all customers and what invoices owe back: set against invoices, or booked as expired."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Label

from usagebill_tui.billing.words import money
from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.screens.customer_credits import ask_to_end, credit_cells, state_word
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.in_memory import Sortable, page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from datetime import date

    from usagebill_tui.domain.invoice import Invoice
    from usagebill_tui.domain.prepaid import Credit
    from usagebill_tui.store.balances import Owed
    from usagebill_tui.workspace import Workspace

_MOST_TOLD = 8


class CreditsPage(Page):
    """Every credit and balance by customer; what is left is set against open invoices, or expires."""

    PAGE = "invoices"
    HELP_TEXT = (
        "Enter opens the customer, whose Credits tab adds one. Final invoices take credits by themselves."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="credits.apply", keys="a", title="Set credits against open invoices", call="apply",
               footer="apply", help="What is owed back first, then credits; the oldest invoice first"),
        Action(id="credits.expire", keys="x", title="Book what has expired", call="expire", footer="expire",
               help="What is left of credits past their day, each on that day"),
        Action(id="credits.void", keys="v", title="Void the credit", call="void", footer="void"),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._customers: dict[str, str] = {}

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Prepaid credits"

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Label("Prepaid credits and balances, in the order in which they are used", classes="section")
        yield Listing(
            [
                Column(key="credit", title="Credit"),
                Column(key="customer", title="Customer", sortable=True),
                Column(key="state", title="Status", sortable=True, priority=1),
                Column(key="name", title="What", priority=2),
                Column(key="held", title="Held", right=True, priority=2),
                Column(key="left", title="Left", right=True),
                Column(key="expires", title="Expires", sortable=True, priority=1),
                Column(key="priority", title="Priority", right=True, priority=2),
            ],
            self._fetch,
            empty="No credits, and nothing owed back. A customer's Credits tab adds them.",
            noun="credits",
        )

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def _fetch(self, workspace: "Workspace", asked: PageRequest) -> Found:
        today = workspace.browse.today()
        owed, credits_ = workspace.balances(), workspace.credits()
        rows = [*map(_balance_row, owed), *(_credit_row(one, today) for one in credits_)]
        self._customers = {one.row.key: one.values["customer"] for one in rows}
        return page(rows, asked)

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the customer."""
        from usagebill_tui.tui.screens.customer import CustomerPage

        self.app.push_screen(CustomerPage(self._customers[event.key]))

    # Setting against invoices

    def action_apply(self) -> None:
        """Say what there is to set against open invoices, and do it once the user agrees."""
        self.work(_at_hand, self._ask_to_apply, group="credit")

    def _ask_to_apply(self, found: tuple[str, str, str]) -> None:
        owed, left, due = found
        if not due or not (owed or left):
            self.app.notify(
                "There is no open invoice" if not due else "There is nothing left", title="Credits"
            )
            return
        lines = [
            *([f"{owed} owed back is used first."] if owed else []),
            *([f"{left} of prepaid credits is used as far as each customer has some."] if left else []),
            f"Open invoices of those customers come to {due}; the oldest is paid first.",
        ]

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(lambda workspace: workspace.apply_credits(), self._applied, group="credit")

        self.app.push_screen(
            Confirm("Set credits against open invoices?", "\n".join(lines), "Apply"), answered
        )

    def _applied(self, changed: "Sequence[Invoice]") -> None:
        told = [
            f"{plain(one.number or one.id, 40)}: {money(one.amount_due, one.currency)} to pay"
            for one in changed[:_MOST_TOLD]
        ]
        if len(changed) > _MOST_TOLD:
            told.append(f"and {len(changed) - _MOST_TOLD:,} more")
        self.app.notify("\n".join(told) or "No invoice changed", title="Credits", markup=False)
        self.load()

    # Expiring

    def action_expire(self) -> None:
        """Say what has expired, and book it once the user agrees."""
        self.work(_expired, self._ask_to_expire, group="credit")

    def _ask_to_expire(self, found: "Sequence[Credit]") -> None:
        if not found:
            self.app.notify("No credit has expired with something left", title="Credits")
            return

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(lambda workspace: workspace.expire_credits(), self._booked, group="credit")

        lines = [f"{one.label} of {plain(one.customer, 40)}: {_left(one)}" for one in found[:_MOST_TOLD]]
        if len(found) > _MOST_TOLD:
            lines.append(f"and {len(found) - _MOST_TOLD:,} more")
        lines.append("What was paid for them counts as earned on the day each expired.")
        title = f"Book {_count(len(found))} as expired?"
        self.app.push_screen(Confirm(title, "\n".join(lines), "Book", danger=True), answered)

    def _booked(self, ended: "Sequence[Credit]") -> None:
        self.app.notify(f"{_count(len(ended))} booked as expired", title="Credits", markup=False)
        self.load()

    def action_void(self) -> None:
        """Void the credit under the cursor."""
        ask_to_end(self, self.query_one(Listing).key)


def _count(number: int) -> str:
    return "1 credit" if number == 1 else f"{number:,} credits"


def _at_hand(workspace: "Workspace") -> tuple[str, str, str]:
    """Return what is owed back, what is left of credits in money, and what those customers have to pay."""
    today = workspace.browse.today()
    owed = [one for one in workspace.balances() if one.amount]
    usable = [one for one in workspace.credits() if one.usable(today) and one.units is None]
    customers = sorted({one.customer for one in owed} | {one.customer for one in usable})
    due = [one for one in workspace.invoices(customers, ["final"]) if one.amount_due > 0] if customers else []
    return (
        _sums((one.amount, one.currency) for one in owed),
        _sums((one.left, one.currency) for one in usable),
        _sums((one.amount_due, one.currency) for one in due),
    )


def _expired(workspace: "Workspace") -> "list[Credit]":
    today = workspace.browse.today()
    return [one for one in workspace.credits() if one.state(today) == "expired" and not one.is_empty]


def _sums(amounts: "Iterable[tuple[Decimal, str]]") -> str:
    found: dict[str, Decimal] = {}
    with exact_arithmetic():
        for amount, currency in amounts:
            found[currency] = found.get(currency, Decimal(0)) + amount
    return " and ".join(money(total, currency) for currency, total in sorted(found.items()))


def _left(one: "Credit") -> str:
    return plain(str(credit_cells(one)[4]), 60)


def _credit_row(one: "Credit", today: "date") -> Sortable:
    label, name, held, expires, left, priority = credit_cells(one)
    state, whose = state_word(one.state(today)), cell(one.customer, longest=40)
    cells = (label, whose, state, name, held, left, expires, priority)
    values = {"customer": one.customer, "state": one.state(today), "expires": one.expires}
    return Sortable(Row(one.label, cells), values)


def _balance_row(one: "Owed") -> Sortable:
    amount = money(one.amount, one.currency)
    cells = (
        cell(one.number, longest=40), cell(one.customer, longest=40), state_word("back"), "Balance",
        amount, amount, "–", "",
    )  # fmt: skip
    return Sortable(Row(f"balance {one.invoice}", cells), {"customer": one.customer, "state": "back"})
