"""What lint warns of, and what it leaves alone."""

import pytest

from usagebill_tui.billing.catalogue import Finding, lint, read_catalogue, resolve
from usagebill_tui.billing.catalogue.lint import name_flaw
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.plugin.registry import builtin_registry

CLEAN = """
[[metric]]
code = "calls"
name = "Calls"
aggregation = "count"

[[product]]
code = "api"
name = "API calls"
metric = "calls"
price = { model = "per_unit", unit_amount = 1 }

[[plan]]
code = "pro"
name = "Pro"
currency = "USD"
products = ["api"]
"""
PRICE = '{ model = "per_unit", unit_amount = 1 }'


def findings(text: str) -> list[Finding]:
    file = read_catalogue(text, "c.toml", builtin_registry())
    return lint(resolve(file, Catalogue()), builtin_registry(), file)


def told(text: str) -> list[str]:
    return [f"{finding.where}: {finding.what}" for finding in findings(text)]


def volume(*tiers: str, more: str = "") -> str:
    return CLEAN.replace(PRICE, f'{{ model = "volume", tiers = [{", ".join(tiers)}]{more} }}')


def by(*entries: str) -> str:
    return CLEAN.replace(PRICE, f'{{ model = "per_unit", unit_amount = 1, by = [{", ".join(entries)}] }}')


def entry(when: str, price: str = "unit_amount = 1") -> str:
    return f"{{ when = {{ {when} }}, {price} }}"


@pytest.mark.parametrize(
    ("entries", "ambiguous"),
    [
        ([entry('a = "x"'), entry('a = "y"')], False),
        ([entry('a = "x"'), entry('a = ["y", "x"]')], True),
        ([entry('a = "x"'), entry('b = "x"')], True),
        ([entry('a = "x"'), entry('a = "x", b = "x"')], False),
        ([entry('a = "x", b = "x"'), entry('a = "x", c = "x"')], True),
        ([entry('a = "x", b = "x"'), entry('a = "y", c = "x"')], False),
        ([entry("a = 1"), entry('a = ["1.0", "z"]')], True),
    ],
)
def test_prices_that_are_as_specific_for_one_event_are_warned_of(entries: list[str], ambiguous: bool) -> None:  # noqa: FBT001 - a column of the table
    where = 'product "api", by[1]: by[0] is as specific and may be for the same event'
    assert told(by(*entries)) == ([f"{where}; the one written first counts"] if ambiguous else [])


def test_flaws_of_a_price_by_property_value_are_found_there() -> None:
    cliff = 'model = "volume", tiers = [{ up_to = 1, unit_amount = 5 }, { unit_amount = 1, up_to = 9 }]'
    bound, fall = told(by(entry("a = 1"), entry("a = 2", cliff)))
    assert bound == (
        'c.toml, [[product]] "api", price.by[1].tiers[1].up_to: the last tier has a bound but is read as open'
    )
    assert fall == 'product "api", by[1]: 1 units cost 5.00, 2 cost 2.00'


def test_a_clean_catalogue_has_no_findings() -> None:
    assert told(CLEAN) == []


@pytest.mark.parametrize(
    ("name", "flaw"),
    [
        ("", "has no name"),
        (" ", "has no name"),
        ("code", "is the code"),
        ("output_tokens", "written like a code"),
        ("ab", "very short"),
        ("OUTPUT TOKENS", "all capitals"),
        ("Output tokens", None),
        ("API", None),
        ("snake_case tokens", None),
    ],
)
def test_names_that_customers_would_not_understand(name: str, flaw: str | None) -> None:
    found = name_flaw(name, "code")
    assert found is None if flaw is None else found is not None and flaw in found


def test_names_of_metrics_products_and_plans_are_looked_at() -> None:
    lines = told(CLEAN.replace("name", "# name"))
    assert lines == ['metric "calls": has no name', 'product "api": has no name', 'plan "pro": has no name']


def test_a_cliff_says_its_figures() -> None:
    text = volume(
        "{ up_to = 10, unit_amount = 15 }", '{ unit_amount = "6.5454545454545454", flat_amount = 0 }'
    )
    assert told(text) == ['product "api": 10 units cost 150.00, 11 cost 71.9999999999999994']
    assert (
        "10 units cost 150.00, 11 cost 66.00"
        in told(volume("{ up_to = 10, unit_amount = 15 }", "{ unit_amount = 6 }"))[0]
    )


def test_a_cliff_is_looked_for_at_every_bound_and_after_free_units() -> None:
    text = volume(
        "{ up_to = 1.5, unit_amount = 4 }",
        "{ up_to = 1.55, unit_amount = 3 }",
        "{ up_to = 3, unit_amount = 9 }",
        "{ unit_amount = 1 }",
        more=", free_units = 100",
    )
    assert told(text) == [
        'product "api": 101.5 units cost 6.00, 101.51 cost 4.53',
        'product "api": 103 units cost 27.00, 104 cost 4.00',
    ]


def test_no_cliff_where_the_bill_rises() -> None:
    assert told(volume("{ up_to = 10, unit_amount = 15 }", "{ unit_amount = 14 }")) == []
    assert told(volume("{ up_to = 10, unit_amount = 15 }", "{ flat_amount = 200 }")) == []
    assert told(volume("{ unit_amount = 15 }")) == []
    assert told(volume("{ up_to = 10, unit_amount = 11 }", "{ unit_amount = 10 }")) == []


def test_a_cliff_in_an_override_is_found() -> None:
    text = CLEAN + (
        '[[customer]]\nid = "acme"\n[[customer.subscription]]\nplan = "pro"\nstart = 2026-01-01\n'
        'prices.api = { model = "volume", tiers = [{ up_to = 5, unit_amount = 2 }, { unit_amount = 1 }] }\n'
    )
    assert told(text) == ['subscription "acme-pro", price of "api": 5 units cost 10.00, 6 cost 6.00']


def test_a_bound_on_the_last_tier_is_read_as_open_and_told() -> None:
    text = CLEAN.replace(PRICE, '{ model = "tiered", tiers = [{ up_to = 5, unit_amount = 1 }] }')
    assert told(text) == [
        'c.toml, [[product]] "api", price.tiers[0].up_to: the last tier has a bound but is read as open'
    ]
    file = read_catalogue(text, "c.toml", builtin_registry())
    assert file.products[0].value.price.params == {"tiers": [{"unit_amount": "1"}]}


def test_what_nobody_sells_is_told() -> None:
    text = CLEAN + (
        '[[metric]]\ncode = "disk"\nname = "Disk"\naggregation = "count"\n'
        '[[product]]\ncode = "fee"\nname = "Set-up fee"\nfee = "one_time"\nprice = { unit_amount = 1 }\n'
        '[[plan]]\ncode = "free"\nname = "Free"\ncurrency = "USD"\n'
    )
    assert told(text) == [
        'metric "disk": no product sells it',
        'product "fee": it is in no plan',
        'plan "free": it has no products',
    ]


def test_a_one_time_fee_in_a_trial_and_months_that_cut_a_period_are_told() -> None:
    setup = (
        '[[product]]\ncode = "setup"\nname = "Set-up fee"\nfee = "one_time"\nprice = { unit_amount = 1 }\n'
    )
    plan = CLEAN.replace('["api"]', '["api", "setup"]') + "interval = 'year'\n"
    odd = plan + "trial_days = 7\ndiscount = { percent = 10, months = 3 }\n"
    assert told(odd + setup) == [
        "plan \"pro\": one-time fee 'setup' is never charged: it is of the first day, a day of the trial",
        'plan "pro": its discount for 3 months holds for the whole of each period they reach into',
    ]
    assert told(plan + "discount = { percent = 10, months = 24 }\n" + setup) == []
    assert told(plan.replace("year", "week") + "discount = { percent = 10, months = 1 }\n" + setup) == []


def test_mixed_currencies_are_told() -> None:
    text = CLEAN + '[[customer]]\nid = "a"\n[[customer]]\nid = "b"\ncurrency = "EUR"\n'
    assert told(text) == ["customers: they are in several currencies: EUR, USD"]
