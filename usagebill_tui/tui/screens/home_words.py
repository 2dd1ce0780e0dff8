"""What stands in the blocks of Home."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from rich.table import Table
from rich.text import Text

from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.widgets.trend import Bar

if TYPE_CHECKING:
    from usagebill_tui.billing.overview import Expected, Standing, UnbilledEvents
    from usagebill_tui.plugin.health import PluginState
    from usagebill_tui.store.manifest import Batch


class Alert(NamedTuple):
    """Something that waits for somebody, and the action that leads to it."""

    line: Text
    call: str


def quiet(text: str) -> Text:
    """Return a line that says that there is nothing, or not yet."""
    return Text(text, style="dim")


def trend(days: Sequence[tuple[date, int]]) -> tuple[str, Sequence[Bar]]:
    """Return the sum and a bar for each day; the month that runs is the period shown."""
    total = sum(events for _, events in days)
    now = days[-1][0]
    bars = [
        Bar(f"{one.day} {one:%b}", Decimal(events), (one.year, one.month) == (now.year, now.month))
        for one, events in days
    ]
    return f"{total:,} events", bars


def estimate(expected: "Expected | None") -> Sequence[Text | Table]:
    """Return what the current periods would be invoiced at."""
    if expected is None or not expected.subscriptions:
        return [quiet("No active subscription."), quiet("A customer on a plan is what bills.")]
    sums = {currency: (None, amount) for currency, amount in expected.totals.items()}
    table = _amounts(sums, "", style="bold")
    return [table, quiet(f"{_count(expected.subscriptions, 'subscription')}, if billed now")]


def invoices(standing: "Standing") -> Sequence[Text | Table]:
    """Return what is open, overdue and in drafts, by currency."""
    parts: list[Text | Table] = []
    for word, style, sums in (
        ("! overdue", "bad", standing.overdue),
        ("● open", "info", standing.open),
        ("○ draft", "", standing.drafts),
    ):
        if sums:
            parts.append(_amounts({c: (s.invoices, s.amount) for c, s in sums.items()}, word, style=style))
    return parts or [quiet("Nothing open, no drafts."), quiet("7 bills a period.")]


def unbilled(found: "UnbilledEvents | None") -> Sequence[Text | Table]:
    """Return how many events nobody is charged for, by reason."""
    if found is None or not found.events:
        return [quiet("No events yet.") if found is None else Text("✓ all usage is billed", style="good")]
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column()
    table.add_column(justify="right")
    for reason, events in sorted(found.events.items(), key=lambda one: -one[1]):
        table.add_row(Text(f"! {reason}", style="warn"), Text(_count(events, "event")))
    return [table, quiet(f"under {_count(found.accounts, 'name')}")]


def imports(batches: "Sequence[Batch]") -> Sequence[Text | Table]:
    """Return the newest imports."""
    from usagebill_tui.tui.screens.batches import short, state_of

    if not batches:
        return [quiet("Nothing was imported yet."), quiet("i imports event files.")]
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column(justify="right", no_wrap=True)
    for batch in batches:
        name = plain(short(batch.files[0].name), 40) if batch.files else ""
        table.add_row(state_of(batch), Text(name), Text(f"{batch.counts.accepted:,}"))
    return [table]


def alerts(
    standing: "Standing", failed: "Sequence[PluginState]", expected: "Expected | None"
) -> Sequence[Alert]:
    """Return what waits for somebody, most urgent first."""
    found = [
        Alert(Text(f"✗ plugin {plain(one.name, 30)} failed: {plain(one.reason or '', 60)}", style="bad"),
              "app.page('plugins')")
        for one in failed
    ]  # fmt: skip
    if expected is not None and expected.not_rated_lines:
        example = expected.not_rated[0]
        why = f"{plain(example[1], 30)}, {plain(example[2], 60)}"
        text = f"✗ {_count(expected.not_rated_lines, 'line')} not rated: {why}"
        found.append(Alert(Text(text, style="bad"), "app.page('plugins')"))
    overdue = sum(one.invoices for one in standing.overdue.values())
    if overdue:
        text = f"! {_count(overdue, 'invoice')} overdue"
        found.append(Alert(Text(text, style="bad"), "app.page('invoices')"))
    if standing.rejected:
        text = f"! {_count(standing.rejected, 'row')} rejected, last in batch {standing.rejected_in}"
        found.append(Alert(Text(text, style="warn"), "events('rejects')"))
    drafts = sum(one.invoices for one in standing.drafts.values())
    if drafts:
        text = f"○ {_count(drafts, 'draft')} to be made final"
        found.append(Alert(Text(text), "app.page('invoices')"))
    return found


def nothing_waits() -> Text:
    """Say that nothing waits."""
    return Text("✓ nothing", style="good")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _amounts(sums: "Mapping[str, tuple[int | None, Decimal]]", word: str, *, style: str = "") -> Table:
    from usagebill_tui.billing.words import money

    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(ratio=1, no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for currency, (number, amount) in sums.items():
        label = word if number is None else f"{word}  {number:,}"
        shown = money(amount, currency)
        table.add_row(
            Text(label or currency, style="" if style == "bold" else style), Text(shown, style=style)
        )
    return table
