"""`usagebill credits`: what customers have in advance, and what invoices owe back."""

from datetime import date
from decimal import Decimal
from typing import Any

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.invoices import emit_invoices
from usagebill_tui.cli.output import Column, Format, emit, emit_one, format_option
from usagebill_tui.domain.money import parse_money
from usagebill_tui.domain.prepaid import Credit
from usagebill_tui.domain.quantity import parse_decimal
from usagebill_tui.errors import NotFound, WrongCall

_COLUMNS = [
    Column("credit", "Credit"),
    Column("customer", "Customer"),
    Column("state", "State"),
    Column("name", "Name"),
    Column("product", "Product"),
    Column("units", "Units", right=True),
    Column("units_left", "Units left", right=True),
    Column("amount", "Amount", right=True),
    Column("left", "Left", right=True),
    Column("currency", "Currency"),
    Column("paid", "Paid", right=True),
    Column("priority", "Priority", right=True),
    Column("expires", "Expires"),
]
_MOVES = [
    Column("day", "Date"),
    Column("kind", "Kind"),
    Column("credit", "Credit"),
    Column("source", "Balance of"),
    Column("invoice", "Invoice"),
    Column("units", "Units", right=True),
    Column("amount", "Amount", right=True),
    Column("currency", "Currency"),
    Column("who", "Recorded by"),
]
_BALANCES = [
    Column("customer", "Customer"),
    Column("invoice", "Invoice"),
    Column("amount", "Owed back", right=True),
    Column("currency", "Currency"),
]
_customer = click.option("--customer", "customers", multiple=True, metavar="ID", help="Only this customer's.")


@click.group(name="credits", invoke_without_command=True)
@format_option
@click.pass_context
def credits_(ctx: click.Context, form: Format | None) -> None:
    """List prepaid credits and balances, add and void credits, set them against invoices."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, form=form)


@credits_.command(name="list")
@_customer
@format_option
@pass_place
def list_(place: Place, customers: tuple[str, ...] = (), form: Format | None = None) -> None:
    """List prepaid credits by customer, in the order in which they are used."""
    with place.open() as workspace:
        found = workspace.credits(customers)
        today = workspace.now().date()
    emit([_row(one, today) for one in found], _COLUMNS, form, empty="No credits yet: usagebill credits add")


@credits_.command()
@click.option("--customer", required=True, metavar="ID", help="Whose it is.")
@click.option("--amount", metavar="A", help="Money, in the customer's currency.")
@click.option("--units", metavar="N", help="Units of a product instead, taken off before its price.")
@click.option("--product", metavar="CODE", help="With --units: of which product.")
@click.option(
    "--paid", metavar="A", help="What was paid for it (default: all of --amount, nothing for --units)."
)
@click.option("--granted", is_flag=True, help="Nothing was paid for it: the same as --paid 0.")
@click.option("--name", default="", help="What it is called on invoices.")
@click.option("--priority", type=int, default=0, show_default=True, help="Lower goes first.")
@click.option("--expires", metavar="DATE", help="The first day on which it is not used any more.")
@click.option("--date", "day", metavar="DATE", help="When it was paid for or granted (default: today).")
@format_option
@pass_place
def add(place: Place, /, form: Format | None, *, granted: bool, **given: Any) -> None:
    """Add a prepaid credit."""
    from usagebill_tui.billing.prepaid.granting import CreditRequest

    if granted and given["paid"] is not None:
        raise WrongCall("--granted and --paid together", mend="give one of them")
    with place.open() as workspace:
        customer = workspace.catalogue().customers.get(given["customer"])
        if customer is None:
            raise NotFound(
                f"there is no customer {given['customer']!r}", mend="`usagebill customers` lists them"
            )
        money = {
            key: None if given[key] is None else parse_money(given[key], customer.currency)
            for key in ("amount", "paid")
        }
        added = workspace.add_credit(
            CreditRequest(
                customer=customer.id,
                amount=money["amount"],
                units=_units(given["units"]),
                product=given["product"],
                paid=Decimal(0) if granted else money["paid"],
                name=given["name"],
                priority=given["priority"],
                expires=_day("--expires", given["expires"]),
                day=_day("--date", given["day"]),
            )
        )
        today = workspace.now().date()
    emit_one(_row(added, today), _COLUMNS, form)
    narrate(f"{added.label}: {_held(added)} for {added.customer}")


@credits_.command()
@click.argument("credit")
@format_option
@pass_place
def void(place: Place, credit: str, form: Format | None) -> None:
    """Declare CREDIT void: what was paid for its rest was given back."""
    with place.open() as workspace:
        ended = workspace.void_credit(credit)
        today = workspace.now().date()
    emit_one(_row(ended, today), _COLUMNS, form)
    narrate(f"{ended.label} is void")


@credits_.command()
@_customer
@click.option("--at", metavar="DATE", help="Those that expired up to this day (default: today).")
@format_option
@pass_place
def expire(place: Place, customers: tuple[str, ...], at: str | None, form: Format | None) -> None:
    """Book what is left of credits that have expired, on the day on which each did."""
    with place.open() as workspace:
        ended = workspace.expire_credits(_day("--at", at), customers)
        today = workspace.now().date()
    emit([_row(one, today) for one in ended], _COLUMNS, form, empty="No credit has expired.")


@credits_.command()
@_customer
@format_option
@pass_place
def apply(place: Place, customers: tuple[str, ...], form: Format | None) -> None:
    """Set balances, then credits in money, against open invoices, the oldest first."""
    with place.open() as workspace:
        changed = workspace.apply_credits(customers)
    emit_invoices(changed, form, empty="There is nothing to set against an open invoice.")
    for one in changed:
        narrate(f"{one.number}: {one.amount_due} {one.currency} due, {one.status}")


@credits_.command()
@_customer
@format_option
@pass_place
def balances(place: Place, customers: tuple[str, ...], form: Format | None) -> None:
    """List what invoices owe back: paid or credited beyond what they come to."""
    with place.open() as workspace:
        found = workspace.balances(customers)
    rows = [
        {"customer": one.customer, "invoice": one.number, "amount": one.amount, "currency": one.currency}
        for one in found
    ]
    emit(rows, _BALANCES, form, empty="Nothing is owed back.")


@credits_.command()
@_customer
@format_option
@pass_place
def history(place: Place, customers: tuple[str, ...], form: Format | None) -> None:
    """List what was taken off credits and balances, and given back (negative)."""
    with place.open() as workspace:
        found = workspace.credit_moves(customers)
        numbers = {one.id: one.number or one.id for one in workspace.invoices()}
    rows = [
        {
            "day": one.day,
            "kind": one.kind,
            "credit": None if one.credit is None else f"CR-{one.credit:04}",
            "source": numbers.get(one.source or ""),
            "invoice": numbers.get(one.invoice or ""),
            "units": one.units,
            "amount": one.amount,
            "currency": one.currency,
            "who": one.who,
        }
        for one in found
    ]
    emit(rows, _MOVES, form, empty="Nothing was used yet.")


def _row(one: Credit, today: date) -> dict[str, Any]:
    return {
        "credit": one.label,
        "customer": one.customer,
        "state": one.state(today),
        "name": one.name,
        "product": one.product,
        "units": one.units,
        "units_left": one.units_left,
        "amount": one.amount,
        "left": one.left,
        "currency": one.currency,
        "paid": one.paid,
        "priority": one.priority,
        "expires": one.expires,
        "day": one.day,
    }


def _held(one: Credit) -> str:
    return f"{one.amount} {one.currency}" if one.units is None else f"{one.units} units of {one.product}"


def _units(text: str | None) -> Decimal | None:
    if text is None:
        return None
    found = parse_decimal(text.strip())
    if found is None:
        raise WrongCall(f"--units {text!r} is no number", mend="write it like 1000")
    return found


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise WrongCall(f"{option} {text!r} is not a date", mend="write it like 2026-10-31") from None
