"""How customers, subscriptions and what they owe are written in lists: a glyph and a word each."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.text import Text

from usagebill_tui.billing.words import day, money
from usagebill_tui.tui.foreign import plain

if TYPE_CHECKING:
    from usagebill_tui.domain.customer import Subscription
    from usagebill_tui.store.browsing.customers import CustomerEntry, CustomerState

STATES: Mapping[str, tuple[str, str]] = {
    "active": ("● active", "good"),
    "starts later": ("◔ starts later", "warn"),
    "ended": ("✗ ended", "dim"),
    "no plan": ("○ no plan", "dim"),
}
OVERDUE = ("! overdue", "bad")


def state_text(state: "CustomerState") -> Text:
    """Return a state as a glyph and a word."""
    word, style = STATES[state]
    return Text(word, style=style)


def status_text(entry: "CustomerEntry") -> Text:
    """Return what matters most about a customer: that something is overdue, else its state."""
    return Text(OVERDUE[0], style=OVERDUE[1]) if entry.overdue else state_text(entry.state)


def amounts(of: Mapping[str, Decimal]) -> str:
    """Write amounts in several currencies, each by itself."""
    return " + ".join(money(amount, currency) for currency, amount in sorted(of.items()))


def plans_text(entry: "CustomerEntry") -> str:
    """Return the plan versions that a customer is on now; where there are none, its last one."""
    running = [one for one in entry.subscriptions if one.end is None] or entry.subscriptions[-1:]
    return ", ".join(dict.fromkeys(one.plan_label for one in running))


def term_text(one: "Subscription") -> str:
    """Write from when to when a subscription runs; its end is the first day after it."""
    return f"from {day(one.start)}" if one.end is None else f"{day(one.start)} up to {day(one.end)}"


def called(name: str, identity: str, longest: int = 60) -> str:
    """Return what somebody is called: name and id, or the id alone."""
    return f"{plain(name, longest)} ({plain(identity, longest)})" if name else plain(identity, longest)
