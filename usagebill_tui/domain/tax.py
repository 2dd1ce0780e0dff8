"""Taxes by code: rates that the catalogue declares, and what an invoice is taxed at each of them."""

from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from usagebill_tui.domain.quantity import exact_arithmetic

_ZERO = Decimal(0)
_CENT = Decimal("0.01")
_Key = TypeVar("_Key", bound=Hashable)


class Tax(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rate of tax. Prices taxed at one that is `inclusive` contain it already.

    A rate of 0 states why nothing is added: its name (`Reverse charge`, `Exempt`) stands on the invoice.
    """

    code: str
    name: str = ""
    percent: Decimal
    inclusive: bool = False

    @property
    def factor(self) -> Decimal:
        """Return the rate as a fraction: 0.19 for 19 percent."""
        with exact_arithmetic():
            return self.percent * _CENT


class TaxRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is taxed at one rate, without tax, and the tax on it, rounded once.

    Without a code it is the customer's own percentage. `adjusts` is the earlier invoice that it corrects.
    """

    code: str | None
    name: str
    percent: Decimal
    inclusive: bool
    taxable: Decimal
    tax: Decimal
    adjusts: str | None = None


def chosen_taxes(
    of_product: Sequence[str], of_customer: Sequence[str], known: Mapping[str, Tax]
) -> tuple[Tax, ...]:
    """Return the rates at which a product is taxed for a customer.

    A customer whose rates are all 0 (exempt, reverse charge) pays none on anything; else a product's own
    rates come before the customer's. Raises KeyError for a code that is not known.
    """
    own = tuple(known[code] for code in of_customer)
    if own and not any(tax.percent for tax in own):
        return own
    return tuple(known[code] for code in of_product) or own


def together(taxes: Sequence[Tax], percent: Decimal) -> Decimal:
    """Return the percentage of several rates together; without any, the customer's own `percent`."""
    with exact_arithmetic():
        return sum((tax.percent for tax in taxes), _ZERO) if taxes else percent


def largest_remainder(amount: Decimal, weights: Mapping[_Key, Decimal]) -> dict[_Key, Decimal]:
    """Split a rounded amount by weights, in its own digits: cut down, and what is left to the largest rests.

    The parts add up to the amount. Weights below nothing count as nothing; where all do, all weigh the same.
    """
    unit = Decimal(1).scaleb(int(amount.as_tuple().exponent))
    with exact_arithmetic():
        counted = {key: max(weight, _ZERO) for key, weight in weights.items()}
        if not any(counted.values()):
            counted = dict.fromkeys(weights, Decimal(1))
        total, size = sum(counted.values(), _ZERO), abs(amount)
        parts = {key: int(size * weight // (total * unit)) for key, weight in counted.items()}
        rests = {key: size * weight - parts[key] * unit * total for key, weight in counted.items()}
        missing = int(size / unit) - sum(parts.values())
        for key in sorted(parts, key=lambda one: rests[one], reverse=True)[:missing]:
            parts[key] += 1
        return {key: (part * unit).copy_sign(amount) if part else _ZERO * unit for key, part in parts.items()}
