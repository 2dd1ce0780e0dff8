"""`usagebill quote`: a quantity priced, with no store at all."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import click

from usagebill_tui.cli.context import Place, pass_place
from usagebill_tui.cli.output import Column, Format, chosen, emit_one, format_option, put
from usagebill_tui.domain.narrowing import condition_text
from usagebill_tui.domain.periods import parse_instant
from usagebill_tui.domain.pricing import Charge, PricedEvent, charge, part_for, price_from_table
from usagebill_tui.domain.pricing.protocol import plain_step
from usagebill_tui.domain.quantity import parse_decimal, plain
from usagebill_tui.domain.zones import zone
from usagebill_tui.errors import InvalidInput, WrongCall
from usagebill_tui.foreign_text import safe
from usagebill_tui.workspace import read_text


@click.command()
@click.option("--price", required=True, metavar="JSON|@FILE", help="The price, as in the catalogue file.")
@click.option("--units", required=True, metavar="N", help="The quantity to price.")
@click.option("--event-amounts", metavar="JSON", help="The events' amounts in time order.")
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="PROPERTY=VALUE",
    help="A property of the usage, where the price differs by it; may be repeated.",
)
@click.option("--currency", default="USD", show_default=True)
@format_option
@pass_place
def quote(
    place: Place,
    price: str,
    units: str,
    event_amounts: str | None,
    groups: tuple[str, ...],
    currency: str,
    form: Format | None,
) -> None:
    """Price a quantity and show the steps."""
    table = read_json(price, "--price")
    if not isinstance(table, dict):
        raise WrongCall(
            "--price is not a JSON object", mend='write it like {"model": "per_unit", "unit_amount": "0.01"}'
        )
    quantity = parse_decimal(units.strip())
    if quantity is None:
        raise WrongCall(f"--units {units!r} is not a number", mend="write it like --units 1234.5")
    whole = price_from_table(table)
    part = part_for(whole, dict(_group(text) for text in groups))
    agreed = part.price
    model = place.plugins().registry.pricing_model(agreed.model)
    charged = charge(quantity, agreed, model, currency, _events(event_amounts))
    if chosen(form) == "table":
        _show(charged, currency)
        return
    row = row_of(charged, agreed.model)
    if whole.by:
        row["when"] = {path: condition_text(one) for path, one in part.narrowing.when.items()} or None
    emit_one(row, [Column(key, key) for key in _KEYS if key in row], form)


_KEYS = ("model", "when", "units", "amount", "rounded", "steps")


def _group(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise WrongCall(f"--group {text!r} names no property and value", mend="write it like region=eu")
    return path.strip(), value.strip()


def row_of(charged: Charge, model: str) -> dict[str, Any]:
    """Return a quote as data: `amount` unrounded, `rounded` with all digits of the minor unit."""
    return {
        "model": model,
        "units": None if charged.units is None else plain(charged.units),
        "amount": plain(charged.amount),
        "rounded": charged.rounded,
        "steps": [plain_step(step) for step in charged.steps],
        "warnings": list(charged.warnings),
    }


def _show(charged: Charge, currency: str) -> None:
    from usagebill_tui.billing.words import money, step

    for one in charged.steps:
        put(f"{safe(step(one, currency))}\n")
    put(f"total: {money(charged.rounded, currency)}\n")
    for warning in charged.warnings:
        put(f"warning: {safe(warning)}\n")


def _events(text: str | None) -> list[PricedEvent]:
    if text is None:
        return []
    values = read_json(text, "--event-amounts")
    if not isinstance(values, list):
        raise WrongCall("--event-amounts is not a JSON list", mend=_EVENTS_MEND)
    return [_event(value) for value in values]


def _event(value: Any) -> PricedEvent:
    amount, at = (value.get("amount"), value.get("at")) if isinstance(value, dict) else (value, None)
    exact = None if amount is None or isinstance(amount, bool) else parse_decimal(str(amount))
    if exact is None:
        raise WrongCall("--event-amounts holds something that is no number", mend=_EVENTS_MEND)
    return PricedEvent(exact, None if at is None else parse_instant(str(at), zone("UTC")))


_EVENTS_MEND = 'write it like ["50", "100"], or [{"amount": "50", "at": "2026-10-01T08:00:00Z"}]'


def read_json(text: str, option: str) -> Any:
    """Read an option's JSON, or that of the file after an `@`, with exact numbers; raises InvalidInput."""
    where = option
    if text.startswith("@"):
        where = text[1:]
        text = read_text(Path(where))
    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"is not JSON: {error}", where=where, mend="check the quotes and brackets"
        ) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
