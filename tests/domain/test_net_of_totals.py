"""What a simulation counts of a period is what its invoice says before tax."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.domain.invoice import Line, Span
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.totals import Agreement, net_of, totalled
from usagebill_tui.domain.zones import from_micros

WHEN = Span(from_micros(0), from_micros(1))
MONEY = st.decimals(-200, 200, places=2)
LIMITS = st.one_of(st.none(), st.decimals(0, 200, places=3))


@settings(max_examples=60)
@given(st.lists(MONEY, max_size=4), LIMITS, LIMITS, LIMITS, LIMITS, MONEY)
@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_a_net_amount_is_subtotal_less_discount(
    currency: str,
    amounts: list[Decimal],
    percent: Decimal | None,
    off: Decimal | None,
    least: Decimal | None,
    most: Decimal | None,
    before: Decimal,
) -> None:
    agreed = Agreement(
        currency=currency,
        tax_percent=Decimal(19),
        discount_percent=percent,
        discount_amount=off,
        minimum_spend=least,
        maximum_spend=most,
        billed_before=before,
    )
    lines = [
        Line(kind="fee", product="p", period=WHEN, description="", amount=one, tax_percent=Decimal(19))
        for one in amounts
    ]
    totals = totalled(lines, agreed, WHEN)
    with exact_arithmetic():
        assert net_of(sum(amounts, Decimal(0)), agreed) == totals.subtotal - totals.discount
