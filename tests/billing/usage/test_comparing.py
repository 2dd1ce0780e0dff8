from datetime import date
from decimal import Decimal

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.billing.catalogue.history import differences
from usagebill_tui.billing.usage.comparing import share
from usagebill_tui.errors import NotFound

PRODUCTS = {"gb": metered("gb", model="per_unit", unit_amount="2"), "base": fee("10")}
NOW = "2026-03-11T12:00:00Z"


def use(desk: Desk, *events: tuple[str, str]) -> None:
    """Import events of acme: when, and how many gigabytes."""
    desk.events(*(("acme", "gb", when, {"gb": size}) for when, size in events))


def test_a_running_period_is_the_estimate_and_an_ended_one_the_invoice(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS), now=NOW)
    use(desk, ("2026-01-05T00:00:00Z", "7"), ("2026-02-05T00:00:00Z", "3"))
    use(desk, ("2026-03-05T00:00:00Z", "5"))
    billed = {one.period.start.month: one for one in desk.workspace.bill("2026-01-01..2026-03-01").invoices}
    (now,) = desk.workspace.compare("acme")
    (estimate,) = desk.workspace.estimate(["acme"])
    assert now.period == estimate
    assert (now.days.count, now.gone, now.running) == (31, 10, True)
    assert now.before is not None
    assert now.before.total == billed[2].total
    assert [line.amounts for line in now.lines] == [
        (Decimal("10.00"), Decimal("6.00")),
        (Decimal("10.00"), Decimal("10.00")),
    ]
    (earlier,) = desk.workspace.compare("acme", 1)
    assert (earlier.period.total, earlier.running) == (billed[2].total, False)
    (first,) = desk.workspace.compare("acme", 2)
    assert (first.period.total, first.before) == (billed[1].total, None)
    assert desk.workspace.compare("acme", 3) == []


def test_a_subscription_that_has_ended_shows_its_last_period(open_desk: OpenDesk) -> None:
    ended = {"end": date(2026, 2, 15)}
    desk = open_desk(catalogue(PRODUCTS, subscription=ended), now=NOW)
    (last,) = desk.workspace.compare("acme")
    assert (last.days.first.isoformat(), last.days.after.isoformat()) == ("2026-02-01", "2026-02-15")
    assert (last.gone, last.running) == (14, False)
    whole = {"end": date(2026, 3, 1)}
    desk = open_desk(catalogue(PRODUCTS, subscription=whole), now=NOW)
    (last,) = desk.workspace.compare("acme")
    assert (last.days.first.isoformat(), last.days.count) == ("2026-02-01", 28)


def test_a_name_that_is_another_customers_subscription_brings_nothing(open_desk: OpenDesk) -> None:
    other = {"plan": "pro", "start": date(2026, 1, 1), "id": "theirs", "aliases": ["acme"]}
    desk = open_desk(catalogue(PRODUCTS, more=[{"id": "birch", "subscription": [other]}]), now=NOW)
    use(desk, ("2026-03-05T00:00:00Z", "5"))
    for customer, units in (("acme", 0), ("birch", 5)):
        (now,) = desk.workspace.compare(customer)
        assert now.period == desk.workspace.estimate([customer])[0]
        assert now.lines[0].line.units == units


def test_an_unknown_customer_is_refused(open_desk: OpenDesk) -> None:
    with pytest.raises(NotFound, match="there is no customer 'acne'"):
        open_desk(catalogue(PRODUCTS)).workspace.compare("acne")


def test_a_trend_adds_up_to_the_usage_of_both_periods(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS), now=NOW)
    use(desk, ("2026-02-05T00:00:00Z", "3"), ("2026-03-05T00:00:00Z", "5"))
    use(desk, ("2026-03-05T23:59:59Z", "2"), ("2026-01-31T23:59:59Z", "100"))
    (now,) = desk.workspace.compare("acme")
    trend = desk.workspace.trend(now, now.lines[0])
    assert trend is not None
    used = {row.start.date().isoformat(): row.units for row in trend.usage if row.units}
    assert used == {"2026-02-05": Decimal(3), "2026-03-05": Decimal(7)}
    assert len(trend.usage) == 28 + 11
    assert desk.workspace.trend(now, now.lines[1]) is None


@pytest.mark.parametrize(
    ("now", "before", "percent"),
    [("3", "2", "50"), ("1", "3", "-66.7"), ("0", "5", "-100"), ("5", "0", None), ("-1", "-2", "50")],
)
def test_a_share_is_of_the_value_before(now: str, before: str, percent: str | None) -> None:
    assert share(Decimal(now), Decimal(before)) == (None if percent is None else Decimal(percent))


def test_versions_differ_in_what_was_changed(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS))
    desk.workspace.apply_tables({"plan": [{"code": "pro", "currency": "USD", "products": ["gb"]}]})
    versions = desk.workspace.catalogue().versions
    found = {one.name: (one.before, one.after) for one in differences(versions["pro", 1], versions["pro", 2])}
    assert found["products"] == ("gb, base", "gb")
    assert found["product.base.code"] == ("base", "")
