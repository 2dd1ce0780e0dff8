"""Plans: products together, on which terms, and who is on them."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.screens.archiving import ARCHIVE, ArchivingPage, marked
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.store.browsing.plans import PlanEntry
    from usagebill_tui.workspace import Workspace


class PlansPage(ArchivingPage):
    """The list of plans; each opens into its products, its versions and its customers."""

    PAGE = "plans"
    NOUN = "plan"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="plans.new", keys="n", title="New plan", call="new", footer="new"),
        Action(id="plans.edit", keys="e", title="Edit the plan", call="edit", footer="edit"),
        *ARCHIVE,
    )
    HELP_TEXT = "Enter opens a plan: its products, its versions with their differences, who is on it."

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Listing(
            [
                Column(key="code", title="Code", sortable=True),
                Column(key="name", title="Name", sortable=True, priority=1),
                Column(key="newest", title="Newest"),
                Column(key="interval", title="Interval", priority=2),
                Column(key="price", title="Price", priority=1),
                Column(key="versions", title="Versions", right=True, sortable=True, priority=2),
                Column(key="on", title="Subscriptions", right=True, sortable=True),
            ],
            _fetch,
            empty="No plans yet. Press n to put products together.",
            noun="plans",
            sort="code",
        )

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def action_new(self) -> None:
        """Describe a new plan."""
        from usagebill_tui.tui.screens.plan_editor import PlanEditor

        self.app.push_screen(PlanEditor())

    def action_edit(self) -> None:
        """Edit the plan under the cursor."""
        from usagebill_tui.tui.screens.plan_editor import PlanEditor

        key = self.query_one(Listing).key
        if key is not None:
            self.app.push_screen(PlanEditor(key))

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the plan that was opened."""
        from usagebill_tui.tui.screens.plan import PlanPage

        self.app.push_screen(PlanPage(event.key))


def _fetch(workspace: "Workspace", asked: PageRequest) -> Found:
    found = workspace.browse.plans(asked)
    away = workspace.browse.archived("plan")
    return PageFound([marked(_row(entry), away) for entry in found.rows], found.matching, found.total)


def _row(entry: "PlanEntry") -> Row:
    from usagebill_tui.tui.screens.plan_words import interval_words, on_words, price_summary

    plan, newest = entry.plan, entry.newest
    return Row(
        plan.code,
        (
            cell(plan.code, longest=40),
            cell(plan.name, longest=40),
            "–" if newest is None else cell(f"@{newest.version}"),
            interval_words(plan),
            cell(price_summary(newest), longest=60),
            f"{entry.versions:,}",
            on_words(entry.on),
        ),
    )
