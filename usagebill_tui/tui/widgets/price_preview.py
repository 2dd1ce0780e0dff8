"""A price at work: its cost curve with real customers on it, and a calculator."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, Static

from usagebill_tui.billing.words import money, step, units
from usagebill_tui.domain.pricing import Charge
from usagebill_tui.domain.quantity import parse_decimal, plain, round_to
from usagebill_tui.errors import InvalidInput
from usagebill_tui.tui.foreign import cell, content
from usagebill_tui.tui.widgets.curve import CostCurve
from usagebill_tui.tui.work import Guarded

if TYPE_CHECKING:
    from usagebill_tui.billing.invoices.sketching import Sketch
    from usagebill_tui.workspace import Workspace

_ROOM = Decimal("1.2")


class PricePreview(Guarded, Vertical):
    """Shows what a price costs; the calculator prices any quantity, marks tell what customers would pay."""

    def __init__(self) -> None:
        super().__init__()
        self._price: Mapping[str, Any] | None = None
        self._currency = "USD"
        self._usage: Mapping[str, Decimal] = {}

    def compose(self) -> ComposeResult:
        """Lay out curve, customers and calculator."""
        yield Label("Cost over usage", classes="section")
        yield CostCurve()
        yield Static("", id="price-customers")
        yield Label("Calculator", classes="section")
        with Horizontal(classes="value-line"):
            yield Label("Usage", classes="value-title")
            yield Input(placeholder="1000", id="price-units", compact=True)
        yield Static("", id="price-steps")

    def show_price(
        self, price: Mapping[str, Any] | None, currency: str, usage: Mapping[str, Decimal]
    ) -> None:
        """Show another price, and customers' usage of the current period by their names."""
        self._price, self._currency, self._usage = price, currency, usage
        if price is None:
            self.query_one(CostCurve).show_sketch(None)
            self.query_one("#price-customers", Static).update("")
            return
        self.work(self._sketched, self._show_sketch, group="sketch", failed=self._unpriceable)
        self._calculate()

    def _sketched(self, workspace: "Workspace") -> "tuple[Sketch, dict[str, Charge]]":
        price, currency = self._price or {}, self._currency
        largest = max(self._usage.values(), default=Decimal(0))
        found = workspace.sketch(price, currency)
        if largest > found.points[-1][0] or (not found.edges and largest > 0):
            found = workspace.sketch(price, currency, round_to(largest * _ROOM, 0) + 1)
        charges = {name: workspace.quote(price, currency, used) for name, used in self._usage.items()}
        return found, charges

    def _show_sketch(self, found: "tuple[Sketch, dict[str, Charge]]") -> None:
        drawn, charges = found
        curve = self.query_one(CostCurve)
        curve.show_sketch(drawn, self._usage)
        table = Table.grid(padding=(0, 1))
        table.add_column(style="bold")
        table.add_column(ratio=1)
        table.add_column(justify="right")
        table.add_column(justify="right")
        for letter, name, used in curve.marks()[:8]:
            charge = money(charges[name].rounded, self._currency)
            table.add_row(letter, cell(name, longest=24), Text(units(used)), Text(charge))
        if drawn.per_event is not None:
            each = money(drawn.per_event, self._currency)
            table.add_row("", Text(f"drawn for events of {each} each", style="dim"), "", "")
        self.query_one("#price-customers", Static).update(table)

    def _unpriceable(self, error: Exception) -> None:
        if not isinstance(error, InvalidInput):
            self._show(error)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Price what is typed."""
        event.stop()
        self._calculate()

    def _calculate(self) -> None:
        typed = self.query_one("#price-units", Input).value.strip().replace(",", "")
        steps = self.query_one("#price-steps", Static)
        if not typed:
            steps.update("")
            return
        quantity = parse_decimal(typed)
        if quantity is None:
            steps.update(content("✗ write a number like 1250.5", "$error"))
            return
        price, currency = self._price, self._currency
        if price is not None:
            self.work(
                lambda workspace: workspace.quote(price, currency, quantity),
                self._show_steps,
                group="quote",
                failed=self._unpriceable,
            )

    def _show_steps(self, charge: Charge) -> None:
        lines = [step(one, self._currency) for one in charge.steps]
        total = f"= {money(charge.rounded, self._currency)}"
        each = ""
        if charge.units:
            per_unit = round_to(charge.rounded / charge.units, 8)
            each = f"  ({plain(per_unit)} {self._currency} a unit)"
        text = Text("\n").join([*(cell(line) for line in lines), Text(f"{total}{each}", style="bold")])
        text.no_wrap = False
        self.query_one("#price-steps", Static).update(text)
