"""One customer: usage with its charges and trends, subscriptions, invoices, events, payments."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.screens.customer_tabs import tab_lists
from usagebill_tui.tui.screens.customer_usage import UsageTab
from usagebill_tui.tui.screens.customer_words import amounts, called, plans_text, state_text
from usagebill_tui.tui.screens.page import COMMON, Page
from usagebill_tui.tui.widgets.keybar import KeyBar
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.tui.widgets.tabline import TabLine

if TYPE_CHECKING:
    from usagebill_tui.store.browsing.customers import CustomerEntry

TABS = {
    "usage": "Usage",
    "subscriptions": "Subscriptions",
    "invoices": "Invoices",
    "events": "Events",
    "payments": "Payments",
    "credits": "Credits",
}
_EARLIER = Action(
    id="customer.earlier",
    keys="left_square_bracket,comma",
    title="The period before",
    call="period(1)",
    footer="earlier",
)
_LATER = Action(
    id="customer.later",
    keys="right_square_bracket,full_stop",
    title="The period after",
    call="period(-1)",
    footer="later",
)
_WHY = Action(
    id="customer.why",
    keys="i",
    title="Why this usage, or none",
    call="why",
    footer="why",
    help="What each stage did to the events of the metric under the cursor",
)
_NEXT = Action(id="customer.tab", keys="l", title="Next tab", call="tab(1)", footer="next tab")
_ADD = Action(id="customer.add", keys="a", title="Add a subscription", call="add", footer="add")
_CHANGE = Action(
    id="customer.change", keys="c", title="Change the subscription", call="change", footer="change"
)
_END = Action(id="customer.end", keys="x", title="End the subscription", call="end", footer="end")
_PRICES = Action(
    id="customer.prices", keys="o", title="Own prices of the subscription", call="prices", footer="own prices"
)
_EDIT = Action(id="customer.edit", keys="e", title="Edit the customer", call="edit", footer="edit")
_ERASE = Action(
    id="customer.erase",
    keys="X",
    title="Erase personal data",
    call="erase",
    help="First all that would go; invoices and sums stay",
)
_CREDIT = Action(
    id="customer.credit",
    keys="p",
    title="Add a prepaid credit",
    call="credit",
    footer="add credit",
)
_VOID_CREDIT = Action(
    id="customer.void_credit", keys="v", title="Void the credit", call="void_credit", footer="void"
)
_FOOTERS = {
    "usage": (_EARLIER, _LATER, _WHY),
    "subscriptions": (_ADD, _CHANGE, _END, _PRICES),
    "credits": (_CREDIT, _VOID_CREDIT),
}


class CustomerPage(Page):
    """Shows a customer; enter on any number leads to its arithmetic and its events."""

    PAGE = "customers"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        _EARLIER,
        _LATER,
        _WHY,
        _ADD,
        _CHANGE,
        _END,
        _PRICES,
        _CREDIT,
        _VOID_CREDIT,
        _EDIT,
        _ERASE,
        _NEXT,
        Action(id="customer.tab_back", keys="h", title="Tab before", call="tab(-1)"),
    )
    HELP_TEXT = "Enter on a line of Usage shows its arithmetic and its events; on an invoice, the invoice."

    def __init__(self, customer: str) -> None:
        super().__init__()
        self.customer = customer

    @property
    def title_text(self) -> str:
        """Return whom this is about."""
        return f"Customer {plain(self.customer, 60)}"

    def body(self) -> ComposeResult:
        """Yield the header, the tabs, and what each holds."""
        yield Static(Content.styled(plain(self.customer, 60), "bold"), id="customer-head")
        yield TabLine(TABS, "usage", "show_tab")
        with ContentSwitcher(initial="usage", id="customer-tabs"):
            yield UsageTab(self.customer)
            yield from tab_lists(self.customer).values()

    def footer_actions(self) -> tuple[Action, ...]:
        """Return the keys that matter on the tab in front."""
        tabs = self.query(TabLine)
        current = tabs.first().current if tabs else "usage"
        return (*COMMON, *_FOOTERS.get(current, ()), _EDIT, _NEXT)

    @property
    def tab(self) -> UsageTab | Listing:
        """Return the tab in front."""
        name = self.query_one(TabLine).current
        return self.query_one(UsageTab) if name == "usage" else self.query_one(f"#{name}", Listing)

    def load(self) -> None:
        """Load the header, and the tab in front."""
        self.work(lambda workspace: workspace.browse.customer(self.customer), self._show_head, group="head")
        self.tab.load()

    def _show_head(self, entry: "CustomerEntry") -> None:
        self.query_one("#customer-head", Static).update(_head(entry))

    def action_erase(self) -> None:
        """Show what erasing the customer's personal data would take."""
        from usagebill_tui.tui.screens.erase import ErasePage

        self.app.push_screen(ErasePage(self.customer))

    # Tabs

    def action_show_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self.query_one(TabLine).show_tab(name)
        self.query_one("#customer-tabs", ContentSwitcher).current = name
        self.query_one(KeyBar).show_actions(self.footer_actions())
        tab = self.tab
        (tab.query_one(Listing) if isinstance(tab, UsageTab) else tab).focus()
        tab.load()

    def action_tab(self, by: int) -> None:
        """Bring the next tab to the front, or the one before."""
        self.action_show_tab(self.query_one(TabLine).neighbour(by))

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Open what a row stands for."""
        match event.listing.id:
            case "subscriptions":
                self.action_change()
            case "invoices":
                from usagebill_tui.tui.screens.invoice import InvoicePage

                self.app.push_screen(InvoicePage(event.key))
            case _:
                event.listing.show_record()

    # Actions

    def action_period(self, by: int) -> None:
        """Show an earlier or a later period."""
        if self.query_one(TabLine).current != "usage":
            self.action_show_tab("usage")
        self.query_one(UsageTab).go_back(by)

    def action_why(self) -> None:
        """Show why there is this usage, or none, of the metric under the cursor."""
        from usagebill_tui.tui.dialogs.why import show_why

        usage = self.query_one(UsageTab)
        metric, chosen = usage.metric(), usage.chosen()
        if metric is None:
            self.app.notify("Put the cursor on a metered product of Usage first", title="Why")
            return
        days = None if chosen is None else chosen[0].days
        show_why(self, self.customer, metric, days)

    def action_edit(self) -> None:
        """Edit the customer's own data."""
        from usagebill_tui.tui.screens.customer_editor import CustomerEditor

        self.app.push_screen(CustomerEditor(self.customer))

    def action_add(self) -> None:
        """Put the customer on a plan."""
        from usagebill_tui.tui.screens.customer_subscription import SubscriptionEditor

        self.app.push_screen(SubscriptionEditor(self.customer))

    def action_credit(self) -> None:
        """Add a prepaid credit."""
        from usagebill_tui.tui.screens.customer_credits import ask_for_credit

        ask_for_credit(self, self.customer)

    def action_void_credit(self) -> None:
        """Void the credit under the cursor."""
        from usagebill_tui.tui.screens.customer_credits import ask_to_end

        if self.query_one(TabLine).current != "credits":
            self.action_show_tab("credits")
        else:
            ask_to_end(self, self.query_one("#credits", Listing).key)

    def action_change(self) -> None:
        """Edit the subscription under the cursor."""
        self._edit_subscription(ending=False)

    def action_end(self) -> None:
        """Edit the subscription under the cursor, with an end to agree to."""
        self._edit_subscription(ending=True)

    def action_prices(self) -> None:
        """Show the prices of the subscription under the cursor."""
        from usagebill_tui.tui.screens.customer_prices import PricesPage

        key = self.query_one("#subscriptions", Listing).key
        if self.query_one(TabLine).current != "subscriptions":
            self.action_show_tab("subscriptions")
        elif key is not None:
            self.app.push_screen(PricesPage(key))

    def _edit_subscription(self, *, ending: bool) -> None:
        from usagebill_tui.tui.screens.customer_subscription import SubscriptionEditor

        key = self.query_one("#subscriptions", Listing).key
        if self.query_one(TabLine).current != "subscriptions":
            self.action_show_tab("subscriptions")
        elif key is not None:
            self.app.push_screen(SubscriptionEditor(self.customer, key, ending=ending))


def _head(entry: "CustomerEntry") -> Content:
    customer = entry.customer
    state = state_text(entry.state)
    plan = plans_text(entry)
    parts: list[str | tuple[str, str]] = [
        (called(customer.name, customer.id), "bold"),
        f"  {plain(customer.timezone)} · {customer.currency} · {plan or 'no plan'} · ",
        (state.plain, {"good": "$success", "warn": "$warning"}.get(str(state.style), "$text-muted")),
    ]
    if entry.owed and entry.owed != entry.overdue:
        parts += [" · ", (f"{amounts(entry.owed)} due", "bold")]
    if entry.overdue:
        parts += [" · ", (f"! {amounts(entry.overdue)} overdue", "$error")]
    if entry.owed_back:
        parts += [" · ", f"{amounts(entry.owed_back)} owed back"]
    if entry.credits:
        parts += [" · ", (f"{amounts(entry.credits)} credit", "$success")]
    return Content.assemble(*parts)
