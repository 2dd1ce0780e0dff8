import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.widgets import Button, Input, Static

from tests.tui.driving import NOW, made_app, pressed, settled
from tests.tui.mouse import drawn
from usagebill_tui.billing.reports.known import REPORTS
from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.billing.words import money, units
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.report_filters import FilterDialog
from usagebill_tui.tui.screens.report_filters import RANGES, next_range, range_of, told, with_range
from usagebill_tui.tui.screens.report_pane import ReportPane
from usagebill_tui.tui.screens.report_table import words
from usagebill_tui.tui.screens.reports import ReportsPage
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.tui.widgets.tabline import TabLine
from usagebill_tui.tui.widgets.trend import TrendChart
from usagebill_tui.workspace import Workspace


def opened(home: Path, name: str = "demo") -> Workspace:
    return Workspace.open(name, home=home, clock=lambda: NOW)


def pane(app: UsagebillApp) -> ReportPane:
    assert isinstance(app.screen, ReportsPage)
    return app.screen.pane


def rows(app: UsagebillApp) -> list[list[str]]:
    table = pane(app).query_one(Listing).table
    return [[cell.plain.strip() for cell in table.get_row_at(row)] for row in range(table.row_count)]


def said(app: UsagebillApp, kind: str) -> str:
    return str(pane(app).query_one(f".report-{kind}", Static).content)


async def test_usage_is_what_the_workspace_says(demo_made: Path) -> None:
    with opened(demo_made) as workspace:
        found = workspace.usage()
    app = made_app(demo_made)
    async with app.run_test(size=(160, 60)) as pilot:
        await pressed(pilot, "8")
        assert [row[:7] for row in rows(app)] == [
            [
                one.customer, one.metric, rfc3339(one.start), rfc3339(one.end),
                units(one.units), f"{one.events:,}", f"{one.left_out:,}",
            ]
            for one in found
        ]  # fmt: skip
        requests = sum(one.units or 0 for one in found if one.metric == "api_requests")
        assert f"api_requests {units(Decimal(requests))}" in said(app, "sums")
        assert "storage" in said(app, "sums").splitlines()[-1]


async def test_filters_dates_and_steps_are_asked_for(demo_made: Path) -> None:
    request = UsageRequest(
        customers=("parley",), metrics=("api_requests",), first="2023-11-01", last="2023-12-01", by="day"
    )
    with opened(demo_made) as workspace:
        found = workspace.usage(request)
    app = made_app(demo_made)
    async with app.run_test(size=(160, 60)) as pilot:
        await pressed(pilot, "8", "e")
        assert isinstance(app.screen, FilterDialog)
        fields = list(app.screen.query(Input))
        fields[0].value, fields[1].value = "parley", "api_requests"
        app.screen.query_one(f"#range-{RANGES.index('last month')}", Button).press()
        await settled(pilot)
        await pressed(pilot, "ctrl+s")
        assert said(app, "asked").startswith("parley · api_requests · 1 Nov 2023 up to 1 Dec 2023")
        await pressed(pilot, "b")
        assert [row[4] for row in rows(app)] == [units(one.units) for one in found]
        assert len(found) == 30
        await pressed(pilot, "v")
        chart = pane(app).query_one(TrendChart)
        assert chart.display
        peak = max(one.units or Decimal(0) for one in found)
        assert f"peak {units(peak)}" in chart.words()
        await pressed(pilot, "v")
        assert not chart.display


async def test_the_chart_asks_for_days_and_follows_the_cursor(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "8", "v")
        assert pane(app).asked["by"] == "day"
        chart = pane(app).query_one(TrendChart)
        first = str(chart.render())
        await pressed(pilot, "G")
        assert str(chart.render()) != first


async def test_a_date_that_is_none_and_an_empty_range_are_said(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "8", "e")
        fields = list(app.screen.query(Input))
        for first, last in (("2023-13-01", ""), ("2023-11-02", "2023-11-02"), ("", "2023-11-02")):
            fields[2].value, fields[3].value = first, last
            await pressed(pilot, "ctrl+s")
            assert type(app.screen) is FilterDialog
        await pressed(pilot, "escape")
        assert pane(app).asked == {}


@pytest.mark.parametrize("name", [one.name for one in REPORTS])
async def test_every_report_has_a_tab_that_says_what_it_says(demo_made: Path, name: str) -> None:
    with opened(demo_made) as workspace:
        table = workspace.report(name)
    app = made_app(demo_made)
    async with app.run_test(size=(300, 60)) as pilot:
        await pressed(pilot, "8")
        while app.screen.query_one(TabLine).current != name:
            await pressed(pilot, "l")
        expected = [[words(row.get(key))[:60] for key in table.columns] for row in table.rows]
        assert [[one[:60] for one in row] for row in rows(app)] == [
            [one.strip() for one in row] for row in expected[:200]
        ]
        gross = [row["gross"] for row in table.rows if "gross" in row]
        if gross:
            assert f"Gross {money(sum(gross, Decimal(0)), 'USD')}" in said(app, "sums")


async def test_reports_are_written_to_files(demo_made: Path, tmp_path: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "8", "x")
        app.screen.query_one(Input).value = str(tmp_path / "usage.json")
        await pressed(pilot, "enter", "l", "x")
        app.screen.query_one(Input).value = str(tmp_path / "revenue.csv")
        await pressed(pilot, "enter")
    with opened(demo_made) as workspace:
        workspace.report_usage(UsageRequest(), tmp_path / "expected.json")
        expected = [str(row["gross"]) for row in workspace.report("revenue").rows]
    assert json.loads((tmp_path / "usage.json").read_text()) == json.loads(
        (tmp_path / "expected.json").read_text()
    )
    assert [
        line.rpartition(",")[2] for line in (tmp_path / "revenue.csv").read_text().split()[1:]
    ] == expected


CATALOGUE = """
[[metric]]
code = "[@click=app.quit]m[/]"
aggregation = "count"
[[customer]]
id = "[/]"
name = "[bold]"
"""


@pytest.mark.parametrize("size", [(120, 40), (40, 12), (1, 1)])
async def test_hostile_names_are_only_text(tmp_path: Path, size: tuple[int, int]) -> None:
    events = [
        {"id": str(n), "account": account, "metric": "[@click=app.quit]m[/]",
         "timestamp": "2023-12-01T00:00:00Z", "properties": {"p[/]": value}}
        for n, (account, value) in enumerate([("[/]", "[/]\u202e"), ("\x1b[31m", "x" * 10_000), ("", "")])
    ]  # fmt: skip
    file = tmp_path / "e.jsonl"
    file.write_bytes(b"\n".join(msgspec.json.encode(one) for one in events))
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW) as workspace:
        workspace.apply_catalogue_text(CATALOGUE, "t.toml")
        workspace.import_events([file])
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=size) as pilot:
        await pressed(pilot, "8")
        assert isinstance(app.screen, ReportsPage)
        app.screen.pane.ask({"first": date(2023, 12, 1), "by": "day", "group_by": ["p[/]"]})
        await pressed(pilot, "v", "e", "escape", "l", "l", "l")
        assert len(rows(app)) >= 2
        screen = app.export_screenshot()
        assert "\x1b" not in screen
        assert "\u202e" not in screen


async def test_an_empty_workspace_says_what_to_press(tmp_path: Path) -> None:
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "8")
        assert "Press t" in " ".join(str(one.content) for one in app.screen.query(Static).results(Static))


def test_ranges_are_whole_days_with_an_open_end() -> None:
    today = date(2023, 12, 5)
    assert range_of("this month", today) == {"first": date(2023, 12, 1), "last": date(2024, 1, 1)}
    assert range_of("last month", date(2024, 1, 31)) == {"first": date(2023, 12, 1), "last": date(2024, 1, 1)}
    assert range_of("this year", today) == {"first": date(2023, 1, 1), "last": date(2024, 1, 1)}
    thirty = range_of("last 30 days", today)
    assert (thirty["last"] - thirty["first"]).days == 30
    assert today < thirty["last"]


def test_ranges_follow_one_another() -> None:
    today = date(2023, 12, 5)
    asked: dict[str, Any] = {"customers": ["a"]}
    seen = []
    for _ in RANGES:
        name = next_range(asked, today)
        seen.append(name)
        asked = with_range(asked, name, today)
    assert sorted(seen) == sorted(RANGES)
    assert asked == {"customers": ["a"]}
    assert next_range({"first": date(2001, 1, 1)}, today) == "no dates"


def test_what_is_asked_for_is_told() -> None:
    asked = {"customers": ["a", "b"], "first": date(2023, 11, 1), "by": "day"}
    assert told(asked, no_dates="") == "a, b · 1 Nov 2023 up to now · by day"
    assert told({}, no_dates="all time") == "all customers · all time"


async def test_a_small_terminal_shows_which_report_is_in_front_and_the_keys(tmp_path: Path) -> None:
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(40, 12)) as pilot:
        await pressed(pilot, "8", "h")
        lines = drawn(pilot)
        assert "▸Adjustments" in lines[1]
        assert "? help" in lines[-1]
