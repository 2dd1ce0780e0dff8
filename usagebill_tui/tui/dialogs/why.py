"""Why: what each stage did to the events of a metric, from the file to the invoice, and what to do."""

from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Label, Static

from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import cell, content, plain
from usagebill_tui.tui.widgets.keybar import ActionLine

if TYPE_CHECKING:
    from usagebill_tui.billing.why import Stage, Why
    from usagebill_tui.domain.periods import Days
    from usagebill_tui.tui.work import Guarded

_VERDICTS = {
    "all": ("✓", "good"),
    "some": ("! some lost", "warn"),
    "none": ("✗ all lost", "bad"),
    "unreached": ("· not reached", "dim"),
}
_APART = ("– none went on", "warn")


class WhyDialog(Dialog[None]):
    """Shows an answer: the sentence, what to do, the stages; `c` copies it."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="why.close", keys="escape,q,i,enter", title="Close", call="app.pop_screen", footer="close"),
        Action(id="why.copy", keys="c", title="Copy", call="copy_answer", footer="copy"),
    )
    BINDINGS = bindings(ACTIONS)

    def __init__(self, answer: "Why") -> None:
        super().__init__()
        self._answer = answer

    def compose(self) -> ComposeResult:
        """Lay out the sentence, the findings, and the stages."""
        answer = self._answer
        with Vertical(classes="dialog -wide"):
            yield Label(
                content(f"Why: {plain(answer.metric, 40)} of {plain(answer.customer, 40)}"), classes="title"
            )
            with VerticalScroll(classes="dialog-body", can_focus=True):
                yield Static(content(answer.answer), classes="mend")
                for finding in answer.findings:
                    yield Static(content(f"→ {finding}"))
                yield Static(_stages(answer))
                period = f"{rfc3339(answer.period.start)} up to {rfc3339(answer.period.end)}"
                yield Static(content(f"{period} · accounts {', '.join(answer.accounts)}"), classes="hint")
            yield ActionLine(self.ACTIONS)

    def action_copy_answer(self) -> None:
        """Copy the answer as text."""
        answer = self._answer
        lines = [answer.answer, *(f"→ {finding}" for finding in answer.findings)]
        lines += [f"{s.name}: {s.entered} entered, {s.passed} went on, {s.lost} lost" for s in answer.stages]
        self.app.copy_to_clipboard("\n".join(lines))
        self.app.notify("Copied as text", title="Clipboard")


def show_why(screen: "Guarded", customer: str, metric: str, days: "Days | None" = None) -> None:
    """Ask why a customer has this usage of a metric, in some days or its current period, and show it."""
    from usagebill_tui.billing.why import WhyRequest

    first, last = (None, None) if days is None else (days.first.isoformat(), days.after.isoformat())
    request = WhyRequest(customer=customer, metric=metric, first=first, last=last)
    screen.work(
        lambda workspace: workspace.why(request),
        lambda answer: screen.app.push_screen(WhyDialog(answer)),
        group="why",
    )


def _stages(answer: "Why") -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, expand=True, show_edge=False)
    table.add_column("Stage", no_wrap=True)
    for title in ("Entered", "Went on", "Apart", "Lost"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("What was found", ratio=1)
    for stage in answer.stages:
        _add(table, stage)
    return table


def _add(table: Table, stage: "Stage") -> None:
    word, style = _VERDICTS[stage.verdict] if stage.lost or stage.verdict != "none" else _APART
    counts = (f"{number:,}" for number in (stage.entered, stage.passed, stage.apart, stage.lost))
    found = Text(plain(stage.said, 300))
    if stage.mend is not None:
        found.append(f"\n→ {plain(stage.mend, 300)}", style="bold")
    table.add_row(Text.assemble(cell(stage.name), " ", (word, style)), *counts, found)
