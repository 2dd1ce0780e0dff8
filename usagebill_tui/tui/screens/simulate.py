"""Simulate: real past usage under other prices, customer by customer; nothing is stored."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button

from usagebill_tui.billing.words import money
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.screens import simulate_fields as fields
from usagebill_tui.tui.screens.asking import ASK, EDIT, AskingPage, Question
from usagebill_tui.tui.screens.invoice_words import last_month
from usagebill_tui.tui.screens.simulate_words import OUTCOMES, picture, sums
from usagebill_tui.tui.widgets.in_memory import Sortable
from usagebill_tui.tui.widgets.listing import NEVER, Column, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.simulating import Compared, Simulation
    from usagebill_tui.workspace import Workspace


class SimulatePage(AskingPage):
    """Puts past usage under another plan, a catalogue file, or another price of one product."""

    PAGE = "reports"
    HELP_TEXT = "What `usagebill simulate` says: whole billing periods within the dates, before tax."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        ASK,
        EDIT,
        Action(id="simulate.file", keys="ctrl+o", title="Choose a catalogue file", call="choose_file",
               priority=True),
        Action(id="simulate.open", keys="c", title="Open the customer", call="open_customer",
               footer="customer"),
    )  # fmt: skip
    EMPTY = "Nobody was billed by then."
    NOUN = "customers"
    BUTTON = "Simulate"

    def __init__(self, *, plan: str = "", product: str = "", price: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self._plan, self._product, self._price = plan, product, price
        self._shape: fields.Shape | None = None

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Simulate prices"

    def buttons(self) -> ComposeResult:
        """Yield the buttons under the form."""
        yield from super().buttons()
        yield Button("Choose a file", id="file", compact=True)

    # Asking

    def question(self, workspace: "Workspace") -> Question:
        """Return the fields, beginning with the last whole month."""
        offered = fields.offered(workspace)
        values = {
            "what": "price" if self._product else "plan",
            "plan": self._plan,
            "product": self._product,
            "price": self._price,
            "period": last_month(workspace.browse.today()),
        }
        return Question((), {key: value for key, value in values.items() if value}, offered)

    def fields_for(self, values: Mapping[str, Any]) -> Question | None:
        """Ask for what the kind of prices needs; a product begins with the price that it has."""
        if self.more is None:
            return None
        shape = fields.shape(values)
        if shape == self._shape:
            return None
        before, self._shape = self._shape, shape
        same_product = before is None or before.product == shape.product
        given = values if same_product and values.get("price") else fields.with_price(self.more, values)
        self._shape = fields.shape(given)
        return Question(fields.fields(self.more, given), given)

    def answer(self, workspace: "Workspace", values: Mapping[str, Any]) -> "Simulation":
        """Simulate."""
        return workspace.simulate(fields.request(workspace, values))

    def action_choose_file(self) -> None:
        """Choose a catalogue file."""
        from pathlib import Path

        from usagebill_tui.tui.dialogs.choose_file import ChooseFiles

        self.app.push_screen(ChooseFiles(Path.cwd(), (".toml",)), self._take_file)

    def _take_file(self, files: Sequence[str] | None) -> None:
        if files:
            self.call_later(self._ask_file, files[0])

    async def _ask_file(self, file: str) -> None:
        other = self.fields_for({**self.form.values(), "what": "file"})
        if other is not None:
            await self.form.ask(other.fields, {**other.values, "file": file})
        else:
            self.form.fill({**self.form.values(), "file": file})

    @on(Button.Pressed, "#file")
    def _file_wanted(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_choose_file()

    # What was found

    def columns(self) -> Sequence[Column]:
        """Return the columns of a customer's comparison."""
        return (
            Column(key="customer", title="Customer", sortable=True),
            Column(key="plan_before", title="Plan before", priority=NEVER),
            Column(key="plan_after", title="Plan after", priority=NEVER),
            Column(key="before", title="Before", right=True, sortable=True, priority=1),
            Column(key="after", title="After", right=True, sortable=True, priority=1),
            Column(key="difference", title="Difference", right=True, sortable=True),
            Column(key="percent", title="%", right=True, sortable=True, priority=1),
            Column(key="outcome", title="Pays", sortable=True),
            Column(key="problem", title="Problem", priority=NEVER),
        )

    def rows(self, found: "Simulation") -> Sequence[Sortable]:
        """Return a row for each customer and currency."""
        return [_row(place, one) for place, one in enumerate(found.rows)]

    def told(self, values: Mapping[str, Any]) -> str:
        """Say what is simulated."""
        return fields.told(values)

    def sums(self, found: "Simulation") -> Content:
        """Say what everybody pays before and after."""
        return sums(found, Decimal(str(self.asked.get("growth") or 0)))

    def beside(self, found: "Simulation") -> Content:
        """Return who wins, who loses, and how the differences spread."""
        return picture(found)

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the whole comparison of a customer."""
        event.listing.show_record()

    def action_open_customer(self) -> None:
        """Open the customer under the cursor."""
        from usagebill_tui.tui.screens.customer import CustomerPage

        key = self.query_one("#found", Listing).key
        if self.is_answered and key is not None:
            self.app.push_screen(CustomerPage(self.found.rows[int(key)].customer))


def _row(place: int, one: "Compared") -> Sortable:
    glyph, style = OUTCOMES[one.outcome]

    def amount(value: Decimal | None) -> str:
        return "–" if value is None else money(value, one.currency)

    sign = "+" if one.difference is not None and one.difference > 0 else ""
    row = Row(
        str(place),
        (
            cell(one.customer, longest=40),
            cell(one.plan_before or "–", longest=30),
            cell(one.plan_after, longest=30),
            amount(one.before),
            amount(one.after),
            f"{sign}{amount(one.difference)}",
            "–" if one.percent is None else f"{one.percent:+f}" if one.percent else "0",
            Text(f"{glyph} {one.outcome}", style=style),
            plain(one.problem, 300),
        ),
    )
    values = {
        "customer": one.customer,
        "plan_before": one.plan_before,
        "plan_after": one.plan_after,
        "before": one.before,
        "after": one.after,
        "difference": one.difference,
        "percent": one.percent,
        "outcome": one.outcome,
    }
    return Sortable(row, values)
