"""Exporting the ledger, for a spreadsheet or an accounting program."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from usagebill_tui.billing.bookkeeping.beancount_text import beancount_document
from usagebill_tui.billing.bookkeeping.book import Book, open_book
from usagebill_tui.billing.bookkeeping.csv_rows import csv_document
from usagebill_tui.billing.bookkeeping.hledger_text import hledger_document
from usagebill_tui.billing.documents.files import write_file
from usagebill_tui.billing.house import House
from usagebill_tui.errors import WrongCall
from usagebill_tui.store.entries import Balance, Entry, balances, entries

Form = Literal["csv", "beancount", "hledger"]

_DOCUMENTS: Mapping[Form, Callable[[Book], str]] = {
    "csv": csv_document,
    "beancount": beancount_document,
    "hledger": hledger_document,
}
_ENDINGS: Mapping[str, Form] = {
    ".csv": "csv",
    ".beancount": "beancount",
    ".bean": "beancount",
    ".hledger": "hledger",
    ".journal": "hledger",
}


def ledger_text(
    house: House, form: Form = "csv", first: date | None = None, after: date | None = None
) -> str:
    """Return the entries of the days from `first` up to, not including, `after`, or all, as a file's text.

    Raises WrongCall where `after` is not later than `first`.
    """
    if first is not None and after is not None and after <= first:
        raise WrongCall(f"no day lies from {first} up to {after}", mend="--to names the day after the last")
    with house.database.reading() as session:
        return _DOCUMENTS[form](open_book(session, first, after))


def export_ledger(
    house: House, path: Path, form: Form | None, first: date | None = None, after: date | None = None
) -> None:
    """Write that to a file, as a whole or not at all; without a form, in the one that its ending names."""
    write_file(path, ledger_text(house, form or form_by_ending(path), first, after).encode())


def form_by_ending(path: Path) -> Form:
    """Return the form that a file's ending names, CSV for an ending that names none."""
    return _ENDINGS.get(path.suffix.lower(), "csv")


def ledger_balances(house: House) -> list[Balance]:
    """Return what was posted to each account, by account and currency; balances add up to zero."""
    with house.database.reading() as session:
        return balances(session)


def ledger_entries(house: House, first: date | None = None, after: date | None = None) -> list[Entry]:
    """Return the entries of some days, or all, by day and id."""
    with house.database.reading() as session:
        return list(entries(session, first, after))
