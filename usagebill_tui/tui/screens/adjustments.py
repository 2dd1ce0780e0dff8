"""Adjustments: what late events make of final invoices, settled one by one or all at once."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Label

from usagebill_tui.billing.words import money
from usagebill_tui.domain.adjustment import together
from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.in_memory import Sortable, page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.adjustments.adjusting import Proposal
    from usagebill_tui.billing.adjustments.settling import Acceptance, Form
    from usagebill_tui.workspace import Workspace

_HOW: "dict[Form, str]" = {
    "line": "go on the customers' next invoices",
    "credit-note": "are given back by a credit note each; what is to be billed more stays open",
}


class AdjustmentsPage(Page):
    """What is left to settle of final invoices; each opens its invoice, which can be settled alone."""

    PAGE = "invoices"
    HELP_TEXT = (
        "Final invoices never change. What they would come to now is settled by lines on the next invoice, "
        "or by a credit note. Enter opens the invoice, where a settles it alone."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="adjustments.lines", keys="a", title="Settle all by lines on the next invoices",
               call="settle('line')", footer="settle all", help="All of them, as adjustments accept --all"),
        Action(id="adjustments.notes", keys="C", title="Settle all by credit notes",
               call="settle('credit-note')", footer="all by credit notes",
               help="What is to be billed more stays open"),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._proposals: Sequence[Proposal] = ()

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Adjustments"

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Label("Adjustments: what final invoices would come to now, less what was billed",
                    classes="section")  # fmt: skip
        yield Listing(
            [
                Column(key="invoice", title="Invoice", sortable=True),
                Column(key="customer", title="Customer", sortable=True, priority=1),
                Column(key="net", title="Net", right=True, sortable=True, priority=1),
                Column(key="tax", title="Tax", right=True, sortable=True, priority=2),
                Column(key="total", title="Total", right=True, sortable=True),
                Column(key="reason", title="Reason", priority=1),
            ],
            self._fetch,
            empty="Nothing to adjust: final invoices come out as they were billed and settled.",
            noun="invoices",
        )

    def load(self) -> None:
        """Ask what there is to settle."""
        self.work(lambda workspace: workspace.adjustment_proposals(), self._found)

    def _found(self, proposals: "Sequence[Proposal]") -> None:
        self._proposals = proposals
        self.query_one(Listing).load()

    def _fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        return page([_row(one) for one in self._proposals], asked)

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the invoice."""
        from usagebill_tui.tui.screens.invoice import InvoicePage

        self.app.push_screen(InvoicePage(event.key))

    def action_settle(self, form: "Form") -> None:
        """Settle everything in the list, once the user agrees."""
        those = [one for one in self._proposals if not one.problem]
        if not those:
            self.app.notify("There is nothing to settle", title="Adjustments")
            return

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(
                    lambda workspace: workspace.accept_adjustments((), form), self._settled, group="act"
                )

        count = "1 invoice" if len(those) == 1 else f"{len(those):,} invoices"
        effect = [f"{_sums(those)}, tax included, of {count}: they {_HOW[form]}."]
        unclear = len(self._proposals) - len(those)
        if unclear:
            effect.append(f"{unclear:,} more cannot be recomputed, and stay open.")
        effect.append("The invoices themselves do not change.")
        self.app.push_screen(Confirm(f"Settle {count}?", "\n".join(effect), "Settle"), answered)

    def _settled(self, done: "Acceptance") -> None:
        words = "1 invoice is settled" if len(done.accepted) == 1 else f"{len(done.accepted):,} are settled"
        self.app.notify(words, title="Adjustments", markup=False)
        if done.left:
            from usagebill_tui.tui.dialogs.details import Details

            left = [(one.invoice, one.reason) for one in done.left]
            self.app.push_screen(Details(f"! {words}, {len(left):,} stay open", [("Left open", left)]))
        self.load()


def _sums(proposals: "Sequence[Proposal]") -> str:
    found: dict[str, Decimal] = {}
    with exact_arithmetic():
        for one in proposals:
            currency = one.invoice.currency
            found[currency] = found.get(currency, Decimal(0)) + one.rest.total
    return " and ".join(money(total, currency) for currency, total in sorted(found.items()))


def _row(one: "Proposal") -> Sortable:
    invoice, rest, known = one.invoice, one.rest, not one.problem
    number = invoice.number or invoice.id
    amounts = {"net": rest.net, "tax": rest.tax, "total": rest.total} if known else {}
    reason = one.problem or together(each.reason for each in rest.differences)
    row = Row(
        invoice.id,
        (
            cell(number, longest=40),
            cell(invoice.customer, longest=40),
            *(money(amounts[key], invoice.currency) if known else "–" for key in ("net", "tax", "total")),
            cell(f"! {plain(reason, 200)}" if one.problem else reason, longest=200),
        ),
    )
    return Sortable(row, {"invoice": number, "customer": invoice.customer, **amounts})
