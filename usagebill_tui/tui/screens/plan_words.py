"""How plans are written: their terms, their prices in short, and who is on them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from usagebill_tui.billing.words import money, price_words
from usagebill_tui.domain.quantity import plain as number
from usagebill_tui.tui.foreign import plain

if TYPE_CHECKING:
    from usagebill_tui.domain.plan import Discount, Plan, PlanVersion
    from usagebill_tui.store.browsing.subscriptions import OnVersion

_INTERVALS = {"half_year": "half year"}


def interval_words(plan: "Plan") -> str:
    """Write how a plan cuts time: `month, calendar`."""
    return f"{_INTERVALS.get(plan.interval, plan.interval)}, {plan.billing}"


def price_summary(version: "PlanVersion | None") -> str:
    """Write what a plan costs in short: its fees, and how many products are metered."""
    if version is None or not version.products:
        return "no products"
    currency = version.plan.currency
    fees = [p for p in version.products if p.fee != "metered"]
    words = []
    for product in fees:
        amount = product.price.params.get("unit_amount")
        times = product.price.params.get("quantity")
        shown = price_words(product.price) if amount is None else _amount(str(amount), currency)
        words.append(f"{times} × {shown}" if times is not None else shown)
    metered = len(version.products) - len(fees)
    if metered:
        words.append(f"{metered} metered")
    return " + ".join(words)


def _amount(text: str, currency: str) -> str:
    from usagebill_tui.domain.quantity import parse_decimal

    value = parse_decimal(text)
    return text if value is None else money(value, currency)


def terms(plan: "Plan") -> Iterator[str]:
    """Yield what a plan agrees beside its products, in a few words each."""
    yield plan.currency
    yield interval_words(plan)
    if plan.minimum_spend is not None:
        yield f"at least {money(plan.minimum_spend, plan.currency)}"
    if plan.maximum_spend is not None:
        yield f"at most {money(plan.maximum_spend, plan.currency)}"
    if plan.trial_days:
        yield f"{plan.trial_days} days of trial"
    if plan.discount is not None:
        yield _discount(plan.discount, plan.currency)
    if plan.dialect is not None:
        yield f"prices as {plan.dialect}"
    yield f"due after {plan.payment_terms_days} days"


def _discount(discount: "Discount", currency: str) -> str:
    off = (
        f"{number(discount.percent)}%"
        if discount.percent is not None
        else money(discount.amount, currency)
        if discount.amount is not None
        else ""
    )
    return f"{off} off" if discount.months is None else f"{off} off for {discount.months} months"


def on_words(on: "OnVersion") -> str:
    """Write how many subscriptions run, and how many have ended."""
    ended = on.all - on.running
    return f"{on.running:,}" if not ended else f"{on.running:,} (+ {ended:,} ended)"


def plan_called(plan: "Plan") -> str:
    """Return what a plan is called: its name and code."""
    return f"{plain(plan.name, 60)} ({plain(plan.code, 60)})" if plan.name else plain(plan.code, 60)
