"""Customers from a CSV file: a row each, new or known, perhaps with the plan that they are on."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from usagebill_tui.billing.catalogue.applying import Applied, change_catalogue
from usagebill_tui.billing.catalogue.layout import customer_table, subscription_table
from usagebill_tui.billing.house import House
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import InvalidInput

_OF_CUSTOMER = ("id", "name", "aliases", "timezone", "currency", "tax_percent", "tax", "email", "address")
_OF_SUBSCRIPTION = ("subscription", "plan", "start", "end", "subscription_aliases")
COLUMNS = (*_OF_CUSTOMER, *_OF_SUBSCRIPTION)
"""The columns of a file, in any order; `id` is needed, and `;` stands between aliases and codes of taxes."""


def import_customers(house: House, text: str, name: str, *, dry_run: bool = False) -> Applied:
    """Add and change the customers of a CSV text called `name`, all of them or none.

    An empty cell leaves a known customer's value, and a new one's default. Raises InvalidInput with the line
    of what cannot be used, and what a catalogue file is refused for.
    """
    rows = list(_rows(text, name))

    def change(catalogue: Catalogue) -> Mapping[str, Any]:
        return {"customer": [_table(catalogue, row) for row in rows]}

    return change_catalogue(house, change, name, dry_run=dry_run)


def _rows(text: str, name: str) -> Iterator[dict[str, str]]:
    """Yield the cells of each row that are not empty, by column."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    seen: dict[str, int] = {}
    try:
        header = _header(next(reader, []), name)
        for cells in reader:
            where = f"{name}, line {reader.line_num}"
            if not any(cells):
                continue
            if len(cells) != len(header):
                what = f"has {len(cells)} cells, the header {len(header)}"
                raise InvalidInput(what, where=where, mend="give each row as many as the header")
            row = {key: cell.strip() for key, cell in zip(header, cells, strict=True) if cell.strip()}
            if "id" not in row:
                raise InvalidInput("has no id", where=where, mend="give the customer an id")
            if row["id"] in seen:
                what = f"{row['id']!r} is on line {seen[row['id']]} already"
                raise InvalidInput(what, where=where, mend="leave one row for each customer")
            seen[row["id"]] = reader.line_num
            _check_subscription(row, where)
            yield row
    except csv.Error as error:
        raise InvalidInput(
            f"is not CSV: {error}", where=f"{name}, line {reader.line_num}", mend="separate cells by commas"
        ) from error


def _header(cells: list[str], name: str) -> list[str]:
    where = f"{name}, line 1"
    header = [cell.strip() for cell in cells]
    if "id" not in header:
        raise InvalidInput("has no column 'id'", where=where, mend=f"columns: {', '.join(COLUMNS)}")
    for key in header:
        if key not in COLUMNS:
            raise InvalidInput(f"unknown column {key!r}", where=where, mend=suggestion(key, COLUMNS))
        if header.count(key) > 1:
            raise InvalidInput(f"has the column {key!r} twice", where=where, mend="take one out")
    return header


def _check_subscription(row: Mapping[str, str], where: str) -> None:
    given = [key for key in _OF_SUBSCRIPTION if key in row]
    missing = [key for key in ("plan", "start") if key not in row]
    if given and missing:
        what = f"has {given[0]!r} and no {missing[0]!r}"
        raise InvalidInput(what, where=where, mend="a subscription needs a plan and a start")


def _table(catalogue: Catalogue, row: Mapping[str, str]) -> dict[str, Any]:
    """Return the customer's table as the row would have it."""
    known = catalogue.customers.get(row["id"])
    table = {} if known is None else customer_table(known)
    table |= {key: _value(key, row[key]) for key in _OF_CUSTOMER if key in row}
    if "plan" in row:
        table["subscription"] = [_subscription(catalogue, row)]
    return table


def _subscription(catalogue: Catalogue, row: Mapping[str, str]) -> dict[str, Any]:
    """Return the subscription's table; what the row leaves out of a known one stays."""
    known = catalogue.subscriptions.get(
        row.get("subscription", f"{row['id']}-{row['plan'].partition('@')[0]}")
    )
    names = {"subscription": "id", "subscription_aliases": "aliases"}
    table = {} if known is None or known.customer != row["id"] else subscription_table(known)
    return table | {names.get(key, key): _value(key, row[key]) for key in _OF_SUBSCRIPTION if key in row}


def _value(key: str, cell: str) -> Any:
    if key == "tax" or key.endswith("aliases"):
        return [alias.strip() for alias in cell.split(";") if alias.strip()]
    return cell
