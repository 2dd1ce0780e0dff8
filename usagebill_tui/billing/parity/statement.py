"""Another system's amounts, read from a CSV file."""

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.names import nearest
from usagebill_tui.domain.periods import Days, parse_period
from usagebill_tui.domain.quantity import INTEGER_DIGITS, parse_decimal
from usagebill_tui.errors import InvalidInput

_NEEDED = ("customer", "product", "amount")
_OPTIONAL = ("period", "currency")
_SHOWN = 40


class Stated(msgspec.Struct, frozen=True):
    """What the other system charges a customer for a product; `line` is that of the file, from 1.

    `currency` is empty where the file names none.
    """

    line: int
    customer: str
    product: str
    amount: Decimal
    period: Days
    currency: str


def read_statement(text: str, name: str, period: Days | None) -> list[Stated]:
    """Read the columns customer, product, amount and perhaps period and currency; others are ignored.

    `period` is that of rows which name none. Raises InvalidInput, with the line, for anything else.
    """
    rows = _rows(text, name)
    first = next(rows, None)
    if first is None:
        raise InvalidInput("is empty", where=name, mend=f"its first line names {', '.join(_NEEDED)}")
    places = _places(first[1], name)
    if period is None and "period" not in places:
        mend = "give --period, or add a column period such as 2026-10"
        raise InvalidInput("does not say which period its amounts are of", where=name, mend=mend)
    width = len(first[1])
    return [_stated(line, row, places, width, name, period) for line, row in rows]


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield rows that are not blank, each with the line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            where = f"{name}, line {reader.line_num}"
            raise InvalidInput(f"is not CSV: {error}", where=where, mend="save it as CSV again") from error
        if any(cell.strip() for cell in row):
            yield line, row
        line = reader.line_num + 1


def _places(header: Sequence[str], name: str) -> dict[str, int]:
    named = [cell.strip().lower() for cell in header]
    for key in (*_NEEDED, *_OPTIONAL):
        if named.count(key) > 1:
            raise InvalidInput(f"has two columns {key}", where=name, mend="rename one of them")
    for key in _NEEDED:
        if key not in named:
            near = nearest(key, [cell[:_SHOWN] for cell in named])
            mend = f"rename {near!r}" if near else f"its first line names {', '.join(_NEEDED)}"
            raise InvalidInput(f"has no column {key}", where=name, mend=mend)
    return {key: named.index(key) for key in (*_NEEDED, *_OPTIONAL) if key in named}


def _stated(
    line: int, row: Sequence[str], places: dict[str, int], width: int, name: str, period: Days | None
) -> Stated:
    where = f"{name}, line {line}"
    if len(row) != width:
        mend = "quote cells that hold a comma"
        raise InvalidInput(f"has {len(row)} cells where the header has {width}", where=where, mend=mend)
    cells = {key: row[place].strip() for key, place in places.items()}
    for key in ("customer", "product"):
        if not cells[key]:
            raise InvalidInput(f"has no {key}", where=where, mend="fill it in, or take the line out")
    return Stated(
        line=line,
        customer=cells["customer"],
        product=cells["product"],
        amount=_amount(cells["amount"], where),
        period=_period(cells.get("period", ""), where, period),
        currency=_currency(cells.get("currency", ""), where),
    )


def _amount(text: str, where: str) -> Decimal:
    amount = parse_decimal(text)
    if amount is None or (amount and amount.adjusted() >= INTEGER_DIGITS):
        raise InvalidInput(f"{text[:_SHOWN]!r} is not an amount", where=where, mend="write it like 1234.50")
    return amount


def _period(text: str, where: str, period: Days | None) -> Days:
    if text:
        try:
            return parse_period(text)
        except InvalidInput as error:
            raise InvalidInput(error.what[: _SHOWN * 2], where=where, mend=error.mend) from error
    if period is None:
        raise InvalidInput("has no period", where=where, mend="fill it in, or give --period")
    return period


def _currency(text: str, where: str) -> str:
    code = text.upper()
    if code:
        try:
            minor_digits(code)
        except InvalidInput as error:
            raise InvalidInput(
                f"{text[:_SHOWN]!r} is not a currency", where=where, mend=error.mend
            ) from error
    return code
