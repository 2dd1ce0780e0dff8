"""Fees: unit amount × quantity, exactly."""

from decimal import Decimal

import pytest

from usagebill_tui.billing.catalogue import fee_terms, read_catalogue
from usagebill_tui.domain.price import Price
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.registry import builtin_registry


def price(text: str) -> Price:
    table = f'[[product]]\ncode = "f"\nfee = "recurring"\nprice = {text}\n'
    return read_catalogue(table, "c.toml", builtin_registry()).products[0].value.price


def test_quantity_is_one_unless_said() -> None:
    assert fee_terms(price("{ unit_amount = 49.90 }")) == (Decimal("49.90"), Decimal(1))
    assert price("{ unit_amount = 1, quantity = 1.0 }") == price('{ unit_amount = "1" }')


def test_quantity_is_kept_exactly() -> None:
    terms = fee_terms(price('{ unit_amount = "0.1", quantity = "0.123456789012345678" }'))
    assert terms.amount == Decimal("0.0123456789012345678")


def test_a_fee_of_none_is_free() -> None:
    assert fee_terms(price("{ unit_amount = 5, quantity = 0 }")).amount == 0


def test_a_price_without_amount_has_no_terms() -> None:
    with pytest.raises(InvalidInput, match="unit_amount"):
        fee_terms(Price(model="tiered"))
