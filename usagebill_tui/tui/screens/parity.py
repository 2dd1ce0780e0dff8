"""Parity: our invoices against another system's amounts, differences by their likely cause."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button

from usagebill_tui.billing.words import money
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.asking import ASK, EDIT, AskingPage, Question
from usagebill_tui.tui.screens.invoice_words import days_text
from usagebill_tui.tui.widgets.in_memory import Sortable
from usagebill_tui.tui.widgets.listing import NEVER, Column, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.parity import Difference, Parity
    from usagebill_tui.workspace import Workspace

_FIELDS = (
    Field(
        key="file", title="File", required=True,
        help="CSV: customer, product, amount, perhaps period and currency; before discounts and tax",
    ),
    Field(key="period", title="Period", default="the file's", help="Of rows that name none, such as 2026-10"),
    Field(
        key="tolerance", title="Tolerance", kind="number", default="0", bounds={"ge": 0},
        help="Amounts this close are equal",
    ),
)  # fmt: skip


class ParityPage(AskingPage):
    """Compares our lines with another system's amounts, and says why they likely differ."""

    PAGE = "reports"
    HELP_TEXT = "What `usagebill parity` says. Customers without an invoice are billed for it on trial."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        ASK,
        EDIT,
        Action(id="parity.file", keys="ctrl+o", title="Choose the other system's file", call="choose_file",
               footer="file", priority=True),
        Action(id="parity.invoice", keys="i", title="Open our invoice", call="open_invoice",
               footer="invoice"),
    )  # fmt: skip
    EMPTY = "No differences."
    NOUN = "differences"
    BUTTON = "Compare"

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Compare with another system"

    def buttons(self) -> ComposeResult:
        """Yield the buttons under the form."""
        yield from super().buttons()
        yield Button("Choose a file", id="file", compact=True)

    def question(self, _workspace: "Workspace") -> Question:
        """Return the fields."""
        return Question(_FIELDS, {})

    def answer(self, workspace: "Workspace", values: Mapping[str, Any]) -> "Parity":
        """Compare."""
        from usagebill_tui.billing.parity import ParityRequest, read_statement
        from usagebill_tui.domain.periods import parse_period
        from usagebill_tui.workspace import read_text

        name = str(Path(values["file"]).expanduser())
        period = parse_period(values["period"]) if values.get("period") else None
        stated = read_statement(read_text(name), name, period)
        tolerance = Decimal(values.get("tolerance", 0))
        return workspace.parity(ParityRequest(stated=stated, tolerance=tolerance))

    def action_choose_file(self) -> None:
        """Choose the other system's file."""
        from usagebill_tui.tui.dialogs.choose_file import ChooseFiles

        self.app.push_screen(ChooseFiles(Path.cwd(), (".csv",)), self._take_file)

    def _take_file(self, files: Sequence[str] | None) -> None:
        if files:
            self.action_edit()
            self.form.fill({**self.form.values(), "file": files[0]})

    @on(Button.Pressed, "#file")
    def _file_wanted(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_choose_file()

    # What was found

    def columns(self) -> Sequence[Column]:
        """Return the columns of a difference."""
        return (
            Column(key="cause", title="Likely cause", sortable=True, priority=1),
            Column(key="customer", title="Customer", sortable=True),
            Column(key="product", title="Product", sortable=True, priority=1),
            Column(key="period", title="Period", sortable=True, priority=2),
            Column(key="ours", title="Ours", right=True, sortable=True, priority=1),
            Column(key="theirs", title="Theirs", right=True, sortable=True, priority=1),
            Column(key="difference", title="Difference", right=True, sortable=True),
            Column(key="evidence", title="Evidence", priority=NEVER),
        )

    def rows(self, found: "Parity") -> Sequence[Sortable]:
        """Return a row for each difference, by likely cause."""
        return [_row(place, one) for place, one in enumerate(found.differences)]

    def told(self, values: Mapping[str, Any]) -> str:
        """Say what is compared."""
        period = f" · {values['period']}" if values.get("period") else ""
        tolerance = f" · equal within {values['tolerance']}" if values.get("tolerance") else ""
        return plain(f"{values.get('file')}{period}{tolerance} · ours − theirs", 300)

    def sums(self, found: "Parity") -> Content:
        """Say how many are equal, and how many differ by which cause."""
        from usagebill_tui.billing.parity import by_cause

        counts = ", ".join(f"{cause} {count:,}" for cause, count in by_cause(found))
        glyph = "!" if found.differences else "✓"
        words = f"{found.equal:,} equal, {len(found.differences):,} differ"
        return Content(f"{glyph} {words}{f': {counts}' if counts else ''}")

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the difference with what speaks for its cause."""
        from usagebill_tui.tui.dialogs.record import RecordDialog

        self.app.push_screen(RecordDialog(_record(self.found.differences[int(event.key)])))

    def action_open_invoice(self) -> None:
        """Open our invoice of the difference under the cursor."""
        from usagebill_tui.tui.screens.invoice import InvoicePage

        key = self.query_one("#found", Listing).key
        if not self.is_answered or key is None:
            return
        invoices = self.found.differences[int(key)].invoices
        if invoices:
            self.app.push_screen(InvoicePage(invoices[0]))
        else:
            self.app.notify("We have no invoice of this: it was billed on trial only, or not at all")


def _amount(value: Decimal | None, currency: str) -> str:
    if value is None:
        return "–"
    return money(value, currency) if currency else f"{value}"


def _row(place: int, one: "Difference") -> Sortable:
    row = Row(
        str(place),
        (
            f"≠ {one.cause}",
            cell(one.customer, longest=30),
            cell(one.product, longest=30),
            days_text(one.period),
            _amount(one.ours, one.currency),
            _amount(one.theirs, one.currency),
            _amount(one.difference, one.currency),
            cell(one.evidence, longest=200),
        ),
    )
    names = ("customer", "product", "period", "ours", "theirs", "difference", "evidence")
    return Sortable(row, {"cause": place, **{name: getattr(one, name) for name in names}})


def _record(one: "Difference") -> list[tuple[str, str]]:
    """Return every value of a difference with its title."""
    return [
        ("Likely cause", one.cause),
        ("Why", one.evidence),
        ("Customer", one.customer),
        ("Product", one.product),
        ("Period", days_text(one.period)),
        ("Ours", _amount(one.ours, one.currency)),
        ("Theirs", _amount(one.theirs, one.currency)),
        ("Difference", _amount(one.difference, one.currency)),
        ("Our invoices", ", ".join(one.invoices)),
    ]
