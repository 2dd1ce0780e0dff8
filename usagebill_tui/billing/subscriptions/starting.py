"""What a subscription charges in advance on the day on which it starts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.composing import taxed_lines
from usagebill_tui.billing.invoices.due import Contract, due_on, in_advance
from usagebill_tui.billing.invoices.rating import Rated, Rater
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Line
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.taxation import without_tax


def starting_fees(house: House, catalogue: Catalogue, subscriptions: Sequence[str]) -> Mapping[str, Decimal]:
    """Return, by subscription, its fees in advance of the periods that hold its first day.

    Each is prorated and rounded, before discounts and without tax, also such as a price contains.
    """
    asked = []
    for key in subscriptions:
        one = catalogue.subscriptions[key]
        version = catalogue.versions[one.plan, one.version]
        due = due_on(Contract(one, catalogue.customers[one.customer], version, catalogue.taxes), one.start)
        fees = [p for p in version.products if in_advance(p) and (p.fee != "one_time" or one.follows is None)]
        asked.append((due, [due.portion(product, one.start) for product in fees]))
    rated = Rater(house, Accounts(catalogue), 0).rate(asked)
    with exact_arithmetic():
        return {
            key: sum((line.amount for line in _net(one)), _nothing(one))
            for key, one in zip(subscriptions, rated, strict=True)
        }


def _net(one: Rated) -> list[Line]:
    return without_tax(taxed_lines(one.lines, one.due.contract), _currency(one))


def _nothing(one: Rated) -> Decimal:
    return round_money(Decimal(0), _currency(one))


def _currency(one: Rated) -> str:
    return one.due.contract.version.plan.currency
