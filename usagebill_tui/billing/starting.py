"""What a subscription charges in advance on the day on which it starts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from usagebill_tui.billing.accounts import Accounts
from usagebill_tui.billing.due import Contract, due_on, in_advance
from usagebill_tui.billing.house import House
from usagebill_tui.billing.rating import Rated, Rater
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.quantity import exact_arithmetic


def starting_fees(house: House, catalogue: Catalogue, subscriptions: Sequence[str]) -> Mapping[str, Decimal]:
    """Return, by subscription, its fees in advance of the periods that hold its first day.

    Each is prorated and rounded, before discounts and tax.
    """
    asked = []
    for key in subscriptions:
        one = catalogue.subscriptions[key]
        version = catalogue.versions[one.plan, one.version]
        due = due_on(Contract(one, catalogue.customers[one.customer], version), one.start)
        fees = [p for p in version.products if in_advance(p) and (p.fee != "one_time" or one.follows is None)]
        asked.append((due, [due.portion(product, one.start) for product in fees]))
    rated = Rater(house, Accounts(catalogue), 0).rate(asked)
    with exact_arithmetic():
        return {
            key: sum((line.amount for line in one.lines), _nothing(one))
            for key, one in zip(subscriptions, rated, strict=True)
        }


def _nothing(one: Rated) -> Decimal:
    return round_money(Decimal(0), one.due.contract.version.plan.currency)
