"""What a billing run did, in sentences that command line and interface share."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from usagebill_tui.billing.words import money
from usagebill_tui.domain.quantity import exact_arithmetic

if TYPE_CHECKING:
    from usagebill_tui.billing.invoices.runs import Run
    from usagebill_tui.domain.invoice import Invoice
    from usagebill_tui.domain.summary import Summary

_SOME = 3


def done(run: "Run", *, dry_run: bool) -> str:
    """Say how many invoices were made, or would be."""
    verb = "would be made or renewed" if dry_run else "made or renewed"
    unchanged = f"{run.unchanged} {'draft' if run.unchanged == 1 else 'drafts'} unchanged"
    billed = f"{run.billed} {'period' if run.billed == 1 else 'periods'} billed before"
    return f"{len(run.summaries)} {verb}, {unchanged}, {billed}"


def left(run: "Run") -> Iterator[str]:
    """Say what was not billed, and why."""
    if run.unfinished:
        yield f"not ended yet: {', '.join(run.unfinished)}"
    for failure in run.failures:
        yield f"not billed: customer {failure.customer}, {failure.subscription}: {failure.reason}"
    for line in run.not_rated:
        where = f"customer {line.customer}, invoice {line.invoice}, line {line.line} ({line.product})"
        yield f"not rated: {where}: {line.reason}"


def unfinished(run: "Run") -> str | None:
    """Say for whom the period has not ended, where that is all there is to say."""
    if run.summaries or run.unchanged or run.billed or run.failures or not run.unfinished:
        return None
    names = ", ".join(run.unfinished[:_SOME]) + (" and others" if len(run.unfinished) > _SOME else "")
    return f"the period has not ended for {names}"


def sums(invoices: Iterable["Invoice | Summary"]) -> dict[str, Decimal]:
    """Add up totals by currency, in the order of the currencies' codes."""
    found: dict[str, Decimal] = {}
    with exact_arithmetic():
        for one in invoices:
            found[one.currency] = found.get(one.currency, Decimal(0)) + one.total
    return dict(sorted(found.items()))


def sums_text(found: dict[str, Decimal]) -> str:
    """Write sums by currency: `$1,846.87 and ¥1,200`."""
    parts = [money(amount, currency) for currency, amount in sorted(found.items())]
    return " and ".join(parts) if parts else "nothing"
