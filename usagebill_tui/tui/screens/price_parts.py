"""Prices by property value and by group in a form: an entry of `by` is a row of a grid.

A row has the conditions, the model and the unit amount in cells of their own, all else in one as JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from usagebill_tui.tui.forms.field import Field

_REST = "rest"
_OWN = ("when", "model", "unit_amount")
_DEFAULT_MODEL = "per_unit"


def part_fields(models: tuple[tuple[str, str], ...]) -> Sequence[Field]:
    """Return the fields of a price by usage that say where it differs and what is priced separately."""
    return (
        Field(
            key="group_by",
            title="Separately for",
            kind="list",
            default="all usage together",
            help="Properties: each of their values is priced by itself, with free units and tiers of its own",
        ),
        Field(
            key="by",
            title="Other prices by property: the most specific one counts",
            kind="rows",
            fields=(
                Field(key="when", title="For usage where", kind="conditions", default="e.g. region = eu"),
                Field(key="model", title="Model", kind="choice", choices=models, default=_DEFAULT_MODEL),
                Field(key="unit_amount", title="Unit amount", kind="number", bounds={"ge": 0}),
                Field(key=_REST, title="All else (JSON)", kind="data", default="none"),
            ),
        ),
    )


def as_rows(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table that may have a `price`, its prices by property as rows of the form."""
    return _changed(table, _row)


def from_rows(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form's values as the table that a catalogue file has."""
    return _changed(values, _entry)


def _changed(table: Mapping[str, Any], change: Any) -> dict[str, Any]:
    price = table.get("price")
    if not isinstance(price, Mapping) or not isinstance(price.get("by"), list | tuple):
        return dict(table)
    return {**table, "price": {**price, "by": [change(one) for one in price["by"]]}}


def _row(entry: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in entry.items() if key not in _OWN}
    row = {key: entry[key] for key in _OWN if key in entry}
    return {**row, _REST: rest} if rest else row


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    rest = row.get(_REST)
    own = {key: value for key, value in row.items() if key != _REST}
    if rest is not None and not isinstance(rest, Mapping):
        return {**own, _REST: rest}  # refused by the catalogue's rules, which name the key
    return {"model": _DEFAULT_MODEL, **own, **(rest or {})}
