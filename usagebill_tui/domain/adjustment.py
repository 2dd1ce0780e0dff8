"""Adjustments: what an invoice would come to now, against what was billed and settled, line by line."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.domain.invoice import Invoice, Line, Span, canonical
from usagebill_tui.domain.quantity import exact_arithmetic

ZERO = Decimal(0)
DISCOUNT = "discount"
TAX = "tax"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line's figures: `amount` in money; a discount stands as a line of its own, of negative amount."""

    kind: str
    product: str | None = None
    metric: str | None = None
    group: Mapping[str, str | None] | None = None
    period: Span
    description: str
    units: Decimal | None = None
    amount: Decimal
    tax_percent: Decimal

    @property
    def key(self) -> str:
        """Return what the same line of a recomputed invoice has in common with this one."""
        group = "" if self.group is None else canonical(self.group).decode()
        return f"{self.kind}:{self.product or ''}:{self.period.start:%Y-%m-%dT%H:%M}:{group}"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A line that changes: `now` is what it would be, `before` the amount billed and settled so far.

    `line` is its number on the invoice (from 1), None where the invoice has no such line.
    """

    now: Figure
    line: int | None
    units_before: Decimal | None
    before: Decimal
    reason: str = ""

    @property
    def amount(self) -> Decimal:
        """Return what is to be billed more (negative: less), without tax."""
        return self.now.amount - self.before


class SettledLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an accepted adjustment: the figure it leads to, the amount it adds, and the tax on that."""

    figure: Figure
    line: int | None
    units_before: Decimal | None
    amount: Decimal
    tax: Decimal
    reason: str


class Rest(msgspec.Struct, frozen=True):
    """What is left to settle of an invoice: the lines that change, and the change of its tax."""

    differences: tuple[Difference, ...]
    tax: Decimal

    @property
    def net(self) -> Decimal:
        """Return what the lines come to."""
        with exact_arithmetic():
            return sum((one.amount for one in self.differences), ZERO)

    @property
    def total(self) -> Decimal:
        """Return what is to be billed more (negative: less), with tax."""
        with exact_arithmetic():
            return self.net + self.tax


def figures(invoice: Invoice) -> Iterator[Figure]:
    """Yield an invoice's own lines, without those that settle others, and its discount if it has one."""
    rate = next((line.tax_percent for line in invoice.lines), ZERO)
    for line in invoice.lines:
        if line.kind != "adjustment":
            yield _figure(line)
    if invoice.discount:
        yield Figure(
            kind=DISCOUNT,
            period=invoice.period,
            description="Discount",
            amount=-invoice.discount,
            tax_percent=rate,
        )


def rest(billed: Invoice, now: Invoice, settled: Sequence[SettledLine]) -> Rest:
    """Return what is left to settle so that what was billed and all that is settled come to `now`."""
    before, after = _by_key(billed), _by_key(now)
    standing = {key: (figure.units, figure.amount) for key, figure in before.items()}
    known = dict(before)
    with exact_arithmetic():
        for one in settled:
            key = one.figure.key
            standing[key] = (one.figure.units, standing.get(key, (None, ZERO))[1] + one.amount)
            known.setdefault(key, one.figure)
        differences = []
        for key in [*after, *(key for key in known if key not in after)]:
            units, amount = standing.get(key, (None, ZERO))
            figure = after.get(key) or msgspec.structs.replace(known[key], units=None, amount=ZERO)
            if (figure.units, figure.amount) != (units, amount):
                differences.append(
                    Difference(now=figure, line=_number(billed, key), units_before=units, before=amount)
                )
        tax = now.tax - billed.tax - sum((one.tax for one in settled), ZERO)
    return Rest(tuple(differences), tax)


def taxed(left: Rest) -> list[SettledLine]:
    """Return a rest's lines, each with its part of the tax; the parts add up to the tax exactly."""
    parts = spread(left.tax, [one.amount for one in left.differences])
    return [
        SettledLine(
            figure=one.now,
            line=one.line,
            units_before=one.units_before,
            amount=one.amount,
            tax=tax,
            reason=one.reason,
        )
        for one, tax in zip(left.differences, parts, strict=True)
    ]


def spread(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split a rounded amount by weights, in its own digits, so that the parts add up to it.

    All of it goes to the last part where the weights come to nothing.
    """
    unit = Decimal(1).scaleb(int(amount.as_tuple().exponent))
    with exact_arithmetic():
        total = sum(weights, ZERO)
        if not total:
            return [amount if place == len(weights) else ZERO * unit for place in range(1, len(weights) + 1)]
        parts: list[Decimal] = []
        reached, given = ZERO, ZERO
        for weight in weights:
            reached += weight
            part = (amount * reached / total).quantize(unit) - given
            given += part
            parts.append(part)
        return parts


def _by_key(invoice: Invoice) -> dict[str, Figure]:
    return {figure.key: figure for figure in figures(invoice)}


def _number(invoice: Invoice, key: str) -> int | None:
    numbered = enumerate(invoice.lines, 1)
    return next((n for n, line in numbered if line.kind != "adjustment" and _figure(line).key == key), None)


def _figure(line: Line) -> Figure:
    return Figure(
        kind=line.kind,
        product=line.product,
        metric=line.metric,
        group=line.group,
        period=line.period,
        description=line.description,
        units=line.units,
        amount=line.amount,
        tax_percent=line.tax_percent,
    )
