"""Which changes of a catalogue edit a plan version, which make the next one, and which are refused."""

from datetime import date

import pytest

from usagebill_tui.billing.catalogue import read_catalogue, resolve, write_catalogue
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.errors import InvalidInput, Refused
from usagebill_tui.plugin.registry import builtin_registry

METRIC = '[[metric]]\ncode = "calls"\nname = "Calls"\naggregation = "count"\n'
PRODUCT = '[[product]]\ncode = "api"\nmetric = "calls"\nprice = { unit_amount = "1" }\n'
PLAN = '[[plan]]\ncode = "pro"\ncurrency = "USD"\nproducts = ["api"]\n'
CUSTOMER = '[[customer]]\nid = "acme"\n'
SUBSCRIPTION = '[[customer.subscription]]\nplan = "pro"\nstart = 2026-01-01\n'
CATALOGUE = METRIC + PRODUCT + PLAN
DEARER = PRODUCT.replace('"1"', '"2"')
USED = {("pro", 1)}


def applied(text: str, base: Catalogue | None = None, used: set[tuple[str, int]] | None = None) -> Catalogue:
    file = read_catalogue(text, "c.toml", builtin_registry())
    return resolve(file, Catalogue() if base is None else base, used or set())


def numbers(catalogue: Catalogue) -> list[int]:
    return sorted(number for _, number in catalogue.versions)


def unit_amount(catalogue: Catalogue, number: int) -> str:
    return str(catalogue.versions["pro", number].product("api").price.params["unit_amount"])


def test_a_new_plan_is_version_1() -> None:
    assert numbers(applied(CATALOGUE)) == [1]


def test_an_unused_version_is_edited_in_place() -> None:
    catalogue = applied(DEARER, applied(CATALOGUE))
    assert numbers(catalogue) == [1]
    assert unit_amount(catalogue, 1) == "2"


def test_a_used_version_stays_and_the_next_one_is_added() -> None:
    catalogue = applied(DEARER, applied(CATALOGUE), USED)
    assert numbers(catalogue) == [1, 2]
    assert (unit_amount(catalogue, 1), unit_amount(catalogue, 2)) == ("1", "2")


def test_a_version_with_a_subscription_is_used() -> None:
    catalogue = applied(DEARER, applied(CATALOGUE + CUSTOMER + SUBSCRIPTION), {("other", 1)})
    assert numbers(catalogue) == [1, 2]
    assert catalogue.subscriptions["acme-pro"].version == 1


def test_a_metric_is_fixed_by_the_version_too() -> None:
    catalogue = applied(METRIC + 'rounding = { mode = "ceil" }', applied(CATALOGUE), USED)
    assert numbers(catalogue) == [1, 2]
    assert catalogue.versions["pro", 1].metric("calls").rounding is None
    assert catalogue.versions["pro", 2].metric("calls").rounding is not None


def test_writing_a_number_otherwise_changes_nothing() -> None:
    base = applied(CATALOGUE)
    assert applied(PRODUCT.replace('"1"', "1.00"), base, USED) == base


def test_an_edit_of_a_used_version_applied_twice_adds_one_version() -> None:
    text = METRIC + DEARER + PLAN + "version = 1\n"
    once = applied(text, applied(CATALOGUE), USED)
    assert numbers(once) == [1, 2]
    assert applied(text, once, USED | {("pro", 2)}) == once


def test_an_edit_of_a_used_plan_table_applied_twice_adds_one_version() -> None:
    text = PLAN + "version = 1\ntrial_days = 7\n"
    once = applied(text, applied(CATALOGUE), USED)
    assert numbers(once) == [1, 2]
    assert applied(text, once, USED | {("pro", 2)}) == once


def test_a_version_that_is_not_there_is_created_under_its_number() -> None:
    catalogue = applied(PLAN + "version = 5\ntrial_days = 7\n", applied(CATALOGUE))
    assert numbers(catalogue) == [1, 5]
    assert catalogue.plans["pro"].trial_days == 7


def test_an_older_unused_version_may_be_edited() -> None:
    base = applied(PLAN + "version = 2\ntrial_days = 7\n", applied(CATALOGUE))
    catalogue = applied(PLAN + "version = 1\ntrial_days = 3\n", base)
    assert catalogue.versions["pro", 1].plan.trial_days == 3
    assert catalogue.plans["pro"].trial_days == 7


def test_an_older_used_version_is_never_edited() -> None:
    base = applied(PLAN + "version = 2\ntrial_days = 7\n", applied(CATALOGUE))
    with pytest.raises(Refused, match=r'c\.toml, \[\[plan\]\] "pro", version: pro@1 is in use') as caught:
        applied(PLAN + "version = 1\ntrial_days = 3\n", base, USED)
    assert caught.value.exit_code == 5


def test_an_older_used_version_may_be_repeated() -> None:
    base = applied(PLAN + "version = 2\ntrial_days = 7\n", applied(CATALOGUE))
    assert applied(PLAN + "version = 1\n", base, USED) == base


def test_a_dearer_product_in_an_export_leaves_older_versions_as_they_are() -> None:
    base = applied(PLAN + "trial_days = 7\n", applied(CATALOGUE), USED)
    used = {("pro", 1), ("pro", 2)}
    catalogue = applied(write_catalogue(base).replace('unit_amount = "1"', 'unit_amount = "2"'), base, used)
    assert numbers(catalogue) == [1, 2, 3]
    assert [unit_amount(catalogue, number) for number in (1, 2, 3)] == ["1", "1", "2"]


def test_versions_of_one_file_are_all_kept() -> None:
    plans = PLAN + "version = 1\n" + PLAN + "version = 2\ntrial_days = 7\n" + PLAN + "trial_days = 9\n"
    catalogue = applied(METRIC + PRODUCT + plans)
    assert {key[1]: version.plan.trial_days for key, version in catalogue.versions.items()} == {
        1: 0,
        2: 7,
        3: 9,
    }
    assert catalogue.plans["pro"].trial_days == 9


def test_subscriptions_take_the_newest_version_or_the_one_they_name() -> None:
    base = applied(DEARER, applied(CATALOGUE), USED)
    other = SUBSCRIPTION.replace('"pro"', '"pro@1"') + 'id = "old"\nend = 2026-02-01\n'
    newer = SUBSCRIPTION.replace("2026-01-01", "2026-02-01")
    catalogue = applied(CUSTOMER + other + newer, base)
    assert catalogue.subscriptions["old"].version == 1
    assert catalogue.subscriptions["old"].end == date(2026, 2, 1)
    assert catalogue.subscriptions["acme-pro"].version == 2


def test_a_subscription_moves_only_when_told() -> None:
    base = applied(DEARER, applied(CATALOGUE + CUSTOMER + SUBSCRIPTION))
    assert applied(CUSTOMER + SUBSCRIPTION, base) == base
    moved = applied(CUSTOMER + SUBSCRIPTION.replace('"pro"', '"pro@2"') + 'id = "acme-pro"', base)
    assert moved.subscriptions["acme-pro"].version == 2


def test_older_versions_are_written_with_what_they_had_frozen() -> None:
    base = applied(CATALOGUE + CUSTOMER + SUBSCRIPTION)
    catalogue = applied(METRIC + 'unit = "call"\n' + DEARER, base)
    text = write_catalogue(catalogue)
    assert text.count("[[plan.frozen_product]]") == 1
    assert text.count("[[plan.frozen_metric]]") == 1
    assert applied(text) == catalogue
    assert applied(text, catalogue) == catalogue


def test_frozen_definitions_are_checked_like_others() -> None:
    frozen = DEARER.replace("[[product]]", "[[plan.frozen_product]]")
    newest = PLAN + "version = 2\n"
    with pytest.raises(InvalidInput, match="the newest version sells today's products"):
        applied(METRIC + PRODUCT + PLAN + "version = 1\n" + frozen)
    with pytest.raises(InvalidInput, match=r'"pro", version: only an older version has frozen'):
        applied(METRIC + PRODUCT + PLAN + frozen)
    with pytest.raises(InvalidInput, match=r"frozen_product\[0\]\.code: 'db' is not sold"):
        applied(METRIC + PRODUCT + PLAN + "version = 1\n" + frozen.replace("api", "db") + newest)
    with pytest.raises(
        InvalidInput, match=r'"pro", frozen_product\[0\]\.price\.unit_amount: .* not a number'
    ):
        applied(METRIC + PRODUCT + PLAN + "version = 1\n" + frozen.replace('"2"', '"x"') + newest)


def test_two_subscriptions_that_bill_an_event_twice_are_refused() -> None:
    both = CATALOGUE + CUSTOMER + SUBSCRIPTION + SUBSCRIPTION + 'id = "b"\n'
    with pytest.raises(Refused, match="both price the metric 'calls', so an event would be billed twice"):
        applied(both)
    with pytest.raises(Refused):
        applied(both + 'aliases = ["sub_b"]\n')
    with pytest.raises(Refused, match='subscription]] "b"'):
        applied(CUSTOMER + SUBSCRIPTION + 'id = "b"\n', applied(CATALOGUE + CUSTOMER + SUBSCRIPTION))


def test_subscriptions_that_events_can_name_may_overlap() -> None:
    first = SUBSCRIPTION + 'aliases = ["sub_a"]\n'
    applied(CATALOGUE + CUSTOMER + first + SUBSCRIPTION + 'id = "b"\naliases = ["sub_b"]\n')


def test_subscriptions_may_follow_each_other() -> None:
    first = SUBSCRIPTION + "end = 2026-03-01\n"
    second = SUBSCRIPTION.replace("2026-01", "2026-03") + 'id = "b"\n'
    applied(CATALOGUE + CUSTOMER + first + second)
    applied(CATALOGUE + CUSTOMER + second + first)


def test_subscriptions_of_different_metrics_may_overlap() -> None:
    other = CATALOGUE.replace("calls", "disk").replace('"api"', '"db"')
    applied(
        CATALOGUE
        + other.replace('"pro"', '"max"')
        + CUSTOMER
        + SUBSCRIPTION
        + SUBSCRIPTION.replace("pro", "max")
    )
