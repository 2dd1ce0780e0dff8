"""One credit note: what it takes off which line, with its tax."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from usagebill_tui.billing.documents.tax_words import tax_rows
from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.domain.quantity import plain as number
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.in_memory import Sortable, page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.domain.credit_note import CreditLine, CreditNote
    from usagebill_tui.workspace import Workspace


class CreditNotePage(Page):
    """Shows the credit note with this number."""

    PAGE = "invoices"
    HELP_TEXT = "A credit note never changes; what is left of its invoice can be credited by another one."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="credit_note.invoice", keys="i", title="Open the invoice", call="open_invoice",
               footer="invoice"),
        Action(id="credit_note.copy", keys="C", title="Copy as JSON", call="copy_json", footer="copy JSON"),
    )  # fmt: skip

    def __init__(self, number: str) -> None:
        super().__init__()
        self._number = number
        self.note: CreditNote | None = None

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return f"Credit note {plain(self._number, 60)}"

    def body(self) -> ComposeResult:
        """Yield the head, the lines, and what they come to."""
        yield Static("", id="credit-head")
        yield Listing(
            [
                Column(key="line", title="Line", right=True, priority=1),
                Column(key="description", title="Description"),
                Column(key="amount", title="Amount", right=True),
                Column(key="percent", title="Tax %", right=True, priority=1),
                Column(key="tax", title="Tax", right=True),
            ],
            self._fetch,
            empty="It has no lines.",
            noun="lines",
        )
        yield Static("", id="credit-sums", classes="report-sums")

    def load(self) -> None:
        """Load the credit note."""
        self.work(lambda workspace: workspace.credit_note(self._number), self._show_note, group="note")

    def _show_note(self, note: "CreditNote") -> None:
        self.note = note
        about = f"of invoice {plain(note.invoice, 40)} · customer {plain(note.customer, 60)}"
        lines = [
            Content.assemble((plain(note.number, 40), "bold"), f"  issued {day(note.issued)}"),
            Content(about),
            *([Content.styled(f"“{plain(note.reason, 300)}”", "$text-muted")] if note.reason else []),
        ]
        self.query_one("#credit-head", Static).update(Content("\n").join(lines))
        taxes = tax_rows(note) if note.taxes else (("Tax", note.tax),)
        amounts = (("Subtotal", note.subtotal), *taxes, ("Total", note.total))
        words = " · ".join(f"{name} {money(amount, note.currency)}" for name, amount in amounts)
        self.query_one("#credit-sums", Static).update(Content(words))
        self.query_one(Listing).load()

    def _fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        note = self.note
        rows = [] if note is None else [_row(k, one, note.currency) for k, one in enumerate(note.lines)]
        return page(rows, asked)

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the whole line."""
        event.listing.show_record()

    def action_open_invoice(self) -> None:
        """Open the invoice that it takes off."""
        from usagebill_tui.tui.screens.invoice import InvoicePage

        if self.note is not None:
            self.app.push_screen(InvoicePage(self.note.invoice))

    def action_copy_json(self) -> None:
        """Copy it as JSON, as the command line shows it."""
        import msgspec

        from usagebill_tui.domain.credit_note import credit_json

        if self.note is not None:
            encoded = msgspec.json.format(msgspec.json.encode(credit_json(self.note)), indent=2)
            self.app.copy_to_clipboard(encoded.decode())
            self.app.notify("Credit note copied as JSON", title="Clipboard")


def _row(place: int, one: "CreditLine", currency: str) -> Sortable:
    return Sortable(
        Row(
            str(place),
            (
                "–" if one.line is None else str(one.line),
                cell(one.description, longest=80),
                money(one.amount, currency),
                number(one.tax_percent),
                money(one.tax, currency),
            ),
        )
    )
