"""Home: the period at a glance, and what to do next."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Grid, VerticalScroll
from textual.widgets import Label

from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.front import read_styles
from usagebill_tui.tui.screens import home_words as words
from usagebill_tui.tui.screens.page import COMMON, Page
from usagebill_tui.tui.widgets.block import Block
from usagebill_tui.tui.widgets.first_steps import STEPS, FirstSteps, is_set_up
from usagebill_tui.tui.widgets.keybar import KeyBar
from usagebill_tui.tui.widgets.trend import TrendChart

if TYPE_CHECKING:
    from usagebill_tui.billing.overview import Expected, Standing, UnbilledEvents
    from usagebill_tui.plugin.health import PluginState
    from usagebill_tui.store.manifest import Batch
    from usagebill_tui.workspace import Workspace

_IMPORTS = 4
_KEYS = tuple(
    Action(
        id=f"home.{step.counted}",
        keys=step.key,
        title=step.title,
        call=step.call,
        footer=step.counted.removesuffix("s") if step.call != "import" else "import",
        help=step.why.capitalize(),
    )
    for step in STEPS
)


class Glance(VerticalScroll, can_focus=False):
    """The first steps and the blocks."""

    def compose(self) -> ComposeResult:
        """Yield them."""
        yield Label("Begin here: from a metric to an invoice", classes="section", id="home-begin")
        yield FirstSteps()
        trend = TrendChart(id="home-trend")
        yield Block("Events, last 30 days", "app.page('reports')", inside=trend, id="block-trend")
        with Grid(id="home-blocks"):
            yield Block("This period, estimated", "app.page('customers')", id="block-estimate")
            yield Block("Invoices", "app.page('invoices')", id="block-invoices")
            yield Block("Unbilled usage", "app.page('reports')", id="block-unbilled")
            yield Block("Last imports", "events('batches')", id="block-imports")
            yield Block("Waiting for you", "app.page('plugins')", id="block-alerts")


class HomePage(Page):
    """Blocks that each lead to their screen; in a new workspace, the first steps."""

    PAGE = "home"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *_KEYS,
        Action(
            id="home.demo",
            keys="l",
            title="Load the demo",
            call="load_demo",
            footer="demo",
            help="Makes the workspace demo anew and goes there",
        ),
    )
    HELP_TEXT = "Arrows or tab go from block to block; enter, or a click, opens the screen behind one."
    AUTO_FOCUS = ""
    CSS_PATH = None  # the first frame needs its own styles alone, which the application has

    def __init__(self) -> None:
        super().__init__()
        self._begun = False
        self._making = ""
        self._failed: Sequence[PluginState] = ()
        self._expected: Expected | None = None
        self._standing: Standing | None = None

    def footer_actions(self) -> tuple[Action, ...]:
        """Return, in a new workspace, the steps that are left; afterwards the last of them."""
        counts = {} if self._standing is None else self._standing.counts
        if is_set_up(counts):
            return (*COMMON, *_KEYS[-1:])
        left = [one for one, step in zip(_KEYS, STEPS, strict=True) if not counts.get(step.counted, 0)]
        return (*COMMON, *left[:4], *self.ACTIONS[-1:])

    def under_way(self) -> str:
        """Return what is under way, for whoever wants to leave."""
        return self._making

    def block(self, name: str) -> Block:
        """Return a block by its name."""
        return self.query_one(f"#block-{name}", Block)

    async def complete(self) -> None:
        """Add the body, which shows nothing without data, and read the styles of all other screens."""
        read_styles(self.app)
        await self.query_one("#body").mount(Glance(id="home"))

    # Loading: each part by itself, so that what is quick does not wait for what is not

    def load(self) -> None:
        """Ask for every part."""
        self.work(_glance, self._show_glance, group="glance")

    def _show_glance(self, found: "tuple[Standing, Sequence[Batch], Sequence[PluginState]]") -> None:
        standing, imports, plugins = found
        self._standing = standing
        self._failed = [plugin for plugin in plugins if plugin.status == "failed"]
        self._show_steps(standing.counts)
        self.block("invoices").show(*words.invoices(standing))
        self.block("imports").show(*words.imports(imports))
        self._show_alerts()
        if standing.counts["batches"]:
            self.work(lambda workspace: workspace.daily_events(), self._show_trend, group="trend")
            self._begin_counting(standing)
        else:
            self.query_one(TrendChart).show_bars("No events yet", ())
            self.block("unbilled").show(*words.unbilled(None))
            self.block("estimate").show(*words.estimate(None))

    def _show_steps(self, counts: Mapping[str, int]) -> None:
        steps, done = self.query_one(FirstSteps), is_set_up(counts)
        steps.show_counts(counts)
        self.query_one(KeyBar).show_actions(self.footer_actions())
        for widget in (steps, self.query_one("#home-begin")):
            widget.display = not done
        for name in ("#home-blocks", "#block-trend"):
            self.query_one(name).display = bool(counts["customers"] or counts["batches"])
        if not self._begun:
            self._begun = True
            (self.block("trend") if done else steps).focus()

    def _begin_counting(self, standing: "Standing") -> None:
        counting = f"counting {standing.counts['customers']:,} customers…"
        if self._expected is None:
            self.block("estimate").show(words.quiet(counting))
            self.block("unbilled").show(words.quiet("counting…"))
        self.work(lambda workspace: workspace.expected(), self._show_estimate, group="estimate")
        self.work(lambda workspace: workspace.unbilled_events(), self._show_unbilled, group="unbilled")

    def _show_trend(self, days: "Sequence[tuple[date, int]]") -> None:
        title, bars = words.trend(days)
        self.query_one(TrendChart).show_bars(title, bars, unit="events")

    def _show_estimate(self, expected: "Expected") -> None:
        self._expected = expected
        self.block("estimate").show(*words.estimate(expected))
        self._show_alerts()

    def _show_unbilled(self, found: "UnbilledEvents") -> None:
        self.block("unbilled").show(*words.unbilled(found))

    def _show_alerts(self) -> None:
        if self._standing is not None:
            alerts = words.alerts(self._standing, self._failed, self._expected)
            lines = [alert.line for alert in alerts] or [words.nothing_waits()]
            self.block("alerts").show(*lines)
            self.block("alerts").lead_to(alerts[0].call if alerts else "app.page('invoices')")

    # Going on

    async def action_new(self, page: str) -> None:
        """Go to a main screen and begin a new one of what it lists."""
        await self.app.switch_mode(page)
        begin = getattr(self.app.screen, "action_new", None)
        if begin is not None:
            self.app.call_after_refresh(begin)

    async def action_events(self, tab: str) -> None:
        """Go to one of the lists of events."""
        from usagebill_tui.tui.screens.events import EventsPage

        await self.app.switch_mode("events")
        page = self.app.screen
        if isinstance(page, EventsPage):
            page.call_after_refresh(page.action_show_tab, tab)

    async def action_import(self) -> None:
        """Go and import event files."""
        from usagebill_tui.tui.screens.events import EventsPage

        await self.app.switch_mode("events")
        page = self.app.screen
        if isinstance(page, EventsPage):
            page.call_after_refresh(page.action_import)

    def action_load_demo(self) -> None:
        """Make the demo's workspace and go there."""
        if self._making:
            return
        self._making = "making the demo"
        self.app.notify("A few seconds: customers, plans and real usage are made", title="Making the demo")
        self.work(self._make_demo, self._enter_demo, group="demo", failed=self._no_demo)

    def _make_demo(self, _: "Workspace") -> None:
        from usagebill_tui.demo.making import make_demo

        make_demo(self.desk.home)

    def _enter_demo(self, _: None) -> None:
        from usagebill_tui.homes import DEMO

        self._making = ""
        self.app.enter_workspace(DEMO)  # type: ignore[attr-defined] # every app here has it

    def _no_demo(self, error: Exception) -> None:
        self._making = ""
        self.app.show_error(error)  # type: ignore[attr-defined] # likewise


def _glance(workspace: "Workspace") -> "tuple[Standing, Sequence[Batch], Sequence[PluginState]]":
    return workspace.standing(), workspace.browse.latest_imports(_IMPORTS), workspace.plugins
