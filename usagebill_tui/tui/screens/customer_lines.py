"""How the lines of a period and their changes are written: amounts, arrows and words."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.text import Text
from textual.content import Content

from usagebill_tui.billing.words import day, money, units
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.quantity import plain as number
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.widgets.listing import Row

if TYPE_CHECKING:
    from usagebill_tui.billing.usage.comparing import ComparedLine, Comparison
    from usagebill_tui.domain.periods import Days
    from usagebill_tui.domain.usage import Usage


def days_text(days: "Days") -> str:
    """Write days with both ends: `1 Nov – 30 Nov 2023`."""
    first, last = day(days.first), day(days.after - timedelta(days=1))
    short, _, year = first.rpartition(" ")
    return f"{short if last.endswith(year) else first} – {last}"


def change_text(now: Decimal, before: Decimal, currency: str | None = None) -> str:
    """Write a change with an arrow and a word, of money with its amount: `▲ up $3.10, 12.5%`."""
    from usagebill_tui.billing.usage.comparing import share

    if now == before:
        return "= same"
    with exact_arithmetic():
        by = abs(now - before)
    part = share(now, before)
    percent = "" if part is None else f"{number(abs(part))}%"
    amount = "" if currency is None else money(by, currency)
    words = ", ".join(word for word in (amount, percent) if word) or units(by)
    return f"▲ up {words}" if now > before else f"▼ down {words}"


def period_text(found: "Sequence[Comparison]", back: int, *, short: bool = False) -> Content:
    """Return which period is shown, how far it has come, and what it comes to; `short` leaves words out."""
    if not found:
        return Content("Not on a plan. What was used this month:" if not back else "")
    several = len(found) > 1
    return Content("\n").join(_period_line(one, named=several, short=short) for one in found[:3])


def _period_line(one: "Comparison", *, named: bool, short: bool) -> Content:
    invoice = one.period
    mark = f"◔ running, {one.gone} of {one.days.count} days gone" if one.running else "● complete"
    total = (money(invoice.total, invoice.currency), "bold")
    parts: list[str | tuple[str, str]] = [(f"‹ {days_text(one.days)} › ", "bold")]
    if named:
        parts.insert(0, (f"{plain(invoice.subscription, 12 if short else 30)} ", "$secondary"))
    if short:
        return Content.assemble(*parts, total)
    parts += [f" {mark} · ", total]
    if one.before is not None:
        parts.append(f" · {change_text(invoice.total, one.before.total, invoice.currency)}")
        parts.append(f" from {money(one.before.total, invoice.currency)} before")
    return Content.assemble(*parts)


def line_row(key: str, one: "Comparison", compared: "ComparedLine", *, named: bool, longest: int) -> Row:
    """Return the row of a product; of several subscriptions, each line names its own."""
    line, currency = compared.line, one.period.currency
    title = f"{one.period.subscription}: {line.description}" if named else line.description
    used: str | Text = ""
    more = ""
    if line.kind == "usage":
        used = units(compared.now.units if compared.now else None)
        more = _used_more(compared)
    now, before = compared.amounts
    change = _change(compared, now, before, currency, first=one.before is None)
    charge: str | Text = money(now, currency)
    if line.not_rated is not None:
        charge = Text("✗ not rated", justify="right", style="bad")
    return Row(
        key,
        (
            cell(title, longest=longest),
            used,
            more,
            charge,
            "" if compared.before is None else money(before, currency),
            change,
        ),
    )


def _used_more(compared: "ComparedLine") -> str:
    now = compared.now.units if compared.now else None
    before = compared.before.units if compared.before else None
    return "" if now is None or before is None else change_text(now, before)


def _change(compared: "ComparedLine", now: Decimal, before: Decimal, currency: str, *, first: bool) -> str:
    if compared.before is None:
        return "" if first else "+ new"
    return "– gone" if compared.now is None else change_text(now, before, currency)


def unpriced_row(key: str, usage: "Usage", *, longest: int) -> Row:
    """Return the row of usage that no plan prices."""
    return Row(
        key,
        (
            cell(usage.metric, longest=longest),
            units(usage.units),
            "",
            Text("○ no price", style="dim"),
            "",
            "",
        ),
    )


def total_row(key: str, one: "Comparison", *, named: bool, longest: int) -> Row:
    """Return the row of what a period comes to in all."""
    invoice, currency = one.period, one.period.currency
    parts = [("discount off", invoice.discount), ("tax in it", invoice.tax)]
    words = ", ".join(["Total", *(f"{money(amount, currency)} {word}" for word, amount in parts if amount)])
    title = f"{plain(invoice.subscription, 30)}: {words}" if named else words
    before = "" if one.before is None else money(one.before.total, currency)
    change = "" if one.before is None else change_text(invoice.total, one.before.total, currency)
    total = Text(money(invoice.total, currency), style="bold", justify="right")
    return Row(key, (cell(title, style="bold", longest=longest), "", "", total, before, change))
