"""Billing a period: first what would be made, then the drafts, or final invoices at once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from usagebill_tui.billing.invoices import run_words
from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.periods import parse_period
from usagebill_tui.errors import InvalidInput, NotFound
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import cell, content, plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.invoice_words import counted, invoice_name, last_month, status_text
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row
from usagebill_tui.tui.work import show_error

if TYPE_CHECKING:
    from usagebill_tui.billing.invoices.runs import Run
    from usagebill_tui.domain.summary import Summary
    from usagebill_tui.workspace import Workspace

_FIELDS = (
    Field(key="period", title="Period", required=True, help="2026-10, 2026-Q3 or 2026-10-01..2026-11-01"),
    Field(key="customers", title="Customers", kind="list", default="all", help="Ids, with commas between"),
)
_EMPTY = "Choose a period above and press enter to see what would be made."
_NOTHING = "Nothing new to make. Drafts of the period that stand as they are can be made final: press F."
_BILLED = "All of it is billed already: 7, Invoices, shows it."
_NOBODY = "Nobody has a period to bill in it: 5, Customers, shows who is on which plan since when."
_NOT_ENDED = "{period} ends on {last}, and is billed from the day after; 5, Customers, shows it so far."
_RUNNING = "What started in {period} runs on, and is billed once it has ended; 5, Customers, shows it so far."
_MOST = 100
"""Sentences about what is left out; more are counted."""
_SORTS: dict[str, Callable[["Summary"], Any]] = {
    "customer": lambda one: (one.customer, one.id),
    "total": lambda one: (one.currency, one.total, one.id),
    "id": lambda one: one.id,
}


class BillPage(Page):
    """Shows what billing a period would make, and makes it once the user is sure."""

    PAGE = "invoices"
    HELP_TEXT = "Nothing is written before you say so: what is shown first is exactly what would be made."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="bill.preview", keys="ctrl+s", title="Show what would be made", call="preview",
               footer="preview", priority=True),
        Action(id="bill.drafts", keys="d", title="Make drafts", call="make(False)", footer="make drafts"),
        Action(id="bill.final", keys="F", title="Make final invoices at once", call="make(True)",
               footer="make final"),
        Action(id="bill.period", keys="e", title="Choose another period", call="edit", footer="period"),
    )  # fmt: skip
    AUTO_FOCUS = "Form Input"

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self._asked: tuple[str, tuple[str, ...]] = ("", ())
        self._made = False
        self._unusual: str | None = None
        self._today: date | None = None

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Bill a period"

    def body(self) -> ComposeResult:
        """Yield what is asked for, what it comes to, the invoices, and what is left out."""
        yield Form(_FIELDS)
        with Horizontal(id="bill-buttons"):
            yield Button("Preview", id="preview", variant="primary", compact=True)
            yield Button("Make drafts", id="drafts", compact=True)
            yield Button("Make final", id="final", compact=True)
        yield Static("", id="bill-sum")
        yield Listing(
            [
                Column(key="customer", title="Customer", sortable=True),
                Column(key="id", title="Invoice", sortable=True, priority=1),
                Column(key="status", title="Status", priority=2),
                Column(key="lines", title="Lines", right=True, priority=1),
                Column(key="total", title="Total", right=True, sortable=True),
            ],
            self._fetch,
            empty=_EMPTY,
            noun="invoices",
        )
        with VerticalScroll(id="bill-left", can_focus=False):
            yield Static("")

    def on_mount(self) -> None:
        """Suggest the last whole month."""
        super().on_mount()
        self.work(lambda workspace: workspace.browse.today(), self._suggest, group="today")

    def _suggest(self, today: date) -> None:
        self._today = today
        self.query_one(Form).fill({"period": last_month(today)})

    def load(self) -> None:
        """Show the same again; what was shown is only asked for anew by the user."""
        self.query_one(Listing).load()

    def _fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        made = [] if self._run is None else list(self._run.summaries)
        if asked.sort in _SORTS:
            made.sort(key=_SORTS[asked.sort], reverse=asked.descending)
        rows = [_row(one) for one in made if asked.text.lower() in f"{one.customer} {one.id}".lower()]
        return PageFound(rows[asked.offset : asked.offset + asked.limit], len(rows), len(made))

    # Preview

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if self.query_one(Form) in event.input.ancestors:
            event.stop()
            self.action_preview()

    def on_form_changed(self, _event: Form.Changed) -> None:
        """Take away what was shown for another period."""
        self._show_run(None)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        if event.button.id == "preview":
            self.action_preview()
        else:
            self.action_make(event.button.id == "final")

    def action_preview(self) -> None:
        """Show what would be made."""
        form = self.query_one(Form)
        form.clear_problems()
        if form.show_problems():
            return
        values = form.values()
        self._asked = (str(values["period"]), tuple(values.get("customers", ())))
        period, customers = self._asked
        self.query_one("#bill-sum", Static).update("… computing what would be made")
        self.work(
            lambda workspace: _preview(workspace, period, customers),
            self._previewed,
            group="bill",
            failed=self._wrong,
        )

    def _previewed(self, found: "tuple[Run, str | None]") -> None:
        run, self._unusual = found
        self._show_run(run)
        self.query_one(Listing).focus()

    def _wrong(self, error: Exception) -> None:
        self._show_run(None)
        form = self.query_one(Form)
        if isinstance(error, NotFound):
            form.show_problem("customers", str(error))
        elif isinstance(error, InvalidInput):
            form.show_problem("period", str(error))
        else:
            show_error(self.app, error)

    def _show_run(self, run: "Run | None", *, made: bool = False) -> None:
        self._run, self._made = run, made
        self.query_one("#bill-sum", Static).update("" if run is None else _sum(run, made=made))
        left = self.query_one("#bill-left")
        sentences = [] if run is None else list(run_words.left(run))
        if run is not None and not made and self._unusual is not None:
            sentences.insert(0, self._unusual)
        left.display = bool(sentences)
        more = f"\n… and {len(sentences) - _MOST:,} more" if len(sentences) > _MOST else ""
        text = "\n".join(f"! {plain(one, 300)}" for one in sentences[:_MOST])
        left.query_one(Static).update(Content(f"{text}{more}"))
        self.query_one(Listing).show(self._fetch, empty=_EMPTY if run is None else self._why_nothing(run))

    def _why_nothing(self, run: "Run") -> str:
        """Say what can be done where there is nothing to make."""
        if run_words.unfinished(run) is None:
            return _NOTHING if run.unchanged or run.failures else _BILLED if run.billed else _NOBODY
        period, last = self._asked[0], parse_period(self._asked[0]).after - timedelta(days=1)
        runs_on = self._today is not None and last < self._today
        return _RUNNING.format(period=period) if runs_on else _NOT_ENDED.format(period=period, last=day(last))

    # Making

    def action_edit(self) -> None:
        """Go back to the form."""
        self.query_one(Form).query_one(Input).focus()

    def action_make(self, final: bool) -> None:  # noqa: FBT001 - Textual passes it by place
        """Make drafts, or final invoices, once the user is sure of exactly what that makes."""
        if self._run is None:
            self.app.notify("Look first at what would be made: press enter in the form")
            return
        period, customers = self._asked
        self.work(
            lambda workspace: workspace.bill(period, customers, dry_run=True, finalize=final),
            lambda run: self._ask(run, final=final),
            group="bill",
        )

    def _ask(self, run: "Run", *, final: bool) -> None:
        if not run.summaries:
            self.app.notify("There is nothing to make")
            return
        period, customers = self._asked
        count, total = (
            counted(len(run.summaries), "invoice"),
            run_words.sums_text(run_words.sums(run.summaries)),
        )
        kind = "final" if final else "drafts"
        after = (
            "They get numbers and dates and never change again."
            if final
            else "Drafts can still be renewed, made final or voided."
        )

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - likewise
            if sure:
                self.work(
                    lambda workspace: workspace.bill(period, customers, finalize=final),
                    self._done,
                    group="bill",
                )

        unusual = f"\n! {self._unusual}" if final and self._unusual is not None else ""
        effect = f"{period}: {count}, {total}. {after}{unusual}"
        self.app.push_screen(Confirm(f"Bill {period}: {count}?", effect, f"Make {kind}"), answered)

    def _done(self, run: "Run") -> None:
        self._show_run(run, made=True)
        self.query_one(Listing).focus()
        self.app.notify(run_words.done(run, dry_run=False), title="Billed", markup=False)

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show one invoice: as it would be, or as it was made."""
        from usagebill_tui.tui.screens.invoice import InvoicePage

        run = self._run
        found = () if run is None else run.summaries
        place = next((place for place, one in enumerate(found) if one.id == event.key), None)
        if run is not None and place is not None:
            preview = None if self._made else run.invoices[place]
            self.app.push_screen(InvoicePage(found[place].id, preview=preview))


def _preview(workspace: "Workspace", period: str, customers: tuple[str, ...]) -> "tuple[Run, str | None]":
    """Return what billing would make, and a sentence on what is unusual in the period."""
    run = workspace.bill(period, customers, dry_run=True)
    return run, workspace.note_anomalies(run.summaries, period)


def _row(one: "Summary") -> Row:
    return Row(
        one.id,
        (
            cell(one.customer, longest=40),
            cell(invoice_name(one), longest=60),
            status_text(one.status),
            f"{one.lines:,}",
            money(one.total, one.currency),
        ),
    )


def _sum(run: "Run", *, made: bool) -> Content:
    """Say what a run makes or made, and what that comes to."""
    unfinished = run_words.unfinished(run)
    if unfinished is not None:
        return content(f"! {unfinished}", "$warning")
    glyph, style = ("✓", "bold $success") if made else ("○", "bold $primary")
    total = run_words.sums_text(run_words.sums(run.summaries))
    return Content.assemble(
        (f"{glyph} {run_words.done(run, dry_run=not made)}", style), ("  total ", ""), (total, "bold")
    )
