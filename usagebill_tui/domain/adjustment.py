"""Adjustments: what an invoice would come to now, against what was billed and settled, line by line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.domain.invoice import Invoice, Line, Span, canonical
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.tax import Tax
from usagebill_tui.domain.taxation import discount_shares, own_rows

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
    taxes: tuple[Tax, ...] = ()

    @property
    def key(self) -> str:
        """Return what the same line of a recomputed invoice has in common with this one."""
        group = "" if self.group is None else canonical(self.group).decode()
        if self.product is None:
            # What is not of a product has a line for each set of rates.
            group += "".join(f" {tax.code}" for tax in self.taxes)
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
    """A line of an accepted adjustment: the figure it leads to, the amount it adds, and the tax on that.

    `taxed` is the tax by the code of its rate, where there are any.
    """

    figure: Figure
    line: int | None
    units_before: Decimal | None
    amount: Decimal
    tax: Decimal
    reason: str
    taxed: Mapping[str, Decimal] = {}


class Rest(msgspec.Struct, frozen=True):
    """What is left to settle of an invoice: the lines that change, and the change of its tax.

    `taxes` is that change by the code of the rate (`""`: the customer's own), where there are any.
    """

    differences: tuple[Difference, ...]
    tax: Decimal
    taxes: Mapping[str, Decimal] = {}

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
        shares = discount_shares(invoice.lines, invoice.discount) if invoice.taxes else {}
        for (taxes, percent), share in (shares or {((), rate): invoice.discount}).items():
            yield Figure(
                kind=DISCOUNT,
                period=invoice.period,
                description="Discount",
                amount=-share,
                tax_percent=percent,
                taxes=taxes,
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
    return Rest(tuple(differences), tax, _by_rate(billed, now, settled))


def _by_rate(billed: Invoice, now: Invoice, settled: Sequence[SettledLine]) -> dict[str, Decimal]:
    """Return what is left to settle of the tax at each rate; nothing where no rate has a code."""
    if not billed.taxes and not now.taxes:
        return {}
    left: dict[str, Decimal] = {}
    with exact_arithmetic():
        changes = [
            *((row.code or "", row.tax) for row in own_rows(now)),
            *((row.code or "", -row.tax) for row in own_rows(billed)),
            *((code, -tax) for one in settled for code, tax in one.taxed.items()),
        ]
        for code, tax in changes:
            left[code] = left.get(code, ZERO) + tax
    return {code: tax for code, tax in left.items() if tax}


def together(reasons: Iterable[str]) -> str:
    """Return why several lines change, each reason once."""
    return "; ".join(dict.fromkeys(part for reason in reasons for part in reason.split("; ")))


def taxed(left: Rest) -> list[SettledLine]:
    """Return a rest's lines, each with its part of the tax; the parts add up to the tax exactly."""
    if left.taxes:
        return _taxed_by_rate(left)
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


def _taxed_by_rate(left: Rest) -> list[SettledLine]:
    """Return a rest's lines with the tax at each rate spread over those that are taxed at it."""
    taxed: list[dict[str, Decimal]] = [{} for _ in left.differences]
    for code, tax in left.taxes.items():
        places = [place for place, one in enumerate(left.differences) if _has_rate(one.now, code)]
        places = places or [len(taxed) - 1]
        shares = spread(tax, [left.differences[place].amount for place in places])
        for place, share in zip(places, shares, strict=True):
            taxed[place][code] = share
    with exact_arithmetic():
        return [
            SettledLine(
                figure=one.now,
                line=one.line,
                units_before=one.units_before,
                amount=one.amount,
                tax=sum(by_code.values(), left.tax - left.tax),
                reason=one.reason,
                taxed=by_code,
            )
            for one, by_code in zip(left.differences, taxed, strict=True)
        ]


def _has_rate(figure: Figure, code: str) -> bool:
    return any(tax.code == code for tax in figure.taxes) if code else not figure.taxes


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
        taxes=line.taxes,
    )
