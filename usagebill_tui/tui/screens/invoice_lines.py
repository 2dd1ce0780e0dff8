"""The lines of one invoice as rows that open: into steps, what was measured, and the very events."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text
from textual import events

from usagebill_tui.billing.words import event_words, money, rule, units
from usagebill_tui.domain.invoice import Line
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.pricing.protocol import Step
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.usage.explaining import ExplainedLine, Explanation
    from usagebill_tui.eventstore.types import StoredEvent
    from usagebill_tui.workspace import Workspace

MOST_EVENTS = 200
_LEAST_ROOM = 12
_BESIDE = 7
"""Columns beside the two texts: the padding of the cells, and the scrollbar."""


class InvoiceLines(Listing):
    """The lines; enter opens and closes them, `toggle_all` does so with all."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        columns = [Column(key="line", title="Line"), Column(key="amount", title="Amount", right=True)]
        super().__init__(
            columns,
            self._rows_of,
            empty="No lines: nothing was used and no fee fell due.",
            noun="rows · enter opens and closes",
            id=id,
        )
        self._explanation: Explanation | None = None
        self._opened: set[int] = set()
        self._with_events: set[int] = set()
        self._events: dict[int, Sequence[StoredEvent]] = {}
        self._room = _LEAST_ROOM

    def show_lines(self, explanation: "Explanation") -> None:
        """Show the lines of an invoice, those open that were."""
        self._explanation = explanation
        self._events.clear()
        self.load()

    def load(self) -> None:
        """Lay the rows out for the room there is."""
        self._room = self.size.width
        super().load()

    def on_resize(self, _event: events.Resize) -> None:
        """Lay the rows out anew."""
        if self.size.width != self._room:
            self.load()

    def toggle(self, key: str) -> None:
        """Open or close the line, or its events, that a row belongs to."""
        number, _, part = key.partition(".")
        chosen = self._with_events if part.startswith("e") else self._opened
        chosen ^= {int(number)}
        self.load()

    def toggle_all(self) -> None:
        """Open all lines, or close them where all are open."""
        if self._explanation is None:
            return
        every = {one.number for one in self._explanation.lines}
        self._opened = set() if self._opened >= every else every
        self.load()

    def event(self, key: str) -> "StoredEvent | None":
        """Return the event that a row shows."""
        number, _, part = key.partition(".")
        place = part.removeprefix("e")
        return self._events[int(number)][int(place)] if part.startswith("e") and place.isdigit() else None

    def _rows_of(self, workspace: "Workspace", asked: PageRequest) -> Found:
        explanation = self._explanation
        if explanation is None:
            return PageFound([], 0, 0)
        currency = explanation.invoice.currency
        written = [
            (key, text, "" if amount is None else amount, style)
            for one in explanation.lines
            for key, text, amount, style in self._written(workspace, explanation, one, currency)
        ]
        widest = max((len(amount) for _, _, amount, _ in written), default=0)
        room = max(self._room - max(widest, len("Amount")) - _BESIDE, _LEAST_ROOM)
        rows = [row for one in written for row in _wrapped(*one, room)]
        held = [row for row in rows if asked.text.lower() in str(row.cells[0]).lower()]
        return PageFound(held[asked.offset : asked.offset + asked.limit], len(held), len(rows))

    def _written(
        self, workspace: "Workspace", explanation: "Explanation", one: "ExplainedLine", currency: str
    ) -> Iterator[tuple[str, str, str | None, str]]:
        """Yield key, text, amount and style of the rows that a line takes now."""
        line, number = one.line, one.number
        is_open = number in self._opened
        amount = money(line.amount, currency)
        yield str(number), f"{'▾' if is_open else '▸'} {number}  {_title(line)}", amount, "bold"
        if not is_open:
            return
        for place, step in enumerate(line.steps):
            yield f"{number}.s{place}", f"     {step_words(step, currency)}", money(step.amount, currency), ""
        for place, (text, style) in enumerate(_notes(one)):
            yield f"{number}.n{place}", f"     {text}", None, style
        if one.metric is None:
            return
        shown = number in self._with_events
        counts = f"{line.events:,} events counted, {line.left_out:,} left out for want of a usable property"
        yield f"{number}.e", f"     {'▾' if shown else '▸'} {counts}", None, ""
        if shown:
            yield from self._event_rows(workspace, explanation, one)

    def _event_rows(
        self, workspace: "Workspace", explanation: "Explanation", one: "ExplainedLine"
    ) -> Iterator[tuple[str, str, None, str]]:
        if one.number not in self._events:
            found = workspace.events_behind(explanation, one)
            self._events[one.number] = list(islice(found, MOST_EVENTS + 1))
        behind = self._events[one.number]
        for place, event in enumerate(behind[:MOST_EVENTS]):
            yield f"{one.number}.e{place}", f"       {event.id}  {event_words(event)}", None, "dim"
        if len(behind) > MOST_EVENTS:
            more = f"the first {MOST_EVENTS} only; `usagebill explain --events` lists all"
            yield f"{one.number}.n-more", f"       … {more}", None, "italic"
        elif not behind:
            yield f"{one.number}.n-none", "       no events", None, "dim"


def step_words(step: Step, currency: str) -> str:
    """Write a step without its amount: `first 1,000 × $0.01`."""
    if step.unit_amount is None:
        return step.description
    return f"{step.description} × {money(step.unit_amount, currency)}"


def _title(line: Line) -> str:
    used = f" · {units(line.units)}" if line.kind == "usage" else ""
    left_out = f" · {line.left_out:,} events left out" if line.left_out else ""
    mark = "" if line.not_rated is None else " · ! not rated"
    return f"{line.description}{used}{left_out}{mark}"


def _notes(one: "ExplainedLine") -> Iterator[tuple[str, str]]:
    """Yield what else there is to say of a line, each with its style."""
    line = one.line
    if line.not_rated is not None:
        yield f"! not rated: {line.not_rated}", "bad"
    for warning in line.warnings:
        yield f"! warning: {warning}", "warn"
    if one.metric is not None:
        during = f"from {line.period.start:%Y-%m-%d %H:%M} up to {line.period.end:%Y-%m-%d %H:%M} UTC"
        yield f"measured: {rule(one.metric)}", "dim"
        yield f"{during}, of events that name {', '.join(one.accounts)}", "dim"


def _wrapped(key: str, text: str, amount: str, style: str, room: int) -> Iterator[Row]:
    """Yield a row, and more where the text is too long for one, so that nothing of it is cut."""
    shown = plain(text, 600)
    indent = len(shown) - len(shown.lstrip())
    for place, part in enumerate(_parts(shown, room, indent)):
        padded = part + " " * max(room - cell_len(part), 0)
        value = Text(amount if place == 0 else "", justify="right", style="bold" if style == "bold" else "")
        yield Row(key if place == 0 else f"{key}~{place}", (Text(padded, style=style, no_wrap=True), value))


def _parts(text: str, room: int, indent: int) -> Iterator[str]:
    hanging = " " * min(indent + 2, room // 2)
    while cell_len(text) > room:
        cut = text.rfind(" ", len(hanging) + 1, room)
        at = cut if cut > room // 2 else room
        while cell_len(text[:at]) > room:
            at -= 1
        yield text[:at]
        text = hanging + text[at:].lstrip()
    yield text
