"""One invoice: its lines down to the events, what it comes to, and what can be done with it."""

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher, Static

from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.screens import invoice_parts
from usagebill_tui.tui.screens.invoice_actions import InvoiceActions
from usagebill_tui.tui.screens.invoice_lines import InvoiceLines
from usagebill_tui.tui.screens.invoice_words import invoice_name
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.tui.widgets.tabline import TabLine

if TYPE_CHECKING:
    from usagebill_tui.billing.usage.explaining import Explanation
    from usagebill_tui.domain.credit_note import CreditNote
    from usagebill_tui.domain.invoice import Invoice
    from usagebill_tui.store.browsing.invoices import InvoiceEntry
    from usagebill_tui.store.ledger import Payment
    from usagebill_tui.workspace import Workspace

_TABS = {
    "lines": "Lines",
    "payments": "Payments",
    "credits": "Credit notes",
    "adjustments": "Adjustments",
}


class _Loaded(NamedTuple):
    """What the screen shows at once; `entry` is None for an invoice that is not in the store."""

    entry: "InvoiceEntry | None"
    payments: "list[Payment]"
    credits: "list[CreditNote]"
    notices: list[str]


class InvoicePage(InvoiceActions):
    """Shows the invoice with this number or id; a `preview` is one that is not made yet."""

    HELP_TEXT = "Enter opens a line into its steps, and its events into the events themselves."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="invoice.pay", keys="p", title="Record a payment", call="pay", footer="pay"),
        Action(id="invoice.finalize", keys="f", title="Make final", call="finalize", footer="finalize"),
        Action(id="invoice.open_all", keys="e", title="Open or close all lines", call="open_all",
               footer="all lines"),
        Action(id="invoice.export", keys="x", title="Export to a file", call="export", footer="export",
               help=".pdf, .html, .json or .csv"),
        Action(id="invoice.void", keys="v", title="Void", call="void", footer="void",
               help="Its period can be billed again"),
        Action(id="invoice.refund", keys="r", title="Record a refund", call="refund"),
        Action(id="invoice.credit", keys="n", title="Make a credit note", call="credit",
               help="On the whole of it or one line; shown first with its tax"),
        Action(id="invoice.settle", keys="a", title="Settle what changed since", call="settle",
               help="By lines on the customer's next invoice"),
        Action(id="invoice.next", keys="l", title="Show the next tab", call="tab(1)"),
        Action(id="invoice.previous", keys="h", title="Show the previous tab", call="tab(-1)"),
        Action(id="invoice.copy", keys="c", title="Copy as text", call="copy_text"),
        Action(id="invoice.copy_json", keys="C", title="Copy as JSON", call="copy_json"),
    )  # fmt: skip

    def __init__(self, name: str, *, preview: "Invoice | None" = None) -> None:
        super().__init__()
        self.name_asked = name
        self.invoice = preview
        self.is_preview = preview is not None
        self._payments: list[Payment] = []
        self._credits: list[CreditNote] = []

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return f"Invoice {plain(self.name_asked, 60)}"

    def body(self) -> ComposeResult:
        """Yield the head, the lines and payments, and what it comes to."""
        yield Static("", id="invoice-head")
        yield Static("", id="invoice-short")
        yield TabLine(_TABS, "lines", "show_tab")
        with Horizontal(id="invoice-body"):
            with ContentSwitcher(initial="lines", id="invoice-tabs"):
                yield InvoiceLines(id="lines")
                yield invoice_parts.payments_list(lambda: self._payments, "payments")
                yield invoice_parts.credits_list(lambda: self._credits, "credits")
                yield invoice_parts.adjustments_list(lambda: self.invoice, "adjustments")
            yield Static("", id="totals")

    def load(self) -> None:
        """Load the invoice, then what explains it."""
        if self.is_preview:
            self.work(self._explain_preview, self._show_lines, group="explain")
            self._show_invoice(_Loaded(None, [], [], []))
            return
        name = self.name_asked

        def ask(workspace: "Workspace") -> _Loaded:
            entry = workspace.browse.invoice(name)
            invoice = entry.invoice
            notes = workspace.credit_notes((invoice.customer,), invoice.id)
            return _Loaded(entry, workspace.payments(name), notes, workspace.changed_plugins(invoice))

        self.work(ask, self._show_invoice, group="invoice")
        self.work(lambda workspace: workspace.explain(name), self._show_lines, group="explain")

    def _explain_preview(self, _workspace: "Workspace") -> "Explanation":
        from usagebill_tui.billing.usage.explaining import ExplainedLine, Explanation

        if self.invoice is None:
            raise RuntimeError(self.name_asked)
        lines = tuple(ExplainedLine(number=n, line=line) for n, line in enumerate(self.invoice.lines, 1))
        return Explanation(invoice=self.invoice, lines=lines)

    def _show_invoice(self, loaded: _Loaded) -> None:
        self.invoice = self.invoice if loaded.entry is None else loaded.entry.invoice
        self._payments, self._credits = loaded.payments, loaded.credits
        if self.invoice is None:
            return
        head = invoice_parts.head(self.invoice, loaded.entry, loaded.notices, preview=self.is_preview)
        self.query_one("#invoice-head", Static).update(head)
        self.query_one("#invoice-short", Static).update(invoice_parts.in_one_line(self.invoice))
        self.query_one("#totals", Static).update(invoice_parts.totals(self.invoice))
        counts = {"payments": len(loaded.payments), "credits": len(loaded.credits)}
        titles = {name: f"{_TABS[name]} {count:,}" for name, count in counts.items() if count}
        self.query_one(TabLine).name_tabs({**_TABS, **titles})
        for name in counts:
            self.query_one(f"#{name}", Listing).load()
        if self.query_one(TabLine).current == "adjustments":
            self.query_one("#adjustments", Listing).load()

    def _show_lines(self, explanation: "Explanation") -> None:
        self.query_one(InvoiceLines).show_lines(explanation)

    # Tabs and lines

    def action_tab(self, by: int) -> None:
        """Show the tab so many places on."""
        self.action_show_tab(self.query_one(TabLine).neighbour(by))

    def action_show_tab(self, name: str) -> None:
        """Show a tab."""
        self.query_one(TabLine).show_tab(name)
        self.query_one("#invoice-tabs", ContentSwitcher).current = name
        if name == "adjustments":
            self.query_one("#adjustments", Listing).load()
        self.query_one(f"#{name}", Listing).focus()

    def action_open_all(self) -> None:
        """Open all lines, or close them."""
        self.query_one(InvoiceLines).toggle_all()

    @on(Listing.Opened, "#lines")
    def _line_opened(self, opened: Listing.Opened) -> None:
        lines = self.query_one(InvoiceLines)
        key = opened.key.partition("~")[0]
        event = lines.event(key)
        if event is None:
            lines.toggle(key)
        else:
            from usagebill_tui.tui.dialogs.record import RecordDialog

            self.app.push_screen(RecordDialog(invoice_parts.event_record(event)))

    @on(Listing.Opened, "#credits")
    def _credit_opened(self, opened: Listing.Opened) -> None:
        from usagebill_tui.tui.screens.credit_note import CreditNotePage

        self.app.push_screen(CreditNotePage(opened.key))

    @property
    def called(self) -> str:
        """Return what the invoice is called in questions."""
        return self.name_asked if self.invoice is None else invoice_name(self.invoice)
