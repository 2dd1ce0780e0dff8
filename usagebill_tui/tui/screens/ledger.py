"""The ledger: what each account comes to, and the entries behind it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.widgets import Label

from usagebill_tui.billing.words import money
from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.ledger_words import ACCOUNTS
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.in_memory import Sortable, page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.store.entries import Balance
    from usagebill_tui.workspace import Workspace

_ENDINGS = (".csv", ".beancount", ".bean", ".hledger", ".journal")
_FIELDS = (
    Field(key="file", title="File", required=True, help=f"Its ending names the form: {', '.join(_ENDINGS)}"),
    Field(key="first", title="From", kind="date", default="the first", help="Entries of this day and later"),
    Field(key="after", title="Up to", kind="date", default="the last", help="Entries before this day"),
)
_EMPTY = "No entries yet. They are made by final invoices, payments and credit notes."


class LedgerPage(Page):
    """The accounts with their balances; each opens the entries that post to it."""

    PAGE = "reports"
    HELP_TEXT = "Double entries: debits less credits are the balance, and all balances add up to zero."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="ledger.entries", keys="a", title="Show all entries", call="entries", footer="all entries"),
        Action(id="ledger.export", keys="x", title="Export entries", call="export", footer="export",
               help="As CSV, or a file for beancount or hledger"),
    )  # fmt: skip

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Ledger"

    def body(self) -> ComposeResult:
        """Yield the accounts."""
        yield Label("Ledger: what each account comes to", classes="section")
        yield Listing(
            [
                Column(key="account", title="Account", sortable=True),
                Column(key="meaning", title="What it is", priority=2),
                Column(key="currency", title="Currency", sortable=True, priority=1),
                Column(key="debits", title="Debits", right=True, sortable=True, priority=1),
                Column(key="credits", title="Credits", right=True, sortable=True, priority=1),
                Column(key="balance", title="Balance", right=True, sortable=True),
            ],
            _fetch,
            empty=_EMPTY,
            noun="accounts",
        )

    def load(self) -> None:
        """Load the balances."""
        self.query_one(Listing).load()

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the entries that post to the account."""
        from usagebill_tui.tui.screens.ledger_entries import EntriesPage

        account, _, currency = event.key.partition("/")
        self.app.push_screen(EntriesPage(account, currency))

    def action_entries(self) -> None:
        """Show all entries."""
        from usagebill_tui.tui.screens.ledger_entries import EntriesPage

        self.app.push_screen(EntriesPage())

    def action_export(self) -> None:
        """Write entries to a file."""
        from usagebill_tui.tui.dialogs.ask_form import AskForm

        dialog = AskForm("Export the ledger", _FIELDS, {"file": "ledger.csv"}, do="Export", check=_problem)
        self.app.push_screen(dialog, self._export)

    def _export(self, values: Mapping[str, Any] | None) -> None:
        if values is None:
            return
        file = Path(values["file"]).expanduser()
        first: date | None = values.get("first")
        after: date | None = values.get("after")
        self.work(
            lambda workspace: workspace.export_ledger(file, None, first, after),
            lambda _: self.app.notify(plain(f"wrote the ledger to {file}"), title="Ledger", markup=False),
            group="export",
        )


def _problem(values: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what is wrong with the file or the days, with the field's key."""
    file = Path(values["file"]).expanduser()
    if file.suffix.lower() not in _ENDINGS:
        return "file", f"end it in {', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]}"
    if not file.parent.is_dir():
        return "file", f"there is no folder {file.parent}"
    first, after = values.get("first"), values.get("after")
    return ("after", "must be later than From") if first and after and after <= first else None


def _fetch(workspace: "Workspace", asked: PageRequest) -> Found:
    return page([_row(one) for one in workspace.ledger_balances()], asked)


def _row(one: "Balance") -> Sortable:
    row = Row(
        f"{one.account}/{one.currency}",
        (
            one.account.replace("_", " "),
            ACCOUNTS.get(one.account, ""),
            one.currency,
            money(one.debits, one.currency),
            money(one.credits, one.currency),
            money(one.balance, one.currency),
        ),
    )
    names = ("account", "currency", "debits", "credits", "balance")
    return Sortable(row, {name: getattr(one, name) for name in names})
