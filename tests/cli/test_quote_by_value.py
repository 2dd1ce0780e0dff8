"""Quotes of prices that differ by a property's value."""

import json

import pytest

from tests.cli.conftest import Command

PRICE = json.dumps(
    {
        "model": "per_unit",
        "unit_amount": "1",
        "by": [
            {"when": {"region": ["eu", "uk"]}, "model": "per_unit", "unit_amount": "2"},
            {
                "when": {"region": "eu", "size": 2},
                "model": "package",
                "package_size": 10,
                "package_amount": 5,
            },
        ],
    }
)


@pytest.mark.parametrize(
    ("groups", "model", "amount", "when"),
    [
        ([], "per_unit", "7", None),
        (["region=us"], "per_unit", "7", None),
        (["region=uk"], "per_unit", "14", {"region": "eu, uk"}),
        (["region=eu", "size=2.0"], "package", "5", {"region": "eu", "size": "2"}),
        (["region=eu", "size=3"], "per_unit", "14", {"region": "eu, uk"}),
    ],
)
def test_the_price_of_usage_with_these_properties_is_quoted(
    usagebill: Command, groups: list[str], model: str, amount: str, when: dict[str, str] | None
) -> None:
    chosen = [part for group in groups for part in ("--group", group)]
    told = json.loads(usagebill("quote", "--price", PRICE, "--units", "7", *chosen).out)
    assert (told["model"], told["amount"], told["when"]) == (model, amount, when)


def test_a_group_needs_a_property_and_a_value(usagebill: Command) -> None:
    refused = usagebill("quote", "--price", PRICE, "--units", "7", "--group", "eu")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "region=eu" in refused.err


def test_a_quote_of_a_plain_price_is_as_it_was(usagebill: Command) -> None:
    told = json.loads(usagebill("quote", "--price", '{"unit_amount": "1"}', "--units", "7").out)
    assert list(told) == ["model", "units", "amount", "rounded", "steps", "warnings"]
