"""Payments: all money received and given back, newest first."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace


class PaymentsPage(Page):
    """The list of payments; each opens its invoice."""

    PAGE = "invoices"
    HELP_TEXT = "Payments are recorded on an invoice: open it, and press p or r."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="payments.open", keys="i", title="Open the invoice", call="open", footer="invoice"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._invoices: dict[str, str] = {}

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Payments"

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Listing(
            [
                Column(key="id", title="Id", right=True, sortable=True, priority=2),
                Column(key="date", title="Date", sortable=True),
                Column(key="number", title="Invoice", sortable=True),
                Column(key="customer", title="Customer", sortable=True, priority=1),
                Column(key="amount", title="Amount", right=True, sortable=True),
                Column(key="reference", title="Reference", priority=1),
                Column(key="who", title="Recorded by", priority=2),
            ],
            self._fetch,
            empty="No payments yet. Open an invoice and press p to record one.",
            noun="payments",
            sort="id",
            descending=True,
        )

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def _fetch(self, workspace: "Workspace", asked: PageRequest) -> Found:
        found = workspace.browse.payments(asked)
        self._invoices = {str(one.payment.id): one.payment.invoice for one in found.rows}
        rows = [
            Row(
                str(one.payment.id),
                (
                    str(one.payment.id),
                    day(one.payment.date),
                    cell(one.number, longest=30),
                    cell(one.customer, longest=40),
                    money(one.payment.amount, one.payment.currency),
                    cell(one.payment.reference, longest=80),
                    cell(one.payment.who, longest=30),
                ),
            )
            for one in found.rows
        ]
        return PageFound(rows, found.matching, found.total)

    def on_listing_opened(self, _event: Listing.Opened) -> None:
        """Show the invoice of the payment."""
        self.action_open()

    def action_open(self) -> None:
        """Show the invoice of the payment under the cursor."""
        from usagebill_tui.tui.screens.invoice import InvoicePage

        invoice = self._invoices.get(self.query_one(Listing).key or "")
        if invoice is not None:
            self.app.push_screen(InvoicePage(invoice))
