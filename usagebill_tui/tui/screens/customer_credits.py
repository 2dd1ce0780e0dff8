"""A customer's prepaid credits and what invoices owe back, and how a credit is added or ended."""

from typing import TYPE_CHECKING

from rich.text import Text

from usagebill_tui.billing.words import day, money, units
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from datetime import date

    from usagebill_tui.billing.prepaid.granting import CreditRequest
    from usagebill_tui.domain.customer import Customer
    from usagebill_tui.domain.prepaid import Credit
    from usagebill_tui.tui.screens.page import Page
    from usagebill_tui.workspace import Workspace

_STATES = {
    "open": ("● open", "green"),
    "used": ("✓ used", "dim"),
    "expired": ("✗ expired", "yellow"),
    "void": ("✗ void", "dim"),
    "back": ("↩ owed back", "yellow"),
}


def credits_list(customer: str) -> Listing:
    """Return the list of a customer's balances and credits, in the order in which they are used."""

    def fetch(workspace: "Workspace", asked: PageRequest) -> Found:
        today = workspace.browse.today()
        rows = [
            Row(
                f"balance {one.invoice}",
                (
                    cell(one.number, longest=40),
                    state_word("back"),
                    "Balance",
                    money(one.amount, one.currency),
                    money(one.amount, one.currency),
                    "–",
                    "",
                ),
            )
            for one in workspace.balances([customer])
        ]
        rows += [_row(one, today) for one in workspace.credits([customer])]
        found = [row for row in rows if asked.text.lower() in " ".join(map(str, row.cells)).lower()]
        return PageFound(found[asked.offset : asked.offset + asked.limit], len(found), len(rows))

    columns = [
        Column(key="credit", title="Credit"),
        Column(key="state", title="Status"),
        Column(key="name", title="What", priority=1),
        Column(key="held", title="Held", right=True, priority=2),
        Column(key="left", title="Left", right=True),
        Column(key="expires", title="Expires", priority=1),
        Column(key="priority", title="Priority", right=True, priority=2),
    ]
    empty = "No credits, and nothing owed back. Press p to add a credit."
    return Listing(columns, fetch, empty=empty, noun="credits", id="credits")


def ask_for_credit(page: "Page", customer: str) -> None:
    """Ask for a credit of a customer, and add it."""

    def found(told: tuple["Customer", tuple[str, ...], "date"]) -> None:
        from usagebill_tui.tui.dialogs.add_credit import AddCreditDialog

        page.app.push_screen(AddCreditDialog(*told), answered)

    def answered(request: "CreditRequest | None") -> None:
        if request is not None:
            page.work(lambda workspace: workspace.add_credit(request), added, group="credit")

    def added(credit: "Credit") -> None:
        held = money(credit.amount, credit.currency) if credit.units is None else f"{credit.units} units"
        page.app.notify(f"{credit.label}: {held}", title="Credit added", markup=False)
        page.load()

    page.work(lambda workspace: _asked_with(workspace, customer), found, group="credit")


def ask_to_end(page: "Page", key: str | None) -> None:
    """Ask whether a credit is to be void, and make it so."""
    if key is None or not key.startswith("CR-"):
        page.app.notify("Put the cursor on a credit first", title="Void a credit")
        return

    def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
        if sure:
            page.work(lambda workspace: workspace.void_credit(key), lambda _: page.load(), group="credit")

    effect = f"{plain(key, 20)} is not used any more; what was paid for its rest counts as given back."
    page.app.push_screen(Confirm("Void this credit?", effect, "Void", danger=True), answered)


def _asked_with(workspace: "Workspace", customer: str) -> tuple["Customer", tuple[str, ...], "date"]:
    catalogue = workspace.catalogue()
    metered = tuple(one.code for one in catalogue.products.values() if one.fee == "metered")
    return catalogue.customers[customer], metered, workspace.browse.today()


def _row(one: "Credit", today: "date") -> Row:
    label, name, held, expires, left, priority = credit_cells(one)
    return Row(one.label, (label, state_word(one.state(today)), name, held, left, expires, priority))


def credit_cells(one: "Credit") -> tuple[str, Text, str, str, str, str]:
    """Return how a credit is written: label, what it is, held, the day it expires, left, priority."""
    held, left = (
        (money(one.amount, one.currency), money(one.left, one.currency))
        if one.units is None
        else (f"{units(one.units)} units", f"{units(one.units_left)} units")
    )
    what = one.name or ("Prepaid" if one.product is None else one.product)
    expires = "–" if one.expires is None else day(one.expires)
    return one.label, cell(what, longest=60), held, expires, left, str(one.priority)


def state_word(name: str) -> Text:
    """Return a state with its glyph, in its colour."""
    word, style = _STATES[name]
    return Text(word, style=style)
