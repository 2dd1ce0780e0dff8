"""What a simulation found, on the screen: sums, winners and losers, how the differences spread."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from textual.content import Content

from usagebill_tui.billing.words import money
from usagebill_tui.domain.quantity import plain

if TYPE_CHECKING:
    from usagebill_tui.billing.simulating import Bucket, Simulation, Total

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "less": ("▼", ""),
    "more": ("▲", ""),
    "same": ("=", ""),
    "unknown": ("?", "bold"),
}
"""A glyph and a style for each outcome; which of them is good is for the reader to say."""
_WIDEST = 9


def sums(found: "Simulation", growth: Decimal) -> Content:
    """Say what everybody pays before and after, by currency, and what holds for all of it."""
    from usagebill_tui.billing.simulating.words import conditions, outcome_words

    lines = [_total_words(total) + f" · {outcome_words(total)}" for total in found.totals]
    lines += [f"! {sentence}" for sentence in conditions(found, growth)]
    return Content("\n".join(lines))


def _total_words(total: "Total") -> str:
    change = "" if total.percent is None else f" ({total.percent:+f} %)"
    before, after = money(total.before, total.currency), money(total.after, total.currency)
    return f"{before} before, {after} after: {money(total.difference, total.currency)}{change}"


def picture(found: "Simulation") -> Content:
    """Draw how the differences spread: a bar for each bucket, its customers, and what they come to."""
    return Content("\n").join(
        line
        for total in found.totals
        for line in _spread(total, [one for one in found.distribution if one.currency == total.currency])
    )


def _spread(total: "Total", buckets: "list[Bucket]") -> Iterator[Content]:
    yield Content.styled(f"Who pays what, {total.currency}", "bold $secondary")
    for word, count in (("less", total.less), ("more", total.more), ("same", total.same)):
        yield Content(f"  {OUTCOMES[word][0]} {count:,} {'the same' if word == 'same' else f'pay {word}'}")
    if total.unknown:
        yield Content.styled(f"  ? {total.unknown:,} cannot be compared", "$warning")
    yield Content("")
    yield Content.styled("How the differences spread", "bold $secondary")
    most = max((one.customers for one in buckets), default=1)
    for one in buckets:
        bar = "█" * max(1, one.customers * _WIDEST // most)
        yield Content.assemble(
            (f"{one.label:>14} ", "$text-muted"), (f"{bar} ", "$primary"), f"{one.customers:,}  ",
            (money(one.difference, one.currency), "$text-muted"),
        )  # fmt: skip
    if total.percent is not None:
        yield Content("")
        yield Content(
            f"Revenue {'rises' if total.difference >= 0 else 'falls'} by {plain(abs(total.percent))} %"
        )
    yield Content("")
