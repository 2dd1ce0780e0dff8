"""Parts of an invoice: what each line comes to, where tax is told by rate."""

from decimal import Decimal

import msgspec

from usagebill_tui.domain.adjustment import spread
from usagebill_tui.domain.invoice import Invoice, Line
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.tax import TaxRow
from usagebill_tui.domain.taxation import discount_shares, own_rows, rates_of

_ZERO = Decimal(0)


class Part(msgspec.Struct, frozen=True):
    """What a line of an invoice comes to, less its part of the discount, and its tax."""

    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """Return both together."""
        with exact_arithmetic():
            return self.net + self.tax


def taxed_parts(invoice: Invoice) -> list[Part]:
    """Return what each line comes to; by rate the parts are what the invoice says is taxed, and the tax."""
    with exact_arithmetic():
        nets = [line.amount for line in invoice.lines]
        for rates, share in discount_shares(invoice.lines, invoice.discount).items():
            places = [
                place
                for place, line in enumerate(invoice.lines)
                if rates_of(line) == rates and line.product is not None and line.kind != "adjustment"
            ]
            for place, off in zip(places, spread(share, [nets[place] for place in places]), strict=True):
                nets[place] -= off
        taxes = [_ZERO if line.settles is None else line.settles.tax for line in invoice.lines]
        for row in own_rows(invoice):
            places = [place for place, line in enumerate(invoice.lines) if _is_taxed_at(line, row)]
            for place, tax in zip(places, spread(row.tax, [nets[place] for place in places]), strict=True):
                taxes[place] += tax
        return [Part(net, tax) for net, tax in zip(nets, taxes, strict=True)]


def _is_taxed_at(line: Line, row: TaxRow) -> bool:
    if line.kind == "adjustment":
        return False
    if row.code is None:
        return not line.taxes and line.tax_percent == row.percent
    return any(tax.code == row.code for tax in line.taxes)
