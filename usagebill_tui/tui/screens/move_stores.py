"""Copying a workspace to other stores, with its progress; begun again, it goes on where it stopped."""

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content
from textual.widgets import Static

from usagebill_tui.addresses import shown
from usagebill_tui.errors import UsagebillError
from usagebill_tui.locations import check_workspace_name
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.asking import ASK, AskingPage, Question
from usagebill_tui.tui.widgets.in_memory import Sortable
from usagebill_tui.tui.widgets.listing import Column, Row

if TYPE_CHECKING:
    from usagebill_tui.moving import Moved
    from usagebill_tui.workspace import Workspace

STORES = (
    Field(
        key="database", title="Database",
        help="postgresql+psycopg://ada:${PGPASSWORD}@host/database; empty: a file in its folder",
    ),
    Field(
        key="event_store", title="Event store",
        help="clickhouse://ada:${CHPASSWORD}@host/database or s3://bucket/prefix; empty: a folder",
    ),
    Field(key="cluster", title="Cluster", help="Of ClickHouse, where its tables are for one"),
)  # fmt: skip
"""Where the stores of a workspace are; `${NAME}` stands for a variable, so that no password is stored."""


class MoveStopped(UsagebillError):
    """The user does not want to go on for now."""


class MoveStoresPage(AskingPage):
    """Copies a workspace, proves that both bill the same, and leaves the old one as it is."""

    PAGE = "settings"
    HELP_TEXT = "What `usagebill move` does. Until it is done, nothing is imported into the old workspace."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        ASK,
        Action(id="move_stores.stop", keys="escape", title="Stop, or back", call="stop", footer="stop"),
        Action(id="move_stores.open", keys="o", title="Work in the new workspace", call="open_moved",
               footer="open the new one"),
    )  # fmt: skip
    NOUN = "parts"
    BUTTON = "Copy it there"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name_ = name
        self._stop = threading.Event()
        self._busy = ""

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return f"Copy {plain(self.name_, 60)} to other stores"

    def under_way(self) -> str:
        """Return what is under way, for whoever wants to leave."""
        return self._busy

    def question(self, _workspace: "Workspace") -> Question:
        """Return the fields."""
        name = Field(key="to", title="New name", required=True, help="Of the workspace that is made there")
        return Question((name, *STORES), {"to": f"{self.name_}-moved"})

    def action_ask(self) -> None:
        """Begin, or go on where it stopped."""
        if self._busy:
            return
        to = str(self.form.values().get("to", ""))
        problem = name_problem(to)
        if problem is not None:
            self.form.show_problem("to", problem)
            return
        self._stop.clear()
        self._busy = f"copying {self.name_} to {to}"
        super().action_ask()

    def answer(self, workspace: "Workspace", values: Mapping[str, Any]) -> "Moved":
        """Copy it; called in a thread."""
        from usagebill_tui.moving import Move, move_workspace

        move = Move(name=self.name_, to=values["to"], servers=servers_of(values))
        try:
            return move_workspace(
                self.desk.home, move, registry=workspace.registry, clock=self.desk.clock, step=self._step
            )
        finally:
            self._busy = ""

    def _step(self, part: str, count: int) -> None:
        """Say how far it is, from the thread that copies."""
        if self._stop.is_set():
            raise MoveStopped("stopped", mend="copy it there again to go on where it stopped")
        self.app.call_later(self._say_step, part, count)

    def _say_step(self, part: str, count: int) -> None:
        if self._busy and self.is_attached:
            self.query_one("#asking-status", Static).update(
                content(f"… copying {plain(part, 60)}: {count:,} · esc stops, and it can go on later")
            )

    def action_stop(self) -> None:
        """Stop after the part under way; else go back."""
        if self._busy:
            self._stop.set()
            self.query_one("#asking-status", Static).update("… stopping")
        else:
            self.app.pop_screen()

    def on_unmount(self) -> None:
        """Stop what is under way where the screen goes."""
        self._stop.set()

    def action_open_moved(self) -> None:
        """Work in the workspace that was made."""
        if self.is_answered:
            self.app.enter_workspace(self.asked["to"])  # type: ignore[attr-defined] # our own application
        else:
            self.app.notify("Copy it there first")

    # What was copied

    def load(self) -> None:
        """Learn what to ask; what was copied is never copied again by itself."""
        if not self.is_answered:
            super().load()

    def columns(self) -> Sequence[Column]:
        """Return the columns of a part."""
        return (
            Column(key="part", title="Part", sortable=True),
            Column(key="rows", title="Rows", right=True, sortable=True),
        )

    def rows(self, found: "Moved") -> Sequence[Sortable]:
        """Return a row for each part."""
        parts = {**found.tables, "events": found.proof.events}
        return [
            Sortable(Row(name, (name.replace("_", " "), f"{count:,}")), {"part": name, "rows": count})
            for name, count in parts.items()
        ]

    def told(self, values: Mapping[str, Any]) -> str:
        """Say where it goes, without any password."""
        places = [shown(str(values[key])) for key in ("database", "event_store") if values.get(key)]
        return plain(f"{self.name_} → {values.get('to')} · {', '.join(places) or 'a folder'}", 300)

    def sums(self, found: "Moved") -> Content:
        """Say what was proven."""
        proof = found.proof
        finals = f"{proof.invoices:,} final invoice{'' if proof.invoices == 1 else 's'}"
        return Content(
            f"✓ {proof.events:,} events and {finals}, recomputed, are the same in both. "
            f"{self.name_} stays as it is; o works in the new one"
        )


def servers_of(values: Mapping[str, Any]) -> Any:
    """Return the servers that a form names."""
    from usagebill_tui.stores import Servers

    return Servers(
        database=values.get("database"),
        event_store=values.get("event_store"),
        cluster=values.get("cluster"),
        join=bool(values.get("join")),
    )


def name_problem(name: str) -> str | None:
    """Return what is wrong with the name of a workspace, None where it will do."""
    try:
        check_workspace_name(name)
    except UsagebillError as error:
        return f"{error.what}; {error.mend}"
    return None
