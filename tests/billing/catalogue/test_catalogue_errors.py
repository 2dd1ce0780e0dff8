"""What a catalogue file cannot say: each error names the file, the table and the key, and how to mend it."""

import pytest

from usagebill_tui.billing.catalogue import read_catalogue, resolve
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.registry import builtin_registry

METRIC = '[[metric]]\ncode = "m"\naggregation = "sum"\nproperty = "n"\n'
PRODUCT = '[[product]]\ncode = "p"\nmetric = "m"\nprice = { model = "per_unit", unit_amount = "1" }\n'
FEE = '[[product]]\ncode = "f"\nfee = "recurring"\n'
PLAN = '[[plan]]\ncode = "pro"\ncurrency = "USD"\nproducts = ["p"]\n'
CUSTOMER = '[[customer]]\nid = "acme"\n'
SUBSCRIPTION = '[[customer.subscription]]\nplan = "pro"\nstart = 2026-01-01\n'
ALL = METRIC + PRODUCT + PLAN + CUSTOMER + SUBSCRIPTION


def failure(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        resolve(read_catalogue(text, "c.toml", builtin_registry()), Catalogue())
    return str(caught.value)


def tiers(*written: str) -> str:
    return PRODUCT.replace(
        '{ model = "per_unit", unit_amount = "1" }', f'{{ model = "tiered", tiers = [{", ".join(written)}] }}'
    )


def priced(price: str) -> str:
    return PRODUCT.replace('{ model = "per_unit", unit_amount = "1" }', price)


def by(entries: str) -> str:
    return priced(f'{{ unit_amount = "1", by = [{entries}] }}')


IN_EU = '{ unit_amount = "2", when = { region = "eu" } }'


def test_complete_file_is_fine() -> None:
    resolve(read_catalogue(ALL, "c.toml", builtin_registry()), Catalogue())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a = 1\nb = "x\n', "c.toml, line 2"),
        ("a = 1\nb = \n", "c.toml, line 2"),
        ("[[metric]]\n[metric]\n", "c.toml, line 2"),
        ("a = [1,\n2\n", "c.toml, line 2"),
        ("", ""),
    ],
)
def test_syntax_errors_name_the_line(text: str, line: str) -> None:
    if not text:
        assert read_catalogue(text, "c.toml", builtin_registry()).metrics == ()
        return
    assert failure(text).startswith(f"{line}: ")


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000])
def test_monstrous_files_are_refused(text: str) -> None:
    assert failure(text).startswith("c.toml: ")


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ('metrics = "x"', "c.toml, metrics", "unknown key or table 'metrics'; did you mean 'metric'?"),
        ('[metric]\ncode = "m"', "c.toml, metric", "write [[metric]]"),
        ('currency = "USB"', "c.toml, currency", "unknown currency 'USB'"),
        ('timezone = "Europe/Berln"', "c.toml, timezone", "did you mean 'Europe/Berlin'?"),
        (METRIC + "agregation = 1", 'c.toml, [[metric]] "m", agregation', "did you mean 'aggregation'?"),
        ('[[metric]]\naggregation = "count"', "c.toml, [[metric]] number 1, code", "'code' is missing"),
        ('[[metric]]\ncode = "m"', 'c.toml, [[metric]] "m", aggregation', "'aggregation' is missing"),
        (METRIC.replace('"sum"', '"summ"'), '[[metric]] "m", aggregation', "did you mean 'sum'?"),
        (METRIC.replace('"m"', "1"), "[[metric]] number 1, code", "1 is not a text; put it in quotes"),
        (METRIC.replace('"m"', '" m"'), '[[metric]] " m", code', "spaces around it"),
        (METRIC.replace('property = "n"', ""), '[[metric]] "m", property', "'sum' needs a property"),
        (METRIC.replace('"sum"', '"count"'), '[[metric]] "m", property', "'count' reads no property"),
        (METRIC.replace('"n"', '"a..b"'), '[[metric]] "m", property', "not the path of a property"),
        (METRIC + 'group_by = "x"', '[[metric]] "m", group_by', "is not a list"),
        (METRIC + 'group_by = ["x", ""]', '[[metric]] "m", group_by[1]', "not the path of a property"),
        (METRIC + 'group_by = ["x", "x"]', '[[metric]] "m", group_by[1]', "given twice"),
        (
            METRIC + 'filters = [{ property = "r", op = "equals", value = 1 }]',
            '[[metric]] "m", filters[0].op',
            "unknown operator 'equals'",
        ),
        (
            METRIC + 'filters = [{ property = "r", op = "in", value = "us" }]',
            '[[metric]] "m", filters[0].value',
            "needs a list of values",
        ),
        (
            METRIC + 'filters = [{ property = "r", op = "eq", value = ["us"] }]',
            '[[metric]] "m", filters[0].value',
            "use in or not_in",
        ),
        (METRIC + 'filters = [{ property = "r" }]', '[[metric]] "m", filters[0].value', "is missing"),
        (METRIC + "filters = [{ value = 1 }]", '[[metric]] "m", filters[0].property', "is missing"),
        (
            METRIC + 'filters = [{ property = "r", op = "exists", value = "yes" }]',
            '[[metric]] "m", filters[0].value',
            "true or false",
        ),
        (
            METRIC + 'filters = [{ property = "r", op = "gt", value = true }]',
            '[[metric]] "m", filters[0].value',
            "have no order",
        ),
        (
            METRIC + 'filters = [{ property = "r", op = "contains", value = 5 }]',
            '[[metric]] "m", filters[0].value',
            "looks for a text",
        ),
        (
            METRIC + 'filters = [{ property = "r", value = inf }]',
            '[[metric]] "m", filters[0].value',
            "is not a number",
        ),
        (METRIC + 'filters = [{ property = "", value = 1 }]', "filters[0].property", "not the path"),
        (METRIC + "exclude = [{}]", '[[metric]] "m", exclude[0]', "is empty"),
        (METRIC + "exclude = [{ r = [] }]", '[[metric]] "m", exclude[0].r', "is an empty list"),
        (
            METRIC + 'exclude = [{ "a..b" = 1 }]',
            '[[metric]] "m", exclude[0]."a..b"',
            "not the path of a property",
        ),
        (
            METRIC + 'rounding = { mode = "up" }',
            '[[metric]] "m", rounding.mode',
            "unknown rounding mode 'up'",
        ),
        (METRIC + "rounding = { digits = 99 }", '[[metric]] "m", rounding.digits', "use -20 to 18"),
        (METRIC + "rounding = { digits = 1.5 }", '[[metric]] "m", rounding.digits', "not a whole number"),
        (METRIC.replace("sum", "max") + "recurring = true", '[[metric]] "m", recurring', "carries no state"),
        (METRIC + 'recurring = "no"', '[[metric]] "m", recurring', "write true or false"),
        (METRIC + "params = { percentile = 95 }", '[[metric]] "m", params.percentile', "unknown"),
        (METRIC + METRIC, '[[metric]] "m", code', "defined twice"),
        (PRODUCT, '[[product]] "p", metric', "unknown metric 'm'"),
        (
            METRIC.replace('"m"', '"tokens"') + PRODUCT.replace('"m"', '"token"'),
            '[[product]] "p", metric',
            "did you mean 'tokens'?",
        ),
        (PRODUCT.replace('metric = "m"\n', ""), '[[product]] "p", metric', "needs a metric"),
        (FEE + 'price = { unit_amount = "1" }\nmetric = "m"', '[[product]] "f", metric', "has no metric"),
        (FEE.replace("recurring", "monthly"), '[[product]] "f", fee', "unknown fee type 'monthly'"),
        (FEE, '[[product]] "f", price', "'price' is missing"),
        (FEE + "price = {}", '[[product]] "f", price.unit_amount', "missing"),
        (FEE + 'price = { model = "volume", tiers = [{}] }', '[[product]] "f", price.model', "a fee is not"),
        (FEE + "price = { unit_amount = 1, quantity = -1 }", "price.quantity", "is negative"),
        (FEE + "price = { unit_amount = 1, free_units = 1 }", "price.free_units", "takes no 'free_units'"),
        (FEE + 'interval = "yearly"\nprice = { unit_amount = 1 }', '"f", interval', "'year'"),
        (PRODUCT + 'timing = "advance"', '[[product]] "p", timing', "always billed in arrears"),
        (PRODUCT + 'timing = "late"', '[[product]] "p", timing', "unknown timing 'late'"),
        (priced('"1"'), '[[product]] "p", price', "is not a table"),
        (priced("{ tiers = [{}] }"), '[[product]] "p", price.model', "'model' is missing"),
        (priced('{ model = "teired" }'), '[[product]] "p", price.model', "did you mean 'tiered'?"),
        (priced('{ unit_amount = "1", quantity = 2 }'), '[[product]] "p", price.quantity', "unknown key"),
        (priced('{ unit_amount = "1,5" }'), '[[product]] "p", price.unit_amount', "is not a number"),
        (priced("{ unit_amount = nan }"), '[[product]] "p", price.unit_amount', "is not a number"),
        (priced("{ unit_amount = 1e999999 }"), '[[product]] "p", price.unit_amount', "too large"),
        (priced("{ unit_amonut = 1 }"), '[[product]] "p", price.model', "add model"),
        (priced('{ unit_amount = "1", discount_percent = 101 }'), "price.discount_percent", "above 100"),
        (by("{}"), '[[product]] "p", price.by[0].model', "the key 'model' is missing"),
        (by('{ unit_amount = "1" }'), '[[product]] "p", price.by[0].when', "for which usage the price is"),
        (by('{ unit_amount = "1", when = {} }'), "price.by[0].when", "for which usage the price is"),
        (by('{ unit_amount = "1", when = { r = [] } }'), "price.by[0].when.r", "a list of values"),
        (by('{ unit_amount = "1", when = { a = 1.5e-99 } }'), "price.by[0].when.a", "too fine"),
        (by('{ unit_amount = "1", when = { r = { s = 1 } } }'), "price.by[0].when.r", "a list of values"),
        (by('{ unit_amount = "-1", when = { r = "x" } }'), "price.by[0].unit_amount", "must not be below 0"),
        (by('{ unit_amont = "1", model = "per_unit", when = { r = "x" } }'), "by[0].unit_amont", "unit"),
        (by('{ model = "lunar", when = { r = "x" } }'), "price.by[0].model", "unknown pricing model"),
        (by('{ unit_amount = "1", when = { r = "x" }, by = [] }'), "price.by[0].by", "of its own"),
        (by('{ unit_amount = "1", when = { r = "x" }, group_by = [] }'), "by[0].group_by", "of its own"),
        (by(f"{IN_EU}, {IN_EU}"), "price.by[1].when", "by[0] is for all that this is for"),
        (by(", ".join(f'{{ unit_amount = 1, when = {{ r = "{n}" }} }}' for n in range(201))), "by", "201"),
        (priced('{ unit_amount = "1", by = "x" }'), "price.by", "must be a list of prices"),
        (priced('{ unit_amount = "1", group_by = "m" }'), "price.group_by", "must be a list of properties"),
        (priced('{ unit_amount = "1", group_by = ["m", "m"] }'), "price.group_by[1]", "given twice"),
        (priced('{ unit_amount = "1", group_by = ["m."] }'), "price.group_by[0]", "not the path"),
        (FEE + 'price = { unit_amount = 1, group_by = ["m"] }', "price.group_by", "a fee takes no"),
        (FEE + f"price = {{ unit_amount = 1, by = [{IN_EU}] }}", "price.by", "a fee takes no"),
        (tiers("{ up_to = 5 }", "{ up_to = 3 }", "{}"), '[[product]] "p", price.tiers[1].up_to', "tier 2"),
        (tiers("{ up_to = 5, unit_amont = 1 }", "{}"), "price.tiers[0].unit_amont", "did you mean"),
        (tiers("{}", "{}"), '[[product]] "p", price.tiers[0].up_to', "only the last tier is open"),
        (PRODUCT + PRODUCT, '[[product]] "p", code', "defined twice"),
        (PLAN, '[[plan]] "pro", products[0]', "unknown product 'p'"),
        (PLAN.replace('currency = "USD"\n', ""), '[[plan]] "pro", currency', "'currency' is missing"),
        (PLAN.replace("USD", "usd"), '[[plan]] "pro", currency', "did you mean 'USD'?"),
        (PLAN.replace('"pro"', '"pro@1"'), '[[plan]] "pro@1", code', "stands before a version"),
        (PLAN.replace('["p"]', '["p", "p"]'), '[[plan]] "pro", products[1]', "given twice"),
        (PLAN + 'interval = "monthly"', '[[plan]] "pro", interval', "did you mean 'month'?"),
        (PLAN + 'billing = "calender"', '[[plan]] "pro", billing', "did you mean 'calendar'?"),
        (PLAN + "trial_days = -1", '[[plan]] "pro", trial_days', "out of reach"),
        (PLAN + "payment_terms_days = -1", '[[plan]] "pro", payment_terms_days', "out of reach"),
        (PLAN + 'minimum_spend = "-1"', '[[plan]] "pro", minimum_spend', "is negative"),
        (PLAN + "minimum_spend = 2\nmaximum_spend = 1", '[[plan]] "pro", minimum_spend', "over the maximum"),
        (PLAN + "maximum_spend = -inf", '[[plan]] "pro", maximum_spend', "is not a number"),
        (PLAN + "discount = { percent = 101 }", '[[plan]] "pro", discount.percent', "use 0 to 100"),
        (PLAN + "discount = { percent = 1, amount = 1 }", '[[plan]] "pro", discount', "one of the two"),
        (PLAN + "discount = { months = 1 }", '[[plan]] "pro", discount', "one of the two"),
        (PLAN + "discount = { amount = -1 }", '[[plan]] "pro", discount.amount', "is negative"),
        (PLAN + "discount = { amount = 1, months = 0 }", '[[plan]] "pro", discount.months', "out of reach"),
        (PLAN + "version = 0", '[[plan]] "pro", version', "out of reach"),
        (PLAN + PLAN, '[[plan]] "pro", code', "defined twice"),
        (CUSTOMER + 'tax_percent = "100.01"', '[[customer]] "acme", tax_percent', "use 0 to 100"),
        (CUSTOMER + "tax_percent = 1.0000000000000000001", "tax_percent", "too many digits"),
        (CUSTOMER + 'timezone = "UTCC"', '[[customer]] "acme", timezone', "unknown time zone"),
        (CUSTOMER + 'currency = "EU"', '[[customer]] "acme", currency', "unknown currency 'EU'"),
        (CUSTOMER + 'email = "acme"', '[[customer]] "acme", email', "is not an address"),
        (CUSTOMER + 'name = "a\\u0000"', '[[customer]] "acme", name', "control characters"),
        (CUSTOMER + 'aliases = ["acme"]', '[[customer]] "acme", aliases[0]', "is the id itself"),
        (CUSTOMER + 'aliases = ["a", "a"]', '[[customer]] "acme", aliases[1]', "given twice"),
        (CUSTOMER + CUSTOMER, '[[customer]] "acme", id', "defined twice"),
        (CUSTOMER + '[[customer]]\nid = "b"\naliases = ["acme"]', '[[customer]] "b", aliases', "'acme'"),
        (CUSTOMER + 'aliases = ["b"]\n[[customer]]\nid = "b"', '[[customer]] "b", id', "already names"),
        (CUSTOMER + "[customer.subscription]", '[[customer]] "acme", subscription', "write [[customer"),
        (ALL.replace('plan = "pro"', 'plan = "por"'), "[[customer.subscription]] number 1, plan", "'pro'"),
        (ALL.replace('plan = "pro"', 'plan = "pro@2"'), "number 1, plan", "'pro@2'; known: pro@1"),
        (ALL.replace('plan = "pro"', 'plan = "pro@x"'), "number 1, plan", "write it like pro@1"),
        (ALL.replace("2026-01-01", '"soon"'), "number 1, start", "write it like 2026-10-01"),
        (ALL.replace("2026-01-01", "2026-01-01T00:00:00"), "number 1, start", "is not a date"),
        (ALL + "end = 2026-01-01", "number 1, end", "not after the start"),
        (ALL + "prices.q = { unit_amount = 1 }", "number 1, prices.q", "pro@1 sells no product 'q'"),
        (ALL + "prices.p = { unit_amount = 1, quantity = 2 }", "number 1, prices.p.quantity", "no quantity"),
        (ALL + "prices.p = { by = [] }", "number 1, prices.p.model", "the key 'model' is missing"),
        (ALL + SUBSCRIPTION, "[[customer.subscription]] number 2, id", "defined twice"),
        (
            ALL + SUBSCRIPTION + 'id = "b"\naliases = ["acme-pro"]',
            '"b", aliases',
            "the subscription 'acme-pro'",
        ),
        (
            ALL.replace("[[customer]]", '[[customer]]\ncurrency = "EUR"'),
            "[[customer.subscription]] number 1, plan",
            "pro@1 is in USD, the customer 'acme' pays in EUR",
        ),
    ],
)
def test_error_names_table_key_and_mend(text: str, where: str, what: str) -> None:
    line = failure(text)
    assert line.startswith("c.toml, ")
    assert f"{where}: " in line
    assert what in line.partition(f"{where}: ")[2]


def test_first_error_in_the_file_is_told() -> None:
    wrong_metric = METRIC.replace('"sum"', '"x"')
    assert "[[metric]]" in failure(wrong_metric + PRODUCT.replace("unit_amount", "x"))


def test_currency_and_timezone_of_the_file_are_defaults() -> None:
    text = f'currency = "JPY"\ntimezone = "Asia/Tokyo"\n{ALL.replace("currency", "# currency")}'
    catalogue = resolve(read_catalogue(text, "c.toml", builtin_registry()), Catalogue())
    assert catalogue.plans["pro"].currency == "JPY"
    assert catalogue.customers["acme"].currency == "JPY"
    assert catalogue.customers["acme"].timezone == "Asia/Tokyo"


def test_references_may_be_to_what_is_stored() -> None:
    stored = resolve(read_catalogue(ALL, "c.toml", builtin_registry()), Catalogue())
    plan = PLAN.replace('"pro"', '"max"')
    text = plan + CUSTOMER.replace("acme", "b") + SUBSCRIPTION.replace("pro", "max")
    catalogue = resolve(read_catalogue(text, "d.toml", builtin_registry()), stored)
    assert catalogue.subscriptions["b-max"].plan_label == "max@1"
    assert catalogue.subscriptions["acme-pro"] == stored.subscriptions["acme-pro"]


def test_name_taken_in_the_store_is_refused() -> None:
    stored = resolve(read_catalogue(ALL, "c.toml", builtin_registry()), Catalogue())
    file = read_catalogue('[[customer]]\nid = "a"\naliases = ["acme"]', "d.toml", builtin_registry())
    with pytest.raises(InvalidInput, match=r'd\.toml, \[\[customer\]\] "a", aliases: .acme. already names'):
        resolve(file, stored)


def test_customer_keeps_the_currency_of_its_plans() -> None:
    stored = resolve(read_catalogue(ALL, "c.toml", builtin_registry()), Catalogue())
    file = read_catalogue(CUSTOMER + 'currency = "EUR"', "d.toml", builtin_registry())
    with pytest.raises(InvalidInput, match=r'\[\[customer\]\] "acme", currency: pro@1 is in USD'):
        resolve(file, stored)


def test_subscription_stays_with_its_customer() -> None:
    stored = resolve(read_catalogue(ALL, "c.toml", builtin_registry()), Catalogue())
    text = CUSTOMER.replace("acme", "b") + SUBSCRIPTION + 'id = "acme-pro"'
    with pytest.raises(InvalidInput, match="is a subscription of 'acme'"):
        resolve(read_catalogue(text, "d.toml", builtin_registry()), stored)
