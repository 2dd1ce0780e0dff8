"""What differs between two catalogues is told by noun, key and value."""

from usagebill_tui.billing.catalogue import Change, Field, changes, read_catalogue, resolve, unchanged
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.plugin.registry import builtin_registry

TEXT = """
[[metric]]
code = "calls"
name = "Calls"
aggregation = "count"

[[product]]
code = "api"
name = "API calls"
metric = "calls"
price = { model = "tiered", tiers = [{ up_to = 10, unit_amount = 2 }, { unit_amount = 1 }] }

[[plan]]
code = "pro"
name = "Pro"
currency = "USD"
products = ["api"]

[[customer]]
id = "acme"
name = "Acme"
aliases = ["a", "b"]

[[customer.subscription]]
plan = "pro"
start = 2026-01-01
"""


def applied(text: str, base: Catalogue) -> Catalogue:
    return resolve(read_catalogue(text, "c.toml", builtin_registry()), base)


def test_nothing_changes_when_nothing_does() -> None:
    base = applied(TEXT, Catalogue())
    assert changes(base, applied(TEXT, base)) == []
    assert unchanged(base, applied(TEXT, base)) == 6


def test_what_is_new_is_added_in_order() -> None:
    added = changes(Catalogue(), applied(TEXT, Catalogue()))
    assert [(change.action, change.noun, change.key) for change in added] == [
        ("add", "metric", "calls"),
        ("add", "product", "api"),
        ("add", "plan", "pro"),
        ("add", "plan version", "pro@1"),
        ("add", "customer", "acme"),
        ("add", "subscription", "acme-pro"),
    ]
    assert Field("aliases", "", "a, b") in added[4].fields
    assert Field("start", "", "2026-01-01") in added[5].fields
    assert unchanged(Catalogue(), applied(TEXT, Catalogue())) == 0


def test_a_price_change_names_the_tier_and_the_version_it_makes() -> None:
    base = applied(TEXT, Catalogue())
    after = applied(TEXT.replace("unit_amount = 2", "unit_amount = 2.5"), base)
    path = "price.tiers[0].unit_amount"
    assert changes(base, after) == [
        Change(action="change", noun="product", key="api", fields=(Field(path, "2", "2.5"),)),
        Change(
            action="add", noun="plan version", key="pro@2", fields=(Field(f"product.api.{path}", "2", "2.5"),)
        ),
    ]
    assert unchanged(base, after) == 5


def test_an_edited_version_and_a_value_taken_out_are_told() -> None:
    text = TEXT.partition("[[customer]]")[0]
    base = applied(text.replace('name = "Pro"', 'name = "Pro"\ntrial_days = 7'), Catalogue())
    assert changes(base, applied(text, base)) == [
        Change(action="change", noun="plan", key="pro", fields=(Field("trial_days", "7", ""),)),
        Change(action="change", noun="plan version", key="pro@1", fields=(Field("trial_days", "7", ""),)),
    ]


def test_a_moved_subscription_is_told_by_its_version() -> None:
    base = applied(TEXT.replace("unit_amount = 2", "unit_amount = 3"), applied(TEXT, Catalogue()))
    after = applied(
        '[[customer]]\nid = "acme"\nname = "Acme"\naliases = ["a", "b"]\n'
        '[[customer.subscription]]\nplan = "pro@2"\nstart = 2026-01-01\n',
        base,
    )
    assert changes(base, after) == [
        Change(
            action="change", noun="subscription", key="acme-pro", fields=(Field("plan", "pro@1", "pro@2"),)
        )
    ]
