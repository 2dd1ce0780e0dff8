"""Customers: who pays, on which plan, and what they owe."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.screens.archiving import ARCHIVE, ArchivingPage, marked
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.store.browsing.customers import CustomerEntry
    from usagebill_tui.workspace import Workspace


class CustomersPage(ArchivingPage):
    """The list of customers; each opens into its usage, subscriptions, invoices, events and payments."""

    PAGE = "customers"
    NOUN = "customer"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="customers.new", keys="n", title="New customer", call="new", footer="new"),
        Action(id="customers.edit", keys="e", title="Edit the customer", call="edit", footer="edit"),
        Action(id="customers.file", keys="i", title="Add or change customers by a CSV file", call="file",
               footer="CSV file"),
        Action(id="customers.erase", keys="X", title="Erase the customer's personal data", call="erase",
               help="First all that would go; invoices and sums stay"),
        *ARCHIVE,
    )  # fmt: skip
    HELP_TEXT = "Enter opens a customer: usage, subscriptions, invoices, events, payments."

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Listing(
            [
                Column(key="id", title="Id", sortable=True),
                Column(key="name", title="Name", sortable=True, priority=1),
                Column(key="plan", title="Plan", priority=1),
                Column(key="currency", title="Currency", priority=2),
                Column(key="timezone", title="Time zone", priority=2),
                Column(key="owed", title="Amount due", right=True, sortable=True),
                Column(key="status", title="Status"),
            ],
            _fetch,
            empty="No customers yet. Press n to add the first one.",
            noun="customers",
            sort="id",
        )

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def action_new(self) -> None:
        """Describe a new customer."""
        from usagebill_tui.tui.screens.customer_editor import CustomerEditor

        self.app.push_screen(CustomerEditor())

    def action_edit(self) -> None:
        """Edit the customer under the cursor."""
        from usagebill_tui.tui.screens.customer_editor import CustomerEditor

        key = self.query_one(Listing).key
        if key is not None:
            self.app.push_screen(CustomerEditor(key))

    def action_file(self) -> None:
        """Choose a CSV file, and see what it would change."""
        from usagebill_tui.tui.dialogs.choose_file import ChooseFiles

        self.app.push_screen(ChooseFiles(Path.cwd(), (".csv",)), self._compare)

    def _compare(self, files: "Sequence[str] | None") -> None:
        from usagebill_tui.tui.screens.catalogue import CataloguePage, Source

        if files:
            self.app.push_screen(CataloguePage(Source(files[0])))

    def action_erase(self) -> None:
        """Show what erasing the personal data of the customer under the cursor would take."""
        from usagebill_tui.tui.screens.erase import ErasePage

        key = self.query_one(Listing).key
        if key is not None:
            self.app.push_screen(ErasePage(key))

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the customer that was opened."""
        from usagebill_tui.tui.screens.customer import CustomerPage

        self.app.push_screen(CustomerPage(event.key))


def _fetch(workspace: "Workspace", asked: PageRequest) -> Found:
    found = workspace.browse.customers(asked)
    away = workspace.browse.archived("customer")
    return PageFound([marked(_row(entry), away) for entry in found.rows], found.matching, found.total)


def _row(entry: "CustomerEntry") -> Row:
    from usagebill_tui.tui.screens.customer_words import amounts, plans_text, status_text

    customer = entry.customer
    owed: str | Text = amounts(entry.owed) or Text("–", justify="right", style="dim")
    plan = plans_text(entry) or Text("–", style="dim")
    texts = (cell(customer.id, longest=60), cell(customer.name, longest=60), plan, customer.currency)
    return Row(customer.id, (*texts, customer.timezone, owed, status_text(entry)))
