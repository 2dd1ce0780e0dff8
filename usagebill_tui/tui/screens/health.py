"""Health: what doctor looks at and what verify reads again, each finding with its mend."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.in_memory import Sortable, page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.proofs.health import Finding
    from usagebill_tui.workspace import Workspace

_MARKS = {"ok": "✓ ok", "warning": "! warning", "failed": "✗ failed"}
_ORDER = ("failed", "warning", "ok")


class HealthPage(Page):
    """Findings on the installation and the workspace, the worst first."""

    PAGE = "settings"
    HELP_TEXT = (
        "`usagebill doctor` looks at the installation; `usagebill verify` reads all that is stored again."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="health.verify", keys="v", title="Verify: read everything again", call="verify",
               footer="verify",
               help="Against its digests, counts and sums; final invoices are computed again"),
        Action(id="health.doctor", keys="d", title="Look at the installation again", call="doctor",
               footer="doctor"),
        Action(id="health.repair", keys="r", title="Remove what interrupted work left", call="repair",
               footer="repair"),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._found: Sequence[Finding] = ()
        self._verifying = ""

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Health"

    def under_way(self) -> str:
        """Return what is under way, for whoever wants to leave."""
        return self._verifying

    def body(self) -> ComposeResult:
        """Yield the list and what it comes to."""
        yield Listing(
            [
                Column(key="status", title="Status", sortable=True),
                Column(key="check", title="Check", sortable=True),
                Column(key="detail", title="Detail", priority=1, width=76),
                Column(key="mend", title="Mend", priority=2),
            ],
            self._fetch,
            empty="Nothing was looked at yet. Press d or v.",
            noun="findings",
        )
        yield Static("", id="health-sum", classes="report-sums")

    def load(self) -> None:
        """Look at the installation, which is quick; what verify found stays until it is asked for again."""
        if not self._found:
            self.action_doctor()

    def action_doctor(self) -> None:
        """Look at the installation and the workspace."""
        self._look("looking at the installation", lambda workspace: workspace.doctor())

    def action_verify(self) -> None:
        """Read everything again."""
        self._look("reading everything again", lambda workspace: workspace.verify())

    def action_repair(self) -> None:
        """Remove what interrupted imports and erasing left, once the user is sure."""
        title = f"Repair {self.desk.name}?"
        effect = (
            "Removes files that interrupted imports left, and what erasing could not clear away. "
            "Nothing that counts goes."
        )

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self._look("repairing", lambda workspace: workspace.doctor(repair=True))

        self.app.push_screen(Confirm(title, effect, "Repair"), answered)

    def _look(self, doing: str, what: "Callable[[Workspace], Sequence[Finding]]") -> None:
        self._verifying = doing
        self.query_one("#health-sum", Static).update(f"… {doing}")
        self.work(what, self._show_found, group="health", failed=self._failed)

    def _failed(self, error: Exception) -> None:
        self._verifying = ""
        self.query_one("#health-sum", Static).update("")
        self._show(error)

    def _show_found(self, found: "Sequence[Finding]") -> None:
        self._verifying = ""
        self._found = sorted(found, key=lambda one: _ORDER.index(one.status))
        self.query_one("#health-sum", Static).update(_sum(self._found))
        self.query_one(Listing).load()

    def _fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        return page([_row(place, one) for place, one in enumerate(self._found)], asked)

    def on_listing_opened(self, _event: Listing.Opened) -> None:
        """Show the finding in full."""
        self.query_one(Listing).show_record()


def _sum(found: "Sequence[Finding]") -> Content:
    """Say how many findings there are of each kind."""
    counts = {status: sum(one.status == status for one in found) for status in _ORDER}
    words = " · ".join(f"{_MARKS[status]} {count:,}" for status, count in counts.items() if count)
    style = "$error" if counts["failed"] else "$warning" if counts["warning"] else "$success"
    return Content.styled(words, style)


def _row(place: int, one: "Finding") -> Sortable:
    cells = (
        _MARKS[one.status],
        cell(one.check, longest=80),
        cell(one.detail, longest=2_000),
        cell(one.mend, longest=500),
    )
    return Sortable(Row(str(place), cells), {"status": _ORDER.index(one.status), "check": one.check})
