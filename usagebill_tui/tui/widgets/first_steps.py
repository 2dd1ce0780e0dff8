"""What to do first in a workspace, in order, with what is done already."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class Step(NamedTuple):
    """A step: what counts it as done, its key, what to do and why, and the action that does it."""

    counted: str
    key: str
    title: str
    why: str
    call: str


STEPS: tuple[Step, ...] = (
    Step("metrics", "m", "Create a metric", "what is measured: requests, tokens", "new('metrics')"),
    Step("products", "p", "Create a product", "a metric or a fee with its price", "new('products')"),
    Step("plans", "n", "Create a plan", "products together, in a currency, each month", "new('plans')"),
    Step("customers", "c", "Add a customer", "who pays, on which plan, since when", "new('customers')"),
    Step("batches", "i", "Import events", "what happened, from a file", "import"),
)
_DEMO = Step("", "l", "Or load the demo", "sample customers, real usage, a workspace apart", "load_demo")


def is_set_up(counts: Mapping[str, int]) -> bool:
    """Tell whether every step is done."""
    return all(counts.get(step.counted, 0) for step in STEPS)


class FirstSteps(OptionList):
    """The steps; enter or a click does one."""

    HELP_NAME = "First steps"

    def __init__(self) -> None:
        super().__init__(id="home-steps", compact=True)
        self._steps: Sequence[Step] = ()

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Mark what is done, and stand on what comes next."""
        self._steps = (*STEPS, _DEMO)
        place = self.highlighted
        self.clear_options()
        narrow = self.app.size.width < 70  # noqa: PLR2004 - the app's breakpoint
        self.add_options([Option(_line(step, counts, short=narrow)) for step in self._steps])
        following = next((k for k, s in enumerate(STEPS) if not counts.get(s.counted, 0)), len(STEPS))
        self.highlighted = following if place is None else place

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Do the step."""
        event.stop()
        await self.screen.run_action(self._steps[event.option_index].call)


def _line(step: Step, counts: Mapping[str, int], *, short: bool) -> Content:
    done = bool(counts.get(step.counted, 0))
    mark = ("✓ ", "$success") if done else ("○ " if step.counted else "★ ", "$text-muted")
    key = (f" {step.key} ", "bold $footer-key-foreground")
    title = (f" {step.title:<18}", "$text-muted" if done else "bold")
    return Content.assemble(mark, key, title, ("" if short else f" {step.why}", "$text-muted"))
