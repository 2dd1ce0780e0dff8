"""The entries of the ledger, of one account or all, newest first."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Label

from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell, content, plain
from usagebill_tui.tui.screens.ledger_words import entry_parts, kind_words, posted
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.store.entries import Entry
    from usagebill_tui.workspace import Workspace


class EntriesPage(Page):
    """The entries that post to an account in a currency, or all; each opens into its debits and credits."""

    PAGE = "reports"
    HELP_TEXT = "Entries are never changed: a void invoice and a refund have entries of their own."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="entries.invoice", keys="i", title="Open the invoice", call="open_invoice",
               footer="invoice"),
    )  # fmt: skip

    def __init__(self, account: str = "", currency: str = "") -> None:
        super().__init__()
        self._account, self._currency = account or None, currency or None
        self._entries: dict[str, Entry] = {}

    @property
    def title_text(self) -> str:
        """Return whose entries these are."""
        if self._account is None:
            return "Ledger: all entries"
        return f"Ledger: {plain(self._account, 40).replace('_', ' ')}, {plain(self._currency or '', 10)}"

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Label(content(self.title_text), classes="section")
        yield Listing(
            [
                Column(key="id", title="Entry", right=True, sortable=True, priority=2),
                Column(key="day", title="Day", sortable=True, priority=1),
                Column(key="kind", title="Kind", sortable=True, priority=1),
                Column(key="reference", title="Reference", sortable=True),
                Column(key="customer", title="Customer", priority=1),
                Column(key="debit", title="Debit", right=True),
                Column(key="credit", title="Credit", right=True),
            ],
            self._fetch,
            empty="No entries yet. They are made by final invoices, payments and credit notes.",
            noun="entries",
            sort="id",
            descending=True,
        )

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def _fetch(self, workspace: "Workspace", asked: PageRequest) -> Found:
        found = workspace.browse.ledger(asked, account=self._account, currency=self._currency)
        self._entries = {str(one.id): one for one in found.rows}
        return PageFound([self._row(one) for one in found.rows], found.matching, found.total)

    def _row(self, one: "Entry") -> Row:
        amount = posted(one.legs, self._account)
        written = money(abs(amount), one.currency)
        debit = written if amount > 0 or self._account is None else ""
        return Row(
            str(one.id),
            (
                str(one.id),
                day(one.day),
                kind_words(one.kind),
                cell(one.reference, longest=30),
                cell(one.customer, longest=30),
                debit,
                written if amount < 0 or self._account is None else "",
            ),
        )

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show what the entry posts to which account."""
        from usagebill_tui.tui.dialogs.details import Details

        entry = self._entries[event.key]
        offers = [("i", "opens the invoice")] if entry.invoice else []
        self.app.push_screen(
            Details(f"Entry {entry.id}", entry_parts(entry), offers),
            lambda key: self._open(entry) if key == "i" else None,
        )

    def action_open_invoice(self) -> None:
        """Open the invoice of the entry under the cursor."""
        entry = self._entries.get(self.query_one(Listing).key or "")
        if entry is not None:
            self._open(entry)

    def _open(self, entry: "Entry") -> None:
        from usagebill_tui.tui.screens.invoice import InvoicePage

        if entry.invoice:
            self.app.push_screen(InvoicePage(entry.invoice))
        else:
            self.app.notify("This entry is of no invoice")
