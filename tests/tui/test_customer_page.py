from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.tui.driving import NOW, made_app, pressed
from usagebill_tui.billing.why import WhyRequest
from usagebill_tui.billing.words import money, units
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.why import WhyDialog
from usagebill_tui.tui.screens.customer import CustomerPage
from usagebill_tui.tui.screens.customer_line import LinePage
from usagebill_tui.tui.screens.customer_prices import PricesPage
from usagebill_tui.tui.screens.customer_subscription import SubscriptionEditor
from usagebill_tui.tui.screens.invoice import InvoicePage
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.tui.widgets.trend import TrendChart
from usagebill_tui.workspace import Workspace

CUSTOMER = "parley"


def opened(home: Path, name: str = "demo") -> Workspace:
    return Workspace.open(name, home=home, clock=lambda: NOW)


async def show_customer(pilot: Pilot[Any], *keys: str) -> None:
    await pressed(pilot, "5", "j", "j", "j", "enter")
    assert isinstance(pilot.app.screen, CustomerPage)
    assert pilot.app.screen.customer == CUSTOMER
    await pressed(pilot, *keys)


def cells(listing: Listing) -> list[list[str]]:
    table = listing.table
    return [[cell.plain.strip() for cell in table.get_row_at(row)] for row in range(table.row_count)]


def lines(pilot: Pilot[Any]) -> list[list[str]]:
    return cells(pilot.app.screen.query_one("#usage-lines", Listing))


def text(pilot: Pilot[Any], selector: str) -> str:
    return str(pilot.app.screen.query_one(selector, Static).content)


async def test_usage_shows_the_estimate_beside_what_was_invoiced_before(demo_made: Path) -> None:
    with opened(demo_made) as workspace:
        (estimate,) = workspace.estimate([CUSTOMER])
        before = workspace.invoice("parley-scale_2023-11-01")
    app = made_app(demo_made)
    async with app.run_test(size=(140, 40)) as pilot:
        await show_customer(pilot)
        shown = lines(pilot)
        used = {line.description: line for line in estimate.lines}
        for row in shown[:-1]:
            line = used[row[0]]
            assert row[3] == money(line.amount, "USD")
            assert row[1] == (units(line.units) if line.kind == "usage" else "")
        assert len(shown) == len(estimate.lines) + 1
        assert shown[-1][3:5] == [money(estimate.total, "USD"), money(before.total, "USD")]
        assert "running, 4 of 31 days gone" in text(pilot, "#usage-period")


async def test_keys_go_to_earlier_periods_and_back(demo_made: Path) -> None:
    with opened(demo_made) as workspace:
        totals = [money(one.total, "USD") for one in workspace.invoices([CUSTOMER])]
    app = made_app(demo_made)
    async with app.run_test(size=(140, 40)) as pilot:
        await show_customer(pilot, "left_square_bracket")
        assert lines(pilot)[-1][3:5] == [totals[1], totals[0]]
        assert "1 Nov – 30 Nov 2023" in text(pilot, "#usage-period")
        await pressed(pilot, "comma")
        assert lines(pilot)[-1][3:5] == [totals[0], ""]
        await pressed(pilot, "comma", "full_stop", "right_square_bracket", "full_stop")
        assert "1 Dec – 31 Dec 2023" in text(pilot, "#usage-period")


async def test_a_line_leads_to_its_steps_and_its_events(demo_made: Path) -> None:
    with opened(demo_made) as workspace:
        invoice = workspace.invoice("parley-scale_2023-11-01")
        line = next(one for one in invoice.lines if one.product == "api_requests")
    app = made_app(demo_made)
    async with app.run_test(size=(140, 40)) as pilot:
        await show_customer(pilot, "comma")
        chart = app.screen.query_one(TrendChart)
        assert "peak" in chart.words()
        await pressed(pilot, "enter")
        assert isinstance(app.screen, LinePage)
        listing = app.screen.query_one("#line-events", Listing)
        assert listing.matching == line.events
        arithmetic = app.screen.query("#line-arithmetic Static")
        drawn = "\n".join(
            "".join(segment.text for segment in strip)
            for one in arithmetic
            for strip in one.render_lines(one.size.region)
        )
        assert money(line.amount, "USD") in drawn
        assert "first 250 × $0.00 = $0.00" in drawn
        assert "count over events api_request" in drawn


async def test_why_is_one_key_away(demo_made: Path) -> None:
    request = WhyRequest(customer=CUSTOMER, metric="api_requests", first="2023-12-01", last="2024-01-01")
    with opened(demo_made) as workspace:
        answer = workspace.why(request)
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await show_customer(pilot, "i")
        assert isinstance(app.screen, WhyDialog)
        assert str(app.screen.query_one(".mend", Static).content) == answer.answer
        await pressed(pilot, "escape")
        assert isinstance(app.screen, CustomerPage)


async def test_the_other_tabs_hold_what_is_the_customers(demo_made: Path) -> None:
    with opened(demo_made) as workspace:
        invoices = {one.number or one.id for one in workspace.invoices([CUSTOMER])}
        numbers = {one.id for one in workspace.invoices([CUSTOMER])}
        paid = [one for one in workspace.payments() if one.invoice in numbers]
        events = sum(1 for _ in workspace.events(customer=CUSTOMER))
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await show_customer(pilot, "l")
        assert cells(app.screen.query_one("#subscriptions", Listing))[0][:3] == [
            "parley-scale",
            "scale@1",
            "● active",
        ]
        await pressed(pilot, "l")
        assert {row[0] for row in cells(app.screen.query_one("#invoices", Listing))} == invoices
        await pressed(pilot, "l")
        assert app.screen.query_one("#events", Listing).matching == events
        times = [row[0] for row in cells(app.screen.query_one("#events", Listing))]
        assert times == sorted(times, reverse=True)
        await pressed(pilot, "greater_than_sign")
        assert [row[2] for row in cells(app.screen.query_one("#payments", Listing))] == [
            money(one.amount, one.currency) for one in paid
        ]
        await pressed(pilot, "h", "h", "enter")
        assert isinstance(app.screen, InvoicePage)


async def test_tabs_open_by_a_click(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await show_customer(pilot)
        await pilot.click("TabLine", offset=(14, 0))
        await pressed(pilot)
        assert app.screen.query_one("#customer-tabs").current == "subscriptions"  # type: ignore[attr-defined] # ContentSwitcher


async def test_a_subscription_is_ended_and_another_added(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await show_customer(pilot, "l", "x")
        assert isinstance(app.screen, SubscriptionEditor)
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, Confirm)
        await pressed(pilot, "y", "a")
        assert isinstance(app.screen, SubscriptionEditor)
        app.screen.form.fill({"plan": "scale@1", "start": "2023-10-01", "id": "parley-scale"})
        await pressed(pilot, "ctrl+s")
        assert "there is such a subscription already" in text(pilot, "#editor-status")
        app.screen.form.fill({"plan": "starter@1", "start": "2024-01-01", "id": "second"})
        await pressed(pilot, "ctrl+s", "y")
        rows = cells(app.screen.query_one("#subscriptions", Listing))
        assert [row[:3] for row in rows] == [
            ["parley-scale", "scale@1", "● active"],
            ["second", "starter@1", "◔ starts later"],
        ]
    with opened(demo_home) as workspace:
        entry = workspace.browse.customer(CUSTOMER)
    assert [str(one.end) for one in entry.subscriptions] == ["2024-01-01", "None"]
    assert entry.customer.name == "Parley Assistants"


async def test_a_subscription_gets_a_price_of_its_own_and_loses_it(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await show_customer(pilot, "l", "o")
        assert isinstance(app.screen, PricesPage)
        assert [row[2] for row in cells(app.screen.query_one(Listing))] == ["–"] * 8
        await pressed(pilot, "j", "j", "enter", *"0.5", "ctrl+s", "y")
        assert isinstance(app.screen, PricesPage)
        assert cells(app.screen.query_one(Listing))[2] == ["storage", "per_unit: 0.12", "● per_unit: 0.5"]
        with opened(demo_home) as workspace:
            (subscription,) = workspace.browse.customer(CUSTOMER).subscriptions
        assert list(subscription.prices) == ["storage"]
        await pressed(pilot, "d", "y")
    with opened(demo_home) as workspace:
        (subscription,) = workspace.browse.customer(CUSTOMER).subscriptions
    assert not subscription.prices


async def test_without_a_plan_usage_is_shown_without_charges(demo_home: Path) -> None:
    with opened(demo_home) as workspace:
        workspace.apply_tables({"customer": [{"id": "walk-in"}]})
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "5", "G", "enter")
        assert "Not on a plan" in text(pilot, "#usage-period")
        assert "○ no plan" in text(pilot, "#customer-head")
        await pressed(pilot, "i", "comma", "enter")
        assert isinstance(app.screen, CustomerPage)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (1, 1)])
async def test_every_tab_draws_at_every_size(demo_made: Path, size: tuple[int, int]) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=size) as pilot:
        await show_customer(pilot, "comma", "enter", "escape", "l", "l", "l", "l", "l")
        assert isinstance(app.screen, CustomerPage)
