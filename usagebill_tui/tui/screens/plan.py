"""One plan: its terms and products, its versions with what differs, and who is on it."""

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.screens.page import COMMON, Page
from usagebill_tui.tui.screens.plan_words import on_words, plan_called, terms
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row
from usagebill_tui.tui.widgets.tabline import TabLine

if TYPE_CHECKING:
    from usagebill_tui.domain.plan import Plan
    from usagebill_tui.store.browsing.plans import VersionEntry
    from usagebill_tui.workspace import Workspace

TABS = {"products": "Products", "versions": "Versions", "subscribers": "Customers"}
_MOST_FIELDS = 60


class PlanPage(Page):
    """Shows a plan; enter opens a product or a customer."""

    PAGE = "plans"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="plan.edit", keys="e", title="Edit the plan", call="edit", footer="edit"),
        Action(id="plan.move", keys="m", title="Move customers to another version", call="move",
               footer="move", help="Shows first what each of them would pay"),
        Action(id="plan.simulate", keys="i", title="Simulate everybody on this plan", call="simulate",
               footer="simulate", help="Real past usage under its prices"),
        Action(id="plan.tab", keys="l", title="Next tab", call="tab(1)", footer="next tab"),
        Action(id="plan.tab_back", keys="h", title="Tab before", call="tab(-1)"),
    )  # fmt: skip
    HELP_TEXT = "A version that somebody is on never changes: an edit makes the next one, for new customers."

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code
        self._versions: list[VersionEntry] = []
        self._customers: dict[str, str] = {}

    @property
    def title_text(self) -> str:
        """Return which plan this is."""
        return f"Plan {plain(self.code, 60)}"

    def body(self) -> ComposeResult:
        """Yield the terms, the tabs, and what each holds."""
        yield Static(Content.styled(plain(self.code, 60), "bold"), id="plan-head")
        yield TabLine(TABS, "products", "show_tab")
        with ContentSwitcher(initial="products", id="plan-tabs"):
            yield self._products()
            with Vertical(id="versions"):
                yield self._version_list()
                with VerticalScroll(id="plan-differences", can_focus=False):
                    yield Static("", id="plan-difference")
            yield self._subscribers()

    def _products(self) -> Listing:
        columns = [
            Column(key="code", title="Product"),
            Column(key="name", title="Name", priority=1),
            Column(key="fee", title="Fee", priority=2),
            Column(key="metric", title="Metric", priority=2),
            Column(key="price", title="Price"),
        ]
        empty = "No products in it. Press e and add some."
        return Listing(columns, self._fetch_products, empty=empty, noun="products", id="products")

    def _version_list(self) -> Listing:
        columns = [
            Column(key="label", title="Version"),
            Column(key="on", title="Subscriptions", right=True),
            Column(key="state", title="Status"),
            Column(key="terms", title="Terms", priority=1),
        ]
        return Listing(
            columns, self._fetch_versions, empty="No version yet.", noun="versions", id="version-list"
        )

    def _subscribers(self) -> Listing:
        columns = [
            Column(key="customer", title="Customer"),
            Column(key="version", title="Version"),
            Column(key="id", title="Subscription", sortable=True, priority=1),
            Column(key="start", title="Start", sortable=True, priority=1),
            Column(key="end", title="Ends before", priority=2),
        ]
        empty = "Nobody is on it. Open a customer and press a on Subscriptions."
        return Listing(
            columns, self._fetch_subscribers, empty=empty, noun="subscriptions", sort="id", id="subscribers"
        )

    # Loading

    def load(self) -> None:
        """Load the plan with its versions, then the tab in front."""
        self.work(lambda workspace: workspace.browse.plan(self.code), self._show_plan, group="plan")

    def _show_plan(self, found: "tuple[Plan, list[VersionEntry]]") -> None:
        plan, self._versions = found
        words = " · ".join(plain(word) for word in terms(plan))
        newest = self._versions[0].version.label if self._versions else "no version"
        self.query_one("#plan-head", Static).update(
            Content.assemble((plan_called(plan), "bold"), f"  {plain(newest)} · {words}")
        )
        self.listing.load()

    def _fetch_products(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        from usagebill_tui.billing.words import price_words

        products = self._versions[0].version.products if self._versions else ()
        rows = [
            Row(
                one.code,
                (
                    cell(one.code, longest=40),
                    cell(one.name, longest=40),
                    f"{one.fee.replace('_', ' ')}, {one.timing}" if one.fee != "metered" else "metered",
                    cell(one.metric or "–", longest=40),
                    cell(price_words(one.price), longest=80),
                ),
            )
            for one in products
            if asked.text.lower() in f"{one.code} {one.name}".lower()
        ]
        return PageFound(rows[asked.offset : asked.offset + asked.limit], len(rows), len(products))

    def _fetch_versions(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        rows = [_version_row(one, newest=one is self._versions[0]) for one in self._versions]
        held = [row for row in rows if asked.text.lower() in row.key.lower()]
        return PageFound(held[asked.offset : asked.offset + asked.limit], len(held), len(rows))

    def _fetch_subscribers(self, workspace: "Workspace", asked: PageRequest) -> Found:
        from usagebill_tui.billing.words import day

        found = workspace.browse.subscribers(self.code, asked)
        rows = [
            Row(
                one.id,
                (
                    cell(one.customer, longest=60),
                    cell(one.plan_label, longest=40),
                    cell(one.id, longest=60),
                    day(one.start),
                    day(one.end) if one.end else Text("open", style="dim"),
                ),
            )
            for one in found.rows
        ]
        self._customers = {one.id: one.customer for one in found.rows}
        return PageFound(rows, found.matching, found.total)

    # Going about

    @property
    def listing(self) -> Listing:
        """Return the list in front."""
        name = self.query_one(TabLine).current
        return self.query_one("#version-list" if name == "versions" else f"#{name}", Listing)

    def footer_actions(self) -> tuple[Action, ...]:
        """Return the keys of this screen."""
        return (*COMMON, *self.ACTIONS)

    def action_show_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self.query_one(TabLine).show_tab(name)
        self.query_one("#plan-tabs", ContentSwitcher).current = name
        self.listing.focus()
        self.listing.load()

    def action_tab(self, by: int) -> None:
        """Bring the next tab to the front, or the one before."""
        self.action_show_tab(self.query_one(TabLine).neighbour(by))

    def action_edit(self) -> None:
        """Edit the plan as sold today."""
        from usagebill_tui.tui.screens.plan_editor import PlanEditor

        self.app.push_screen(PlanEditor(self.code))

    def action_move(self) -> None:
        """Move customers of the plan, after a look at the effect."""
        from usagebill_tui.tui.screens.move import MovePage

        self.app.push_screen(MovePage(self.code))

    def action_simulate(self) -> None:
        """Simulate everybody on the plan's newest version."""
        from usagebill_tui.tui.screens.simulate import SimulatePage

        newest = self._versions[0].version.label if self._versions else ""
        self.app.push_screen(SimulatePage(plan=newest))

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Open the product or the customer of a row."""
        match event.listing.id:
            case "products":
                from usagebill_tui.tui.screens.product import ProductPage

                self.app.push_screen(ProductPage(event.key))
            case "subscribers":
                from usagebill_tui.tui.screens.customer import CustomerPage

                self.app.push_screen(CustomerPage(self._customers[event.key]))
            case _:
                event.listing.show_record()

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Show in what the version under the cursor differs from the one before."""
        if event.listing.id == "version-list":
            place = next((n for n, one in enumerate(self._versions) if one.version.label == event.key), None)
            self.query_one("#plan-difference", Static).update(_difference(self._versions, place))


def _version_row(one: "VersionEntry", *, newest: bool) -> Row:
    status = Text("● sold today", style="good") if newest else Text("○ earlier", style="dim")
    if newest and not one.on.all:
        status = Text("● sold today, unused: edits change it", style="warn")
    return Row(
        one.version.label,
        (
            cell(one.version.label, longest=40),
            on_words(one.on),
            status,
            cell(f"{len(one.version.products)} products · {' · '.join(terms(one.version.plan))}", longest=50),
        ),
    )


def _difference(versions: "list[VersionEntry]", place: int | None) -> Table | Text:
    from usagebill_tui.billing.catalogue.history import differences

    if place is None:
        return Text("")
    if place == len(versions) - 1:
        return Text("The first version.", style="dim")
    one, before = versions[place].version, versions[place + 1].version
    table = Table(box=None, padding=(0, 2), pad_edge=False, show_edge=False)
    table.add_column("What")
    table.add_column(plain(before.label, 40))
    table.add_column(plain(one.label, 40))
    fields = differences(before, one)
    for field in fields[:_MOST_FIELDS]:
        sign = "+ " if not field.before else "− " if not field.after else "≠ "
        table.add_row(
            Text(f"{sign}{plain(field.name, 60)}"),
            Text(plain(field.before or "–", 200), style="dim"),
            Text(plain(field.after or "–", 200), style="bold"),
        )
    if len(fields) > _MOST_FIELDS:
        table.add_row(Text(f"{len(fields) - _MOST_FIELDS:,} more", style="dim"), "", "")
    return table
