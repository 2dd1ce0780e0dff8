"""Steps of our own models are not checked each time, but here: exact, and within reach of all sums."""

from decimal import Decimal
from typing import Any

import pytest

from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import PricedEvent, PricingModel, terms
from usagebill_tui.domain.pricing.exact import FRACTION_REACH, INTEGER_REACH
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.plugin.registry import builtin_registry

FINEST = "0." + "0" * (FRACTION_REACH - 1) + "7"
LARGEST = "9" * (INTEGER_REACH - 1) + "." + "3" * FRACTION_REACH
TIERS = [{"up_to": FINEST}, {"up_to": "7"}, {}]
PARAMS: dict[str, dict[str, Any]] = {
    "per_unit": {"unit_amount": FINEST},
    "tiered": {"tiers": [{**tier, "unit_amount": LARGEST, "flat_amount": FINEST} for tier in TIERS]},
    "volume": {"tiers": [{**tier, "unit_amount": FINEST, "flat_amount": LARGEST} for tier in TIERS]},
    "package": {"package_size": "0.7", "package_amount": FINEST},
    "percentage": {"rate_percent": FINEST, "fixed_amount_per_event": FINEST, "free_amount": "0.3"},
    "tiered_percentage": {"tiers": [{**tier, "rate_percent": FINEST} for tier in TIERS]},
    "dynamic": {"amount_property": "amount", "multiplier": FINEST, "amount_unit": "minor"},
}
MODELS = builtin_registry().pricing_models


def test_every_model_of_ours_is_tried() -> None:
    assert set(PARAMS) == set(MODELS)


@pytest.mark.parametrize("units", ["0", FINEST, "3", "123456.789", LARGEST])
@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_steps_are_exact_and_within_reach(model: PricingModel, units: str) -> None:
    agreed = terms(Price(model=model.name, params=PARAMS[model.name]), model, "USD")
    amount = Decimal(units)
    with exact_arithmetic():
        steps = model.price(amount, agreed.params, [PricedEvent(amount)])
    assert steps
    for step in steps:
        assert type(step.amount) is Decimal
        assert step.amount.is_finite()
        assert step.amount.adjusted() < 90
        assert int(step.amount.as_tuple().exponent) >= -100
