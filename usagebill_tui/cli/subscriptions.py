"""`usagebill subscriptions`: who is on which plan, and single changes to that."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click
import msgspec

from usagebill_tui.cli.archiving import archive_commands, archived_option, marked, shown, with_mark
from usagebill_tui.cli.catalog import show_changes
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, done_already, emit, format_option
from usagebill_tui.domain.pricing import price_table
from usagebill_tui.errors import WrongCall

if TYPE_CHECKING:
    from usagebill_tui.billing.catalogue.applying import Applied
    from usagebill_tui.billing.subscriptions.moving import Move, Moved

_COLUMNS = [Column(k, k.capitalize()) for k in ("id", "customer", "plan", "start", "end", "aliases")]
_MOVES = [
    Column("subscription", "Subscription"),
    Column("customer", "Customer"),
    Column("plan_before", "Plan before"),
    Column("plan_after", "after"),
    Column("day", "On"),
    Column("successor", "Goes on as"),
]
_EFFECTS = [
    Column("start", "Last period from"),
    Column("end", "to"),
    Column("currency", "Currency"),
    Column("before", "Before", right=True),
    Column("after", "After", right=True),
    Column("difference", "Difference", right=True),
    Column("problem", "Problem"),
]
_MONEY = [Column("credit", "Credited", right=True), Column("charge", "Fees from then", right=True)]
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")


@click.group(invoke_without_command=True)
@click.option("--customer", metavar="ID", help="Only this customer's.")
@archived_option
@format_option
@click.pass_context
def subscriptions(ctx: click.Context, customer: str | None, form: Format | None, *, archived: bool) -> None:
    """List, add, change, cancel and move subscriptions."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, customer=customer, form=form, archived=archived)


archive_commands(subscriptions, "subscription")


@subscriptions.command(name="list")
@click.option("--customer", metavar="ID", help="Only this customer's.")
@archived_option
@format_option
@pass_place
def list_(place: Place, customer: str | None, form: Format | None, *, archived: bool) -> None:
    """List subscriptions by customer and id."""
    with place.open() as workspace:
        catalogue = workspace.catalogue()
    found = shown(catalogue, archived=archived).subscriptions.values()
    chosen = sorted((s for s in found if customer in {None, s.customer}), key=lambda s: (s.customer, s.id))
    rows = {
        subscription.id: {
            **msgspec.structs.asdict(subscription),
            "plan": subscription.plan_label,
            "prices": {code: price_table(price) for code, price in subscription.prices.items()},
        }
        for subscription in chosen
    }
    told = marked(rows, catalogue, "subscription", archived=archived)
    emit(told, with_mark(_COLUMNS, archived=archived), form, empty="No subscriptions yet.")


@subscriptions.command()
@click.argument("customer")
@click.option("--plan", required=True, metavar="CODE[@V]", help="A plan, or a version of it.")
@click.option("--start", required=True, metavar="DATE", help="The first day.")
@click.option("--end", metavar="DATE", help="The first day on which it is not active any more.")
@click.option("--id", "identity", metavar="ID", help="Default: CUSTOMER-PLAN.")
@click.option("--alias", "aliases", multiple=True, metavar="NAME", help="What events may call it.")
@click.option("--price", "prices", multiple=True, metavar="PRODUCT=JSON", help="A price of its own.")
@_dry_run
@format_option
@pass_place
def add(
    place: Place,
    customer: str,
    plan: str,
    start: str,
    end: str | None,
    identity: str | None,
    aliases: tuple[str, ...],
    prices: tuple[str, ...],
    form: Format | None,
    *,
    dry_run: bool,
) -> None:
    """Put CUSTOMER on a plan."""
    given = {"id": identity, "plan": plan, "start": start, "end": end}
    table: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if aliases:
        table["aliases"] = list(aliases)
    if prices:
        table["prices"] = dict(_prices(prices))
    with place.open() as workspace:
        applied = workspace.add_subscription(customer, table, dry_run=dry_run)
    _tell(applied, form, dry_run=dry_run)


@subscriptions.command()
@click.argument("subscription")
@click.option("--plan", metavar="CODE[@V]", help="Another plan or version, from its start on.")
@click.option("--start", metavar="DATE", help="Another first day.")
@click.option("--end", metavar="DATE", help="Another end; `none` for no end.")
@click.option("--alias", "aliases", multiple=True, metavar="NAME", help="All its aliases; `none` for none.")
@click.option(
    "--price", "prices", multiple=True, metavar="PRODUCT=JSON", help="A price of its own; `none`: the plan's."
)
@_dry_run
@format_option
@pass_place
def change(
    place: Place,
    subscription: str,
    plan: str | None,
    start: str | None,
    end: str | None,
    aliases: tuple[str, ...],
    prices: tuple[str, ...],
    form: Format | None,
    *,
    dry_run: bool,
) -> None:
    """Give SUBSCRIPTION other values, from its start on; `move` is for what was invoiced already."""
    given = {"plan": plan, "start": start, "end": end}
    changes: dict[str, Any] = {
        key: None if value == "none" else value for key, value in given.items() if value is not None
    }
    if aliases:
        changes["aliases"] = None if aliases == ("none",) else list(aliases)
    if prices:
        changes["prices"] = dict(_prices(prices))
    if not changes:
        raise WrongCall("nothing to change", mend="give --plan, --start, --end, --alias or --price")
    with place.open() as workspace:
        applied = workspace.change_subscription(subscription, changes, dry_run=dry_run)
    _tell(applied, form, dry_run=dry_run)


@subscriptions.command()
@click.argument("subscription")
@click.option("--at", metavar="DATE", help="The first day without it (default: where its period ends).")
@click.option("--now", is_flag=True, help="Today is its last day.")
@_dry_run
@format_option
@pass_place
def cancel(
    place: Place, subscription: str, at: str | None, form: Format | None, *, now: bool, dry_run: bool
) -> None:
    """End SUBSCRIPTION where its current period ends, on a day, or now.

    Days that were billed in advance and are not used are credited: on its last invoice where one is to come,
    else by a credit note.
    """
    if now and at is not None:
        raise WrongCall("--now and --at", mend="give one of them")
    with place.open() as workspace:
        applied = workspace.cancel_subscription(subscription, _day(at), now=now, dry_run=dry_run)
    _tell(applied, form, dry_run=dry_run)


@subscriptions.command()
@click.option("--from", "source", required=True, metavar="PLAN[@V]", help="The version that is left.")
@click.option("--to", "target", required=True, metavar="PLAN[@V]", help="The version to go on with.")
@click.option("--customer", "customers", multiple=True, metavar="ID", help="Only this customer's.")
@click.option("--at", metavar="DATE", help="The first day on it (default: each one's next period).")
@click.option("--dry-run", is_flag=True, help="Say what each last whole period would have come to.")
@format_option
@pass_place
def move(
    place: Place,
    source: str,
    target: str,
    customers: tuple[str, ...],
    at: str | None,
    form: Format | None,
    *,
    dry_run: bool,
) -> None:
    """Take customers from one plan version to another, all of them or none.

    Each subscription ends on the day, and another goes on from there: events may go on naming the old one.
    Within a period, unused days of what was billed in advance are credited on the next invoice, and the fees
    of the other version are charged for the days that remain.
    """
    from usagebill_tui.billing.subscriptions.moving import MoveRequest

    request = MoveRequest(source=source, target=target, customers=customers, day=_day(at))
    with place.open() as workspace:
        moved = workspace.move_subscriptions(request, dry_run=dry_run)
    columns = [*_MOVES, *_EFFECTS, *_MONEY] if dry_run else [*_MOVES, _MONEY[0]]
    credited = _credits(moved)
    rows = [
        {**move_row(one, effect=dry_run), "credit": credited.get(one.subscription), "charge": one.charge}
        for one in moved.moves
    ]
    with done_already():
        emit(rows, columns, form, empty=f"Nobody is on {source}.")
    for line in _summary(moved, dry_run=dry_run):
        narrate(line)


def move_row(one: "Move", *, effect: bool) -> dict[str, Any]:
    """Return a move as data; with its effect, what the last whole period comes to before tax."""
    row = {
        key: value for key, value in msgspec.structs.asdict(one).items() if key not in {"effect", "charge"}
    }
    if not effect:
        return row
    found = one.effect
    if found is None:
        blank: dict[str, Any] = {column.key: None for column in _EFFECTS}
        return {**row, **blank, "problem": "no whole billing period of it has ended"}
    return {
        **row,
        "start": found.days and found.days.first,
        "end": found.days and found.days.after,
        "currency": found.currency,
        "before": found.before,
        "after": found.after,
        "difference": found.difference,
        "problem": found.problem or None,
    }


def _summary(moved: "Moved", *, dry_run: bool) -> Iterator[str]:
    yield f"{len(moved.moves):,} {'would be moved' if dry_run else 'moved'}"
    for one in moved.stayed:
        yield f"{one.subscription} stays: {one.reason}"
    from usagebill_tui.billing.words import consequence_words

    yield from (consequence_words(one) for one in moved.consequences)


def _credits(moved: "Moved") -> dict[str, Decimal]:
    """Return what is credited of each subscription's invoices, before tax; a charge counts against it."""
    found: dict[str, Decimal] = {}
    for one in moved.consequences:
        if one.net is not None and one.form != "left":
            found[one.subscription] = found.get(one.subscription, Decimal(0)) - one.net
    return found


def _tell(applied: "Applied", form: Format | None, *, dry_run: bool) -> None:
    changes = applied.changes
    with done_already():
        show_changes(changes, form, applied.consequences)
    if not changes:
        narrate("nothing to change: it is so already")
    elif dry_run:
        narrate("nothing was changed: a dry run")


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongCall(f"--at {text!r} is not a date", mend="write it like 2026-10-01") from None


def _prices(given: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield the price of each product; None where it is the plan's again."""
    from usagebill_tui.cli.quote import read_json

    for text in given:
        product, equals, price = text.partition("=")
        if not equals or not product:
            raise WrongCall(f"--price {text!r} names no product", mend="write it like PRODUCT=JSON")
        yield product, None if price == "none" else read_json(price, f"--price {product}")
