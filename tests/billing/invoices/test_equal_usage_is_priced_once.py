"""Equal usage under the same terms is priced once in a run, and costs what it costs by itself."""

from collections.abc import Sequence
from decimal import Decimal
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.billing.invoices import charges as module
from usagebill_tui.billing.invoices.charges import Charges, plainly
from usagebill_tui.domain.price import Modifiers, Price
from usagebill_tui.domain.pricing import Terms, charge_under, terms
from usagebill_tui.domain.pricing.per_unit import PerUnit, PerUnitParameters
from usagebill_tui.domain.pricing.protocol import PricedEvent, Step


class _Counting(PerUnit):
    """A price per unit that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def price(
        self, units: Decimal, params: PerUnitParameters, events: Sequence[PricedEvent] = ()
    ) -> Sequence[Step]:
        self.asked += 1
        return super().price(units, params, events)


def _terms(unit_amount: str, model: PerUnit) -> Terms:
    price = Price(
        model="per_unit",
        params={"unit_amount": unit_amount},
        modifiers=Modifiers(free_units=Decimal(3), minimum_amount=Decimal("0.5")),
    )
    return terms(price, model, "USD")


def test_equal_usage_is_priced_once_and_other_terms_by_themselves() -> None:
    model = _Counting()
    agreed, dearer = _terms("0.01", model), _terms("0.02", model)
    charges = Charges()
    amounts = [charges.of(each, Decimal(203)).amount for each in (agreed, dearer, agreed, dearer)]
    assert amounts == [Decimal(2), Decimal(4), Decimal(2), Decimal(4)]
    assert model.asked == 2


@settings(max_examples=20, deadline=None)
@given(st.lists(st.decimals(0, 20, places=1), max_size=12))
def test_charges_are_those_of_usage_priced_by_itself(used: list[Decimal]) -> None:
    agreed = _terms("0.013", PerUnit())
    with patch.object(module, "_MOST", 3):
        charges = Charges()
        for units in used:
            alone = plainly(charge_under(agreed, units))
            found = charges.of(agreed, units)
            assert repr(found.steps) == repr(alone.steps)
            assert (found.rounded, found.top_up) == (alone.rounded, alone.top_up)


def test_numbers_are_written_plainly() -> None:
    (*_, step) = Charges().of(_terms("0.0100", PerUnit()), Decimal("203.00")).steps
    assert [str(step.quantity), str(step.unit_amount), str(step.amount)] == ["200", "0.01", "2"]
