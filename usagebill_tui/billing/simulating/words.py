"""What a simulation comes to, in sentences: both faces say the same."""

from collections.abc import Iterator
from decimal import Decimal

from usagebill_tui.billing.simulating.result import Simulation, Total
from usagebill_tui.domain.quantity import plain


def total_words(total: Total) -> str:
    """Say what a currency's customers come to on both sides."""
    change = "" if total.percent is None else f", {plain(total.percent)} %"
    return (
        f"{total.currency}: before {total.before}, after {total.after}, difference {total.difference}{change}"
    )


def outcome_words(total: Total) -> str:
    """Say how many pay less, more and the same."""
    unknown = f", {total.unknown:,} cannot be compared" if total.unknown else ""
    return f"{total.less:,} pay less, {total.more:,} pay more, {total.same:,} the same{unknown}"


def summary(found: Simulation) -> Iterator[str]:
    """Yield what a simulation comes to: totals, winners and losers, distribution."""
    for total in found.totals:
        yield total_words(total)
        yield f"  {outcome_words(total)}"
        for bucket in found.distribution:
            if bucket.currency == total.currency:
                people = "customer" if bucket.customers == 1 else "customers"
                yield f"  {bucket.label:>14}  {bucket.customers:>7,} {people}, {bucket.difference}"


def conditions(found: Simulation, growth: Decimal) -> Iterator[str]:
    """Yield what else holds for all of it: usage that grows, periods that have not ended."""
    if growth:
        yield f"all usage {plain(growth)} % more, before and after"
    if found.unfinished:
        count = len(found.unfinished)
        who = "1 subscription has" if count == 1 else f"{count:,} subscriptions have"
        yield f"{who} a period that has not ended; it is left out"
