"""Minimum, maximum and discount hold for a period as a whole, however many invoices it is billed on."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, amounts, catalogue, fee, metered
from usagebill_tui.domain.invoice import Invoice

PRODUCTS = {"fee": fee("49.00"), "calls": metered("calls", unit_amount="1")}


def net(invoices: Iterable[Invoice]) -> str:
    return str(sum((each.subtotal - each.discount for each in invoices), Decimal(0)))


def called(desk: Desk, times: int) -> None:
    desk.events(*[("acme", "calls", f"2026-10-05T00:00:{second:02}Z") for second in range(times)])


def billed_apart(desk: Desk) -> list[Invoice]:
    """Bill the fee in October and the usage in November."""
    later = desk.now
    desk.now = desk.now.replace(year=2026, month=10, day=2)
    first = desk.workspace.bill("2026-10", finalize=True).invoices
    desk.now = later
    return [*first, *desk.workspace.bill("2026-10", finalize=True).invoices]


@pytest.mark.parametrize(
    ("plan", "calls", "expected"),
    [
        ({"minimum_spend": "100"}, 20, "100.00"),
        ({"minimum_spend": "100"}, 55, "104.00"),
        ({"maximum_spend": "60"}, 20, "60.00"),
        ({"maximum_spend": "60"}, 10, "59.00"),
        ({"maximum_spend": "30"}, 10, "30.00"),
        ({"discount": {"amount": "55"}}, 20, "14.00"),
        ({"discount": {"amount": "30"}}, 20, "39.00"),
        ({"discount": {"percent": "10"}}, 20, "62.10"),
        ({"discount": {"percent": "10"}, "minimum_spend": "65"}, 20, "65.00"),
        ({"discount": {"amount": "20"}, "maximum_spend": "45", "minimum_spend": "40"}, 20, "45.00"),
    ],
)
def test_a_period_costs_the_same_on_one_invoice_and_on_two(
    open_desk: OpenDesk, plan: Table, calls: int, expected: str
) -> None:
    text = catalogue(PRODUCTS, plan=plan)
    apart, together = open_desk(text), open_desk(text)
    for desk in (apart, together):
        called(desk, calls)
    two, one = billed_apart(apart), together.workspace.bill("2026-10").invoices
    assert (len(two), len(one)) == (2, 1)
    assert (net(two), net(one)) == (expected, expected)


def test_a_discount_lasts_its_months(open_desk: OpenDesk) -> None:
    text = catalogue(
        {"fee": fee("10.00")},
        plan={"discount": {"percent": "50", "months": 2}},
        subscription={"start": date(2026, 9, 1)},
    )
    run = open_desk(text).workspace.bill("2026-09-01..2027-01-01")
    assert [str(each.discount) for each in run.invoices] == ["5.00", "5.00", "0.00", "0.00"]


def test_a_discount_of_months_keeps_to_the_day_of_the_start(open_desk: OpenDesk) -> None:
    text = catalogue(
        {"fee": fee("10.00")},
        plan={"billing": "anniversary", "discount": {"percent": "50", "months": 2}},
        subscription={"start": date(2026, 1, 31)},
    )
    run = open_desk(text).workspace.bill("2026-01-01..2026-05-01")
    shown = [(str(each.period.start.date()), str(each.discount)) for each in run.invoices]
    assert shown == [
        ("2026-01-31", "5.00"), ("2026-02-28", "5.00"), ("2026-03-31", "0.00"), ("2026-04-30", "0.00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("interval", "start", "months", "discounted"),
    [
        ("month", date(2026, 1, 15), 2, ["2026-01-15", "2026-02-01"]),
        ("month", date(2026, 1, 31), 1, ["2026-01-31"]),
        ("month", date(2026, 1, 1), 3, ["2026-01-01", "2026-02-01", "2026-03-01"]),
        ("quarter", date(2026, 2, 15), 3, ["2026-02-15"]),
        ("quarter", date(2026, 2, 15), 4, ["2026-02-15", "2026-04-01"]),
        ("year", date(2026, 2, 15), 12, ["2026-02-15"]),
        ("week", date(2026, 1, 8), 1, ["2026-01-08", "2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02"]),
    ],
)
def test_months_of_a_discount_are_counted_from_the_period_of_the_start(
    open_desk: OpenDesk, interval: str, start: date, months: int, discounted: list[str]
) -> None:
    text = catalogue(
        {"fee": fee("10.00", "arrears")},
        plan={"interval": interval, "discount": {"percent": "50", "months": months}},
        subscription={"start": start},
    )
    run = open_desk(text).workspace.bill("2026-01-01..2027-01-01")
    shown = [(str(one.period.start.date()), one.discount / one.subtotal) for one in run.invoices]
    assert [day for day, off in shown if off] == discounted
    assert len(shown) > len(discounted) or interval == "year"


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"minimum_spend": "310"}, "150.00"),
        ({"minimum_spend": "206"}, "100.00"),
        ({"maximum_spend": "60"}, "60.00"),
        ({"discount": {"amount": "30"}}, "70.00"),
        ({"discount": {"percent": "10"}}, "90.00"),
    ],
)
@pytest.mark.parametrize(
    "days",
    [
        {"start": date(2026, 10, 3), "end": date(2026, 10, 18)},
        {"start": date(2026, 10, 17)},
        {"start": date(2026, 9, 17), "end": date(2026, 10, 16)},
    ],
)
def test_of_a_part_of_a_period_only_the_minimum_is_by_day(
    open_desk: OpenDesk, plan: Table, expected: str, days: dict[str, date]
) -> None:
    # Each has 15 of October's 31 days.
    desk = open_desk(catalogue({"calls": metered("calls", unit_amount="1")}, plan=plan, subscription=days))
    day = "20" if days["start"] == date(2026, 10, 17) else "05"
    desk.events(*[("acme", "calls", f"2026-10-{day}T00:00:00.{second:04}Z") for second in range(100)])
    (invoice,) = desk.workspace.bill("2026-10").invoices
    assert net([invoice]) == expected


def test_the_order_is_discount_then_limits_then_tax(open_desk: OpenDesk) -> None:
    plan = {"discount": {"percent": "50"}, "minimum_spend": "40", "maximum_spend": "1000"}
    desk = open_desk(catalogue(PRODUCTS, plan=plan, customer={"tax_percent": "8.25"}))
    called(desk, 1)
    (invoice,) = desk.workspace.bill("2026-10").invoices
    assert amounts(invoice) == {"fee": "49.00", "calls": "1.00", "minimum": "15.00"}
    shown = (invoice.subtotal, invoice.discount, invoice.tax, invoice.total)
    assert [str(each) for each in shown] == ["65.00", "25.00", "3.30", "43.30"]


def test_tax_is_rounded_once_for_the_invoice_and_not_for_each_line(open_desk: OpenDesk) -> None:
    products = {code: fee("0.10") for code in ("a", "b", "c")}
    (invoice,) = (
        open_desk(catalogue(products, customer={"tax_percent": "8.25"})).workspace.bill("2026-10").invoices
    )
    assert str(invoice.tax) == "0.02"


def test_a_minimum_of_a_price_is_a_line_and_counts_towards_that_of_the_plan(open_desk: OpenDesk) -> None:
    products = {"calls": metered("calls", unit_amount="1", minimum_amount="30")}
    desk = open_desk(catalogue(products, plan={"minimum_spend": "50"}))
    called(desk, 10)
    (invoice,) = desk.workspace.bill("2026-10").invoices
    shown = [(line.kind, line.product, str(line.amount)) for line in invoice.lines]
    assert shown == [("usage", "calls", "10.00"), ("minimum", "calls", "20.00"), ("minimum", None, "20.00")]


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("JPY", ("1", "1", "2")), ("USD", ("1.00", "0.83", "1.83")), ("KWD", ("1.000", "0.825", "1.825"))],
)
def test_money_has_the_digits_of_its_currency(
    open_desk: OpenDesk, currency: str, expected: tuple[str, str, str]
) -> None:
    text = catalogue(
        {"calls": metered("calls", unit_amount="0.1")},
        plan={"currency": currency},
        customer={"currency": currency, "tax_percent": "82.5"},
    )
    desk = open_desk(text)
    called(desk, 10)
    (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert (str(invoice.subtotal), str(invoice.tax), str(invoice.total)) == expected
    paid = desk.workspace.pay("INV-0001", str(invoice.total))
    assert (paid.status, str(paid.amount_due)) == ("paid", str(invoice.total - invoice.total))
    assert str(desk.workspace.payments()[0].amount) == expected[2]


def test_a_plan_of_advance_fees_alone_closes_only_where_a_limit_moves_it(open_desk: OpenDesk) -> None:
    below = open_desk(catalogue({"fee": fee("49.00")}, plan={"maximum_spend": "60"}))
    assert [amounts(each) for each in billed_apart(below)] == [{"fee": "49.00"}]
    above = open_desk(catalogue({"fee": fee("49.00")}, plan={"maximum_spend": "40"}))
    assert [amounts(each) for each in billed_apart(above)] == [{"fee": "49.00"}, {"maximum": "-9.00"}]
