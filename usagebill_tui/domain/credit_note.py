"""Credit notes: what is taken off a final invoice afterwards, with its own negative tax."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from usagebill_tui.domain.adjustment import spread
from usagebill_tui.domain.invoice import Invoice, canonical, digest, written
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.tax import Tax, TaxRow
from usagebill_tui.domain.taxed_parts import Part, taxed_parts

_ZERO = Decimal(0)


class CreditLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a credit note: what is taken off a line of the invoice (from 1), without tax, and the tax."""

    line: int | None
    product: str | None = None
    description: str
    amount: Decimal
    tax: Decimal
    tax_percent: Decimal
    taxes: tuple[Tax, ...] = ()


class CreditNote(msgspec.Struct, frozen=True, kw_only=True):
    """A credit note on an invoice, named by its number; all amounts are negative. total = subtotal + tax."""

    number: str
    invoice: str
    customer: str
    currency: str
    issued: date
    reason: str
    lines: tuple[CreditLine, ...]
    subtotal: Decimal
    tax: Decimal
    taxes: tuple[TaxRow, ...] = ()
    total: Decimal


def parts(invoice: Invoice) -> list[Part]:
    """Return what each line comes to; together that is the invoice's total, to the minor unit."""
    if invoice.taxes:
        return taxed_parts(invoice)
    own = [_ZERO if line.kind == "adjustment" else line.amount for line in invoice.lines]
    discounts = spread(invoice.discount, own)
    with exact_arithmetic():
        settled = [line.settles.tax if line.settles is not None else _ZERO for line in invoice.lines]
        nets = [line.amount - off for line, off in zip(invoice.lines, discounts, strict=True)]
        taxed = [
            _ZERO if line.kind == "adjustment" else n for line, n in zip(invoice.lines, nets, strict=True)
        ]
        taxes = spread(invoice.tax - sum(settled, _ZERO), taxed)
        return [Part(n, t + s) for n, t, s in zip(nets, taxes, settled, strict=True)]


def nets(invoice: Invoice) -> list[Decimal]:
    """Return what each line comes to without tax, less its share of the discount."""
    if invoice.taxes:
        return [part.net for part in taxed_parts(invoice)]
    if not invoice.discount:
        return [line.amount for line in invoice.lines]
    return [part.net for part in parts(invoice)]


def left_to_credit(invoice: Invoice, earlier: Sequence[CreditNote]) -> list[Part]:
    """Return what of each line no credit note has taken off yet."""
    left = parts(invoice)
    with exact_arithmetic():
        for line in (line for note in earlier for line in note.lines):
            if line.line is not None:
                part = left[line.line - 1]
                left[line.line - 1] = Part(part.net + line.amount, part.tax + line.tax)
    return left


def of_whole(invoice: Invoice, earlier: Sequence[CreditNote], amount: Decimal) -> list[CreditLine]:
    """Return the lines of a credit of `amount`, tax included, spread over what is left of all lines."""
    left = left_to_credit(invoice, earlier)
    with exact_arithmetic():
        standing = invoice.total + sum((note.total for note in earlier), _ZERO)
        tax_left = invoice.tax + sum((note.tax for note in earlier), _ZERO)
        tax = spread(tax_left, [amount, standing - amount])[0]
    nets = spread(amount - tax, [part.net for part in left])
    taxes = spread(tax, [part.tax for part in left])
    lines = [
        _line(invoice, number, Part(*part)) for number, part in enumerate(zip(nets, taxes, strict=True), 1)
    ]
    return [line for line in lines if line.amount or line.tax]


def of_line(invoice: Invoice, number: int, left: Part, amount: Decimal) -> list[CreditLine]:
    """Return the line of a credit of `amount`, tax included, on what is left of one line."""
    tax = spread(left.tax, [amount, left.gross - amount])[0]
    return [_line(invoice, number, Part(amount - tax, tax))]


def taxes_of(lines: Sequence[CreditLine]) -> tuple[TaxRow, ...]:
    """Return the tax of credited lines by rate; nothing where no rate has a code."""
    rows: dict[str, TaxRow] = {}
    if not any(line.taxes for line in lines):
        return ()
    with exact_arithmetic():
        for line in lines:
            rates = line.taxes or (Tax(code="", name="Tax", percent=line.tax_percent),)
            for rate, tax in zip(rates, spread(line.tax, [each.percent for each in rates]), strict=True):
                row = rows.get(rate.code) or TaxRow(
                    code=rate.code or None,
                    name=rate.name,
                    percent=rate.percent,
                    inclusive=rate.inclusive,
                    taxable=line.amount - line.amount,
                    tax=line.tax - line.tax,
                )
                rows[rate.code] = msgspec.structs.replace(
                    row, taxable=row.taxable + line.amount, tax=row.tax + tax
                )
    return tuple(row for row in rows.values() if row.code is not None or row.tax)


def credit_json(note: CreditNote) -> dict[str, Any]:
    """Return a credit note as plain data, with its checksum."""
    table: dict[str, Any] = written(note)
    return {**table, "checksum": digest(canonical(table))}


def _line(invoice: Invoice, number: int, part: Part) -> CreditLine:
    line = invoice.lines[number - 1]
    return CreditLine(
        line=number,
        product=line.product,
        description=line.description,
        amount=-part.net,
        tax=-part.tax,
        tax_percent=line.tax_percent,
        taxes=line.taxes,
    )
