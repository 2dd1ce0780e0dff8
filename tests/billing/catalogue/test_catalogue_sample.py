"""The sample of the documented file format: it reads, means what it says and comes back the same."""

from datetime import date
from decimal import Decimal

from usagebill_tui.billing.catalogue import lint, read_catalogue, resolve, write_catalogue
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Filter, Metric, Rounding
from usagebill_tui.domain.plan import Discount, Plan
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.product import Product
from usagebill_tui.plugin.registry import builtin_registry

SAMPLE = """
currency = "USD"
timezone = "UTC"

[[metric]]
code = "llm_output_tokens"
name = "Output tokens"
event = "llm_request"                # default: the code
aggregation = "sum"
property = "GeneratedTokens"
unit = "token"
group_by = ["model"]
filters = [{ property = "region", op = "in", value = ["us", "eu"] }]
exclude = [{ region = ["eu", "uk"], tier = "free" }]
rounding = { mode = "ceil", digits = 0 }
recurring = false
params = {}                          # e.g. { percentile = 99 }, { operation_property = "operation_type" }

[[product]]
code = "output"
name = "Output tokens"
fee = "metered"                      # metered | recurring | one_time
metric = "llm_output_tokens"
price = { model = "tiered", tiers = [ { up_to = 1000000, unit_amount = "0" }, { unit_amount = "0.000015" } ] }

[[product]]
code = "platform"
name = "Platform fee"
fee = "recurring"
timing = "advance"                   # arrears | advance
price = { unit_amount = "49.00" }

[[plan]]                              # each version in use is exported as its own table, `version = 1`
code = "pro"
name = "Pro"
currency = "USD"
interval = "month"
billing = "calendar"                  # calendar | anniversary
payment_terms_days = 30
products = ["output", "platform"]
minimum_spend = "100"
maximum_spend = "5000"
trial_days = 0
discount = { percent = "10", months = 3 }

[[customer]]
id = "acme"
name = "Acme Inc."
aliases = ["cus_9s6XKzkNRiz8i3"]
timezone = "America/New_York"
currency = "USD"
tax_percent = "8.25"

[[customer.subscription]]
id = "acme-pro"
aliases = ["sub_1a2b"]
plan = "pro"                          # or "pro@1"
start = 2023-11-01
prices.output = { model = "per_unit", unit_amount = "0.00001" }   # an override
"""

METRIC = Metric(
    code="llm_output_tokens",
    name="Output tokens",
    event="llm_request",
    aggregation="sum",
    property="GeneratedTokens",
    unit="token",
    group_by=("model",),
    filters=(Filter(property="region", op="in", value=("us", "eu")),),
    exclude=({"region": ("eu", "uk"), "tier": "free"},),
    rounding=Rounding(mode="ceil", digits=0),
)
OUTPUT = Product(
    code="output",
    name="Output tokens",
    metric="llm_output_tokens",
    price=Price(
        model="tiered",
        params={"tiers": [{"up_to": "1000000", "unit_amount": "0"}, {"unit_amount": "0.000015"}]},
    ),
)
PLATFORM = Product(
    code="platform",
    name="Platform fee",
    fee="recurring",
    timing="advance",
    price=Price(model="per_unit", params={"unit_amount": "49"}),
)
PLAN = Plan(
    code="pro",
    name="Pro",
    currency="USD",
    products=("output", "platform"),
    minimum_spend=Decimal(100),
    maximum_spend=Decimal(5000),
    discount=Discount(percent=Decimal(10), months=3),
)


def sample() -> Catalogue:
    return resolve(read_catalogue(SAMPLE, "catalogue.toml", builtin_registry()), Catalogue())


def test_sample_means_what_it_says() -> None:
    catalogue = sample()
    assert catalogue.metrics == {"llm_output_tokens": METRIC}
    assert catalogue.products == {"output": OUTPUT, "platform": PLATFORM}
    assert catalogue.plans == {"pro": PLAN}
    version = catalogue.versions["pro", 1]
    assert (version.plan, version.products, version.metrics) == (PLAN, (OUTPUT, PLATFORM), (METRIC,))
    assert catalogue.customers == {
        "acme": Customer(
            id="acme",
            name="Acme Inc.",
            aliases=("cus_9s6XKzkNRiz8i3",),
            timezone="America/New_York",
            tax_percent=Decimal("8.25"),
        )
    }
    assert catalogue.subscriptions == {
        "acme-pro": Subscription(
            id="acme-pro",
            customer="acme",
            plan="pro",
            version=1,
            start=date(2023, 11, 1),
            aliases=("sub_1a2b",),
            prices={"output": Price(model="per_unit", params={"unit_amount": "0.00001"})},
        )
    }


def test_sample_has_nothing_to_warn_of() -> None:
    file = read_catalogue(SAMPLE, "catalogue.toml", builtin_registry())
    assert lint(sample(), builtin_registry(), file) == []


def test_sample_is_written_as_a_person_would() -> None:
    text = write_catalogue(sample())
    assert text.startswith("# A usagebill catalogue")
    assert 'exclude = [\n    { region = ["eu", "uk"], tier = "free" },\n]' in text
    assert 'price = { model = "per_unit", unit_amount = "49" }' in text
    assert '[[plan]]\ncode = "pro"\nversion = 1\n' in text
    assert '[[customer.subscription]]\nid = "acme-pro"\nplan = "pro@1"\nstart = 2023-11-01\n' in text
    assert "frozen" not in text


def test_sample_applies_twice_without_a_change() -> None:
    once = sample()
    file = read_catalogue(SAMPLE, "catalogue.toml", builtin_registry())
    assert resolve(file, once, {("pro", 1)}) == once


def test_file_written_on_windows_reads() -> None:
    text = "\ufeff" + SAMPLE.replace("\n", "\r\n")
    assert resolve(read_catalogue(text, "c.toml", builtin_registry()), Catalogue()) == sample()
