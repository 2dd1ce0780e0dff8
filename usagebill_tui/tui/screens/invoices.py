"""Invoices: drafts, what is open and overdue, what was paid; billing a period begins here."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult

from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.screens.invoice_words import (
    KINDS,
    counted,
    days_text,
    due_amount,
    invoice_name,
    status_text,
)
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row
from usagebill_tui.tui.widgets.tabline import TabLine

if TYPE_CHECKING:
    from usagebill_tui.billing.invoices.finalizing import Finalized
    from usagebill_tui.store.browsing.invoices import InvoiceEntry, InvoiceKind
    from usagebill_tui.workspace import Workspace

_SHOWN = 3
_EMPTY = "No invoices yet. Press b to bill a period."


class InvoicesPage(Page):
    """The list of invoices, of all kinds or one; drafts are marked and made final together."""

    PAGE = "invoices"
    HELP_TEXT = "h and l, or a click, show drafts, open, overdue, paid or void invoices alone."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="invoices.bill", keys="b", title="Bill a period", call="bill", footer="bill",
               help="Shows first what would be made"),
        Action(id="invoices.finalize", keys="f", title="Make the marked drafts final", call="finalize_marked",
               footer="finalize", help="Without marks, the draft under the cursor"),
        Action(id="invoices.next", keys="l", title="Show the next kind", call="tab(1)", footer="kind"),
        Action(id="invoices.mark", keys="m", title="Mark or unmark a draft", call="mark", footer="mark"),
        Action(id="invoices.payments", keys="p", title="Show all payments", call="payments",
               footer="payments"),
        Action(id="invoices.credit_notes", keys="c", title="Credit notes", call="app.open('credit_notes')",
               help="What was taken off invoices"),
        Action(id="invoices.finalize_all", keys="F", title="Make all drafts final", call="finalize_all"),
        Action(id="invoices.previous", keys="h", title="Show the previous kind", call="tab(-1)"),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._marked: dict[str, None] = {}
        self._drafts: set[str] = set()
        self._kind: InvoiceKind = "all"

    def body(self) -> ComposeResult:
        """Yield the kinds and the list."""
        yield TabLine({str(kind): title for kind, title in KINDS.items()}, "all", "show_kind")
        yield Listing(
            [
                Column(key="mark", title=" ", width=1),
                Column(key="number", title="Number", sortable=True, priority=1),
                Column(key="customer", title="Customer", sortable=True),
                Column(key="status", title="Status", sortable=True),
                Column(key="period", title="Period", sortable=True, priority=2),
                Column(key="total", title="Total", right=True, sortable=True, priority=1),
                Column(key="due", title="Due", right=True),
                Column(key="due_on", title="Due on", sortable=True, priority=2),
            ],
            self._fetch,
            empty=_EMPTY,
            noun="invoices",
            sort="period",
            descending=True,
        )

    def load(self) -> None:
        """Load the counts of the kinds, and the list."""
        self.work(lambda workspace: workspace.browse.invoice_counts(), self._show_counts, group="counts")
        self.query_one(Listing).load()

    def _show_counts(self, counts: "dict[InvoiceKind, int]") -> None:
        line = self.query_one(TabLine)
        line.name_tabs({kind: f"{title} {counts[kind]:,}" for kind, title in KINDS.items()})

    def _fetch(self, workspace: "Workspace", asked: PageRequest) -> Found:
        found = workspace.browse.invoices(asked, kind=self._kind)
        self._drafts = {one.invoice.id for one in found.rows if one.invoice.status == "draft"}
        return PageFound([self._row(one) for one in found.rows], found.matching, found.total)

    def _row(self, entry: "InvoiceEntry") -> Row:
        invoice = entry.invoice
        longest = 11 if self.has_class("-narrow") else 24
        return Row(
            invoice.id,
            (
                "◆" if invoice.id in self._marked else " ",
                cell(invoice_name(invoice), longest=min(longest, 22)),
                cell(entry.customer_name, longest=longest),
                status_text(invoice.status, overdue=entry.overdue),
                days_text(entry.days),
                money(invoice.total, invoice.currency),
                due_amount(invoice),
                day(invoice.due) if invoice.due else Text("–"),
            ),
        )

    def on_resize(self, _event: events.Resize) -> None:
        """Cut names to the room there is."""
        if self._loaded:
            self.query_one(Listing).load()

    # Kinds

    def action_tab(self, by: int) -> None:
        """Show the kind so many places on."""
        self.action_show_kind(self.query_one(TabLine).neighbour(by))

    def action_show_kind(self, kind: str) -> None:
        """Show the invoices of one kind, or all."""
        self.query_one(TabLine).show_tab(kind)
        self._kind = next(one for one in KINDS if one == kind)
        empty = _EMPTY if kind == "all" else f"No {kind} invoices. Press h or l for other kinds."
        self.query_one(Listing).show(self._fetch, empty=empty)

    # Opening and billing

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show one invoice."""
        from usagebill_tui.tui.screens.invoice import InvoicePage

        self.app.push_screen(InvoicePage(event.key))

    def action_bill(self) -> None:
        """Bill a period, after a look at what would be made."""
        from usagebill_tui.tui.screens.bill import BillPage

        self.app.push_screen(BillPage())

    def action_payments(self) -> None:
        """Show the payments of all invoices."""
        from usagebill_tui.tui.screens.payments import PaymentsPage

        self.app.push_screen(PaymentsPage())

    # Making final

    def action_mark(self) -> None:
        """Mark the draft under the cursor, or take the mark away."""
        listing = self.query_one(Listing)
        if listing.key is None:
            return
        if listing.key in self._marked:
            del self._marked[listing.key]
        elif listing.key in self._drafts:
            self._marked[listing.key] = None
        else:
            self.app.notify("Only drafts can be marked", severity="warning")
            return
        listing.load()

    def action_finalize_marked(self) -> None:
        """Make the marked drafts final; without marks, the one under the cursor."""
        listing = self.query_one(Listing)
        key = listing.key
        ids = list(self._marked) or ([key] if key is not None and key in self._drafts else [])
        if ids:
            self._ask_finalize(ids)
        else:
            self.app.notify("This is no draft: mark drafts with m", severity="warning")

    def action_finalize_all(self) -> None:
        """Make all drafts final."""
        self.work(lambda workspace: workspace.browse.drafts(), self._ask_finalize, group="finalize")

    def _ask_finalize(self, ids: list[str]) -> None:
        if not ids:
            self.app.notify("There are no drafts", severity="warning")
            return
        self.work(
            lambda workspace: workspace.browse.draft_sums(ids),
            lambda sums: self._confirm_finalize(ids, sums),
            group="finalize",
        )

    def _confirm_finalize(self, ids: list[str], sums: dict[str, tuple[int, Decimal]]) -> None:
        from usagebill_tui.billing.invoices.run_words import sums_text

        total = sums_text({currency: amount for currency, (_, amount) in sums.items()})
        count = sum(number for number, _ in sums.values())
        effect = f"{counted(count, 'draft')}, {total}. They get numbers and dates and never change again."
        title = f"Make {counted(count, 'draft')} final?"

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(lambda workspace: workspace.finalize_drafts(ids), self._finalized, group="finalize")

        self.app.push_screen(Confirm(title, effect, "Make final"), answered)

    def _finalized(self, done: "Finalized") -> None:
        self._marked.clear()
        text = f"{counted(len(done.invoices), 'invoice')} made final"
        refused = [f"{name}: {reason}" for name, reason in done.refused.items()]
        more = f" and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
        if refused:
            text = f"{text}; not {'; not '.join(refused[:_SHOWN])}{more}"
        self.app.notify(
            plain(text), title="Invoices", markup=False, severity="warning" if refused else "information"
        )
        self.reload()
