"""Discount, maximum, minimum and tax: their order, their rounding, and that all of it adds up."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.invoice import Line, Span
from usagebill_tui.domain.pricing.protocol import Step
from usagebill_tui.domain.totals import Agreement, Totals, totalled

OCTOBER = Span(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
D = Decimal


def line(amount: str | Decimal) -> Line:
    exact = D(amount)
    return Line(
        kind="usage",
        product="calls",
        period=OCTOBER,
        description="Calls",
        amount=exact,
        tax_percent=D(0),
        steps=(Step(description="calls", amount=exact),),
    )


def totals(
    *amounts: str, currency: str = "USD", tax_percent: str = "0", **agreed: str
) -> tuple[str, str, str, str, list[tuple[str, str]]]:
    """Return subtotal, discount, tax, total and the lines that were added, as text."""
    exact: dict[str, Any] = {name: D(value) for name, value in agreed.items()}
    terms = Agreement(currency=currency, tax_percent=D(tax_percent), **exact)
    made = totalled([line(amount) for amount in amounts], terms, OCTOBER)
    added = [(str(each.kind), str(each.amount)) for each in made.lines[len(amounts) :]]
    return str(made.subtotal), str(made.discount), str(made.tax), str(made.total), added


def test_without_terms_the_total_is_the_sum_of_the_lines() -> None:
    assert totals("10.00", "2.35") == ("12.35", "0.00", "0.00", "12.35", [])


def test_nothing_comes_to_nothing_with_all_digits() -> None:
    assert totals() == ("0.00", "0.00", "0.00", "0.00", [])


def test_a_discount_in_percent_is_rounded_once() -> None:
    assert totals("0.05", "0.05", "0.05", discount_percent="10")[1] == "0.02"


def test_a_discount_in_money_stops_at_nothing() -> None:
    assert totals("7.00", discount_amount="10")[:4] == ("7.00", "7.00", "0.00", "0.00")


def test_a_discount_does_not_grow_a_credit() -> None:
    assert totals("-7.00", discount_amount="10")[:2] == ("-7.00", "0.00")
    assert totals("-7.00", discount_percent="10")[:2] == ("-7.00", "0.00")


def test_a_discount_in_money_holds_for_the_period_as_a_whole() -> None:
    assert totals("9.00", discount_amount="10", discounted_before="4")[1] == "6.00"
    assert totals("9.00", discount_amount="10", discounted_before="10")[1] == "0.00"


def test_the_maximum_counts_what_is_left_after_the_discount() -> None:
    assert totals("110.00", discount_percent="10", maximum_spend="100")[4] == []
    assert totals("120.00", discount_percent="10", maximum_spend="100") == (
        "112.00", "12.00", "0.00", "100.00", [("maximum", "-8.00")],
    )  # fmt: skip


def test_the_minimum_counts_what_is_left_after_the_discount() -> None:
    assert totals("110.00", discount_percent="10", minimum_spend="100") == (
        "111.00", "11.00", "0.00", "100.00", [("minimum", "1.00")],
    )  # fmt: skip


def test_the_minimum_comes_after_the_maximum() -> None:
    assert totals("50.00", minimum_spend="60", maximum_spend="60")[4] == [("minimum", "10.00")]
    assert totals("70.00", minimum_spend="60", maximum_spend="60")[4] == [("maximum", "-10.00")]
    assert totals("60.00", minimum_spend="60", maximum_spend="60")[4] == []


def test_limits_count_what_the_period_was_billed_before() -> None:
    assert totals("30.00", minimum_spend="100", billed_before="49")[4] == [("minimum", "21.00")]
    assert totals("70.00", maximum_spend="100", billed_before="49")[4] == [("maximum", "-19.00")]
    assert totals("0.00", maximum_spend="100", billed_before="149")[3] == "-49.00"


def test_tax_is_on_what_is_left_and_is_rounded_once() -> None:
    assert totals("0.10", "0.10", "0.10", tax_percent="8.25")[2] == "0.02"
    assert totals("100.00", tax_percent="8.25", discount_percent="50", minimum_spend="60") == (
        "110.00", "50.00", "4.95", "64.95", [("minimum", "10.00")],
    )  # fmt: skip
    assert totals("-10.00", tax_percent="8.25")[2:4] == ("-0.83", "-10.83")


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [
        ("JPY", "105", ("105", "16", "9", "98")),
        ("USD", "1.05", ("1.05", "0.16", "0.09", "0.98")),
        ("KWD", "0.105", ("0.105", "0.016", "0.009", "0.098")),
    ],
)
def test_each_currency_has_its_own_digits(
    currency: str, amount: str, expected: tuple[str, str, str, str]
) -> None:
    made = totals(amount, currency=currency, tax_percent="10", discount_percent="15")
    assert made[:4] == expected


def test_a_limit_finer_than_the_minor_unit_is_rounded() -> None:
    assert totals("10.00", minimum_spend="33.333333")[3] == "33.33"


def test_the_line_of_a_limit_says_how_it_came_about() -> None:
    terms = Agreement(currency="USD", tax_percent=D("8.25"), minimum_spend=D(100), billed_before=D("49.00"))
    added = totalled([line("30.00")], terms, OCTOBER).lines[-1]
    assert [(step.description, str(step.amount)) for step in added.steps] == [
        ("minimum spend of the plan", "100"),
        ("charges of the period, less discounts: 79", "-79"),
    ]
    assert (added.product, added.tax_percent, added.period) == (None, D("8.25"), OCTOBER)


percents = st.decimals(0, 100, places=2)
currencies = st.sampled_from(["USD", "JPY", "KWD"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Line], Agreement]:
    currency = draw(currencies)
    places = minor_digits(currency)
    money = st.decimals(-10_000, 10_000, places=places)
    spend = st.none() | st.decimals(0, 10_000, places=4)
    percent = draw(st.none() | percents)
    agreement = Agreement(
        currency=currency,
        tax_percent=draw(percents),
        discount_percent=percent,
        discount_amount=None if percent is not None else draw(spend),
        minimum_spend=draw(spend),
        maximum_spend=draw(spend),
        billed_before=draw(money),
        discounted_before=draw(st.decimals(0, 100, places=places)),
    )
    return [line(amount) for amount in draw(st.lists(money, max_size=6))], agreement


@given(cases())
def test_everything_adds_up_and_the_limits_hold(case: tuple[list[Line], Agreement]) -> None:
    lines, agreement = case
    made: Totals = totalled(lines, agreement, OCTOBER)
    digits = D(1).scaleb(-minor_digits(agreement.currency))
    assert list(made.lines[: len(lines)]) == lines
    assert made.subtotal == sum((each.amount for each in made.lines), D(0))
    assert made.total == made.subtotal - made.discount + made.tax
    net = made.subtotal - made.discount
    assert made.tax == (net * agreement.tax_percent / 100).quantize(digits, ROUND_HALF_UP)
    for value in (made.subtotal, made.discount, made.tax, made.total):
        assert value.as_tuple().exponent == digits.as_tuple().exponent
    for each in made.lines:
        assert each.amount == sum((step.amount for step in each.steps), D(0))
    spent = net + agreement.billed_before
    added = [each.kind for each in made.lines[len(lines) :]]
    assert len(added) <= 1
    if agreement.maximum_spend is not None and (agreement.minimum_spend or 0) <= agreement.maximum_spend:
        assert spent <= agreement.maximum_spend.quantize(digits, ROUND_HALF_UP)
    if agreement.minimum_spend is not None and added != ["maximum"]:
        assert spent >= agreement.minimum_spend.quantize(digits, ROUND_HALF_UP)
