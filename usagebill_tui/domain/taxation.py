"""Taxation: lines taxed at rates by code come to subtotal, discount, tax by rate, total.

Amounts of lines never contain tax: what an inclusive price contains is taken out first, as a step of the
line. Discount, maximum and minimum spend hold for amounts without tax; they are spread over the sets of rates
by the largest remainder. Tax is computed per rate on all that is taxed at it, and rounded once.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.domain.invoice import Invoice, Line, Span
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.pricing.protocol import Step, plain_step
from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.domain.tax import Tax, TaxRow, largest_remainder, together
from usagebill_tui.domain.totals import Agreement, Totals, discount_of, limit_lines

_ZERO = Decimal(0)
_ONE = Decimal(1)
_CENT = Decimal("0.01")

Rates = tuple[tuple[Tax, ...], Decimal]
"""What tells lines apart that are taxed otherwise: their rates by code, and all of them together."""


def rates_of(line: Line) -> Rates:
    """Return at which rates a line is taxed."""
    return line.taxes, line.tax_percent


def inclusive_of(taxes: Iterable[Tax]) -> Tax | None:
    """Return the rate that a price contains; there is one at most."""
    return next((tax for tax in taxes if tax.inclusive), None)


def without_tax(lines: Sequence[Line], currency: str) -> list[Line]:
    """Return lines without what their prices contain of tax, which is a step of them then."""
    with exact_arithmetic():
        return _without_tax(lines, _gross(lines), currency)


def taxed_totals(lines: Sequence[Line], agreement: Agreement, period: Span) -> Totals:
    """Apply, in this order: tax that prices contain, discount, maximum spend, minimum spend, tax."""
    currency = agreement.currency
    with exact_arithmetic():
        gross = _gross(lines)
        own = _without_tax(lines, gross, currency)
        net = _summed(own)
        lines_sum = sum(net.values(), _ZERO)
        discount = round_money(discount_of(lines_sum, agreement), currency)
        off = discount_shares(own, discount)
        standing = {rates: net[rates] - off[rates] for rates in net} or {
            (agreement.taxes, agreement.tax_percent): _ZERO
        }
        limits = [
            line
            for one in limit_lines(lines_sum - discount, agreement, period)
            for line in _split(one, standing)
        ]
        for line in limits:
            standing[rates_of(line)] += line.amount
        priced = {tax: amount for tax, amount in gross.items() if not _sets_what_is_due(tax, limits)}
        rows = _rows(standing, _inclusive_net(net), priced, currency)
        subtotal = lines_sum + sum((line.amount for line in limits), _ZERO)
        tax = sum((row.tax for row in rows), _ZERO)
        return Totals(
            lines=(*own, *limits),
            subtotal=round_money(subtotal, currency),
            discount=discount,
            tax=round_money(tax, currency),
            taxes=tuple(rows),
            total=round_money(subtotal - discount + tax, currency),
        )


def discount_shares(lines: Iterable[Line], discount: Decimal) -> dict[Rates, Decimal]:
    """Return a discount's part for each set of rates; the plan's own lines and adjustments bear none."""
    with exact_arithmetic():
        weights = _summed(line for line in lines if line.product is not None and line.kind != "adjustment")
        return largest_remainder(discount, weights) if weights else {}


def own_rows(invoice: Invoice) -> list[TaxRow]:
    """Return an invoice's tax by rate, without what corrects earlier invoices."""
    return [row for row in invoice.taxes if row.adjusts is None]


def _summed(lines: Iterable[Line]) -> dict[Rates, Decimal]:
    sums: dict[Rates, Decimal] = {}
    for line in lines:
        sums[rates_of(line)] = sums.get(rates_of(line), _ZERO) + line.amount
    return sums


def _gross(lines: Iterable[Line]) -> dict[Tax, Decimal]:
    """Return what the prices that contain a tax come to, with it."""
    sums: dict[Tax, Decimal] = {}
    for line in lines:
        tax = inclusive_of(line.taxes)
        if tax is not None:
            sums[tax] = sums.get(tax, _ZERO) + line.amount
    return sums


def _inclusive_net(net: Mapping[Rates, Decimal]) -> dict[Tax, Decimal]:
    sums: dict[Tax, Decimal] = {}
    for (taxes, _), amount in net.items():
        tax = inclusive_of(taxes)
        if tax is not None:
            sums[tax] = sums.get(tax, _ZERO) + amount
    return sums


def _sets_what_is_due(tax: Tax, limits: Iterable[Line]) -> bool:
    """Tell whether a plan's minimum or maximum, an amount without tax, is taxed at a rate."""
    return any(tax in line.taxes for line in limits)


def _without_tax(lines: Sequence[Line], gross: Mapping[Tax, Decimal], currency: str) -> list[Line]:
    """Return the lines without the tax in them: rounded once per rate, what is left to the largest rests."""
    found = list(lines)
    for tax, total in gross.items():
        places = [place for place, line in enumerate(lines) if inclusive_of(line.taxes) == tax]
        exact = {place: lines[place].amount / (_ONE + tax.factor) for place in places}
        nets = {place: round_money(amount, currency) for place, amount in exact.items()}
        cent = Decimal(1).scaleb(int(round_money(_ZERO, currency).as_tuple().exponent))
        missing = int((round_money(total / (_ONE + tax.factor), currency) - sum(nets.values(), _ZERO)) / cent)
        step = cent if missing > 0 else -cent
        by_rest = sorted(places, key=lambda place: (exact[place] - nets[place]) * step, reverse=True)
        for place in by_rest[: abs(missing)]:
            nets[place] += step
        for place in places:
            found[place] = _taken_out(lines[place], nets[place], tax)
    return found


def _taken_out(line: Line, net: Decimal, tax: Tax) -> Line:
    if net == line.amount:
        return line
    text = f"{tax.name or tax.code} {plain(tax.percent)}% that the price contains"
    step = plain_step(Step(description=text, amount=net - line.amount))
    return msgspec.structs.replace(line, amount=net, steps=(*line.steps, step))


def _split(line: Line, standing: Mapping[Rates, Decimal]) -> list[Line]:
    """Return the line of a limit as one for each set of rates, spread by what stands at each."""
    shares = largest_remainder(line.amount, standing)
    several = len([share for share in shares.values() if share]) > 1
    return [_share(line, rates, share, several=several) for rates, share in shares.items() if share]


def _share(line: Line, rates: Rates, share: Decimal, *, several: bool) -> Line:
    taxes, percent = rates
    at = msgspec.structs.replace(line, taxes=taxes, tax_percent=together(taxes, percent))
    if not several:
        return at
    named = " + ".join(tax.name or tax.code for tax in taxes) or f"{plain(percent)}%"
    step = Step(description=f"what is taxed at other rates than {named}", amount=share - line.amount)
    return msgspec.structs.replace(
        at, amount=share, description=f"{line.description} ({named})", steps=(*line.steps, plain_step(step))
    )


def _rows(
    standing: Mapping[Rates, Decimal], net: Mapping[Tax, Decimal], gross: Mapping[Tax, Decimal], currency: str
) -> list[TaxRow]:
    """Return the tax by rate, in the order in which lines name the rates.

    `gross` are the rates at which prices decide what is due, tax included, and what they come to.
    """
    taxable: dict[Tax, Decimal] = {}
    bare: dict[Decimal, Decimal] = {}
    for (taxes, percent), amount in standing.items():
        for tax in taxes:
            taxable[tax] = taxable.get(tax, _ZERO) + amount
        if not taxes and percent:
            bare[percent] = bare.get(percent, _ZERO) + amount
    rows = [_row(tax, amount, net, gross, currency) for tax, amount in taxable.items()]
    return rows + [
        TaxRow(
            code=None,
            name="Tax",
            percent=percent,
            inclusive=False,
            taxable=round_money(amount, currency),
            tax=round_money(amount * percent * _CENT, currency),
        )
        for percent, amount in bare.items()
    ]


def _row(
    tax: Tax, taxable: Decimal, net: Mapping[Tax, Decimal], gross: Mapping[Tax, Decimal], currency: str
) -> TaxRow:
    if tax in gross:
        # With the tax it is a rounded price: the tax is what is in it, so that the price stays what it says.
        more = taxable - net.get(tax, _ZERO)
        with_tax = gross[tax] + more * (_ONE + tax.factor)
        amount = round_money(with_tax, currency) - taxable
    else:
        amount = round_money(taxable * tax.factor, currency)
    return TaxRow(
        code=tax.code,
        name=tax.name,
        percent=tax.percent,
        inclusive=tax.inclusive,
        taxable=round_money(taxable, currency),
        tax=round_money(amount, currency),
    )
