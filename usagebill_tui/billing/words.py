"""Money, quantities and days as people write them."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing.protocol import Step
from usagebill_tui.domain.pricing.words import number
from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.zones import from_micros

if TYPE_CHECKING:
    from usagebill_tui.billing.subscriptions.ending import Consequence
    from usagebill_tui.billing.usage.tracing import Touch
    from usagebill_tui.eventstore.types import StoredEvent

LOCALE = "en_US"


def money(amount: Decimal, currency: str) -> str:
    """Write an amount with its symbol and at least the digits of its minor unit: `$0.000015`, `-$42.00`."""
    from babel.numbers import format_currency

    digits = minor_digits(currency)
    finer = max(0, -int(amount.as_tuple().exponent) - digits)
    fraction = "." + "0" * digits + "#" * finer if digits or finer else ""
    with exact_arithmetic():
        text: str = format_currency(
            amount, currency, f"¤#,##0{fraction}", locale=LOCALE, currency_digits=False
        )
    return text


def lines_there(count: int) -> str:
    """Say which lines an invoice has, to somebody who named another: `it has lines 1 to 6`."""
    return f"it has lines 1 to {count}" if count > 1 else "it has one line" if count else "it has no lines"


def units(value: Decimal | None, unit: str = "") -> str:
    """Write a quantity with thousands separators: `4,088,665 tokens`; `no value` where there is none."""
    return "no value" if value is None else f"{number(value)} {unit}".rstrip()


def step(one: Step, currency: str) -> str:
    """Write one step: `first 1,000 × $0.01 = $10.00`."""
    amount = money(one.amount, currency)
    if one.unit_amount is None:
        return f"{one.description} = {amount}"
    return f"{one.description} × {money(one.unit_amount, currency)} = {amount}"


def day(one: date) -> str:
    """Write a day so that no country misreads it: `1 Nov 2023`."""
    from babel.dates import format_date

    text: str = format_date(one, "d MMM y", locale=LOCALE)
    return text


def price_words(price: Price) -> str:
    """Write a price in short: its model and what it comes to, `tiered: 3 tiers from 0 to 0.000015`."""
    params = price.params
    match params:
        case {"tiers": [*tiers]}:
            key = "rate_percent" if any("rate_percent" in tier for tier in tiers) else "unit_amount"
            amounts = [str(tier.get(key, 0)) for tier in tiers]
            text = f"{len(tiers)} tiers, {amounts[0]} to {amounts[-1]}" if len(tiers) > 1 else amounts[0]
        case {"package_amount": amount, "package_size": size}:
            text = f"{amount} for {size}"
        case {"unit_amount": amount}:
            text = f"{amount}" if "quantity" not in params else f"{params['quantity']} × {amount}"
        case {"rate_percent": rate}:
            text = f"{rate} %"
        case _:
            text = ", ".join(f"{key} {value}" for key, value in params.items() if isinstance(value, str))
    words = f"{price.model}: {text}" if text else price.model
    if price.by:
        paths = dict.fromkeys(path for one in price.by for path in one.when)
        words += f"; {len(price.by)} other{'s' if len(price.by) > 1 else ''} by {', '.join(paths)}"
    return f"{words}; for each {', '.join(price.group_by)}" if price.group_by else words


def consequence_words(one: "Consequence") -> str:
    """Say what a change of a contract does to an invoice: `INV-0003: credit of $23.10 by a credit note`."""
    if one.total is None:
        return (
            f"draft {one.invoice}: {'made anew' if one.form == 'renewed' else 'void, nothing of it remains'}"
        )
    verb = "credit" if one.total < 0 else "charge"
    what = f"{one.invoice}: {verb} of {money(abs(one.total), one.currency)}, tax included,"
    match one.form:
        case "credit-note":
            return f"{what} by a credit note"
        case "line":
            return f"{what} on the next invoice"
        case _:
            return f"{what} is not made: {one.reason}"


def rule(metric: Metric) -> str:
    """Return in words what a metric measures."""
    of = f" of {metric.property}" if metric.property else ""
    parts = [f"{metric.aggregation}{of} over events {metric.event_code}"]
    parts += [f"where {f.property} {f.op} {_value(f.value)}" for f in metric.filters]
    for exclusion in metric.exclude:
        parts.append(
            "but not where " + " and ".join(f"{path} = {_value(v)}" for path, v in exclusion.items())
        )
    if metric.recurring:
        parts.append("carried over from before the period")
    if metric.rounding is not None:
        parts.append(f"then {metric.rounding.mode} to {metric.rounding.digits} digits")
    return ", ".join(parts)


def event_words(event: "StoredEvent") -> str:
    """Return an event in one line."""
    properties = " ".join(f"{path}={value_words(value)}" for path, value in event.properties.items())
    return f"{event.account} {event.metric} {rfc3339(from_micros(event.timestamp))} {properties}".rstrip()


def touch_words(touch: "Touch") -> str:
    """Tell in one line how an event touched a line of an invoice, and what is still to be done."""
    invoice = touch.invoice
    where = f"{invoice.number or invoice.id} ({invoice.status})"
    if touch.line is not None:
        line = invoice.lines[touch.line - 1]
        where += f", line {touch.line}, {line.description}, {money(line.amount, invoice.currency)}"
    renewed = "`usagebill bill` renews the draft"
    settled = "`usagebill report adjustments` shows the difference"
    ways = {
        "counted": "counted",
        "left out": "left out for want of a usable property",
        "adjusted": f"adjusted, on {touch.settled_by or 'the next invoice'}",
        "open": f"not yet as it is now: {renewed if invoice.status == 'draft' else settled}",
    }
    return f"{where}: {ways[touch.how]}"


def value_words(value: Value) -> str:
    """Return a property as it is compared, texts in quotes."""
    return repr(value.text) if value.text is not None else value.as_text()


def _value(value: object) -> str:
    return " or ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)
