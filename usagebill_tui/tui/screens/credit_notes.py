"""Credit notes: what was taken off final invoices, newest first."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.domain.credit_note import CreditNote
    from usagebill_tui.workspace import Workspace


class CreditNotesPage(Page):
    """The list of credit notes; each opens into its lines."""

    PAGE = "invoices"
    HELP_TEXT = "Credit notes are made on an invoice: open it, and press n."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="credit_notes.invoice", keys="i", title="Open the invoice", call="open_invoice",
               footer="invoice"),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._invoices: dict[str, str] = {}

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Credit notes"

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Listing(
            [
                Column(key="number", title="Number", sortable=True),
                Column(key="issued", title="Issued", sortable=True, priority=1),
                Column(key="invoice", title="Invoice", sortable=True),
                Column(key="customer", title="Customer", sortable=True, priority=1),
                Column(key="tax", title="Tax", right=True, priority=2),
                Column(key="total", title="Total", right=True, sortable=True),
                Column(key="reason", title="Reason", priority=2),
            ],
            self._fetch,
            empty="No credit notes yet. Open an invoice and press n to make one.",
            noun="credit notes",
            sort="number",
            descending=True,
        )

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def _fetch(self, workspace: "Workspace", asked: PageRequest) -> Found:
        found = workspace.browse.credit_notes(asked)
        self._invoices = {one.number: one.invoice for one in found.rows}
        return PageFound([_row(one) for one in found.rows], found.matching, found.total)

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show one credit note."""
        from usagebill_tui.tui.screens.credit_note import CreditNotePage

        self.app.push_screen(CreditNotePage(event.key))

    def action_open_invoice(self) -> None:
        """Open the invoice of the credit note under the cursor."""
        from usagebill_tui.tui.screens.invoice import InvoicePage

        invoice = self._invoices.get(self.query_one(Listing).key or "")
        if invoice is not None:
            self.app.push_screen(InvoicePage(invoice))


def _row(one: "CreditNote") -> Row:
    return Row(
        one.number,
        (
            cell(one.number, longest=30),
            day(one.issued),
            cell(one.invoice, longest=30),
            cell(one.customer, longest=40),
            money(one.tax, one.currency),
            money(one.total, one.currency),
            cell(one.reason, longest=80),
        ),
    )
