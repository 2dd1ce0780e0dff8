"""The whole job by keys, from a metric to a payment; each number is that of the command line."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from tests.tui.driving import made_app, pressed, settled, typed
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.import_outcome import OutcomeDialog
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.widgets.listing import Listing

EVENTS = "".join(
    json.dumps(
        {"id": f"e{n}", "account": "acme", "metric": "calls", "timestamp": f"2023-11-{n:02}T09:00:00Z",
         "properties": {"n": f"{n}.5"}}
    ) + "\n"
    for n in range(1, 21)
)  # fmt: skip


async def fill(pilot: Pilot[None], texts: Mapping[str, str]) -> None:
    """Type into the fields of the form in front, or choose."""
    for title, text in texts.items():
        row = next(row for row in pilot.app.screen.query(ValueRow) if row.field.title == title)
        control = row.query("Input, Select").first()
        control.focus()
        await settled(pilot)
        if isinstance(control, Select):
            control.value = text
        elif isinstance(control, Input):
            await pressed(pilot, "end", *["backspace"] * len(control.value))
            await typed(pilot, text)
        await settled(pilot)


async def save(pilot: Pilot[None]) -> None:
    await pressed(pilot, "ctrl+s")
    assert isinstance(pilot.app.screen, Confirm), pilot.app.screen
    await pressed(pilot, "y")
    assert not isinstance(pilot.app.screen, Confirm)


def cells(app: UsagebillApp) -> str:
    """Return all that the lists in front say."""
    rows = [
        cell.plain if hasattr(cell, "plain") else str(cell)
        for listing in app.screen.query(Listing)
        for row in listing._rows  # noqa: SLF001 - what is shown
        for cell in row.cells
    ]
    return " ".join(rows)


def command(home: Path, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "usagebill_tui", "--home", str(home), "--workspace", "sandbox", *arguments,
         "--format", "json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


async def describe(app: UsagebillApp, pilot: Pilot[None]) -> None:
    """Say what is measured, sold, on which plan and to whom."""
    await pressed(pilot, "2", "n")
    await fill(pilot, {"Code": "calls", "Name": "Calls", "Aggregation": "sum", "Property": "n"})
    await save(pilot)
    assert "Calls" in cells(app)

    await pressed(pilot, "3", "n")
    await fill(pilot, {"Code": "calls", "Name": "Calls", "Metric": "calls", "Pricing model": "tiered"})
    app.screen.query_one("RowsEditor").query(Input).first().focus()
    await typed(pilot, "100")
    await pressed(pilot, "tab")
    await typed(pilot, "0.10")
    await pressed(pilot, "f6")
    await typed(pilot, "0.05")
    await save(pilot)
    assert "calls" in cells(app)

    await pressed(pilot, "4", "n")
    await fill(pilot, {"Code": "basic", "Name": "Basic"})
    app.screen.query_one("#offered-products").focus()
    await pressed(pilot, "down", "enter")
    await save(pilot)
    assert "Basic" in cells(app)

    await pressed(pilot, "5", "n")
    await fill(pilot, {"Id": "acme", "Name": "Acme Inc.", "Tax %": "8.25"})
    await save(pilot)
    await pressed(pilot, "enter", "l", "a")
    await fill(pilot, {"Plan": "basic@1", "Start": "2023-11-01"})
    await save(pilot)
    await pressed(pilot, "escape")


async def import_and_look(app: UsagebillApp, pilot: Pilot[None], home: Path) -> None:
    """Import the events, and look at what the customer used."""
    await pressed(pilot, "6", "i", "a")
    await typed(pilot, "events.jsonl")
    await pressed(pilot, "enter", "ctrl+s")
    assert isinstance(app.screen, OutcomeDialog)
    await pressed(pilot, "escape")
    (batch,) = command(home, "batches")
    assert batch["accepted"] == 20

    await pressed(pilot, "5", "enter", "left_square_bracket")
    (usage,) = command(home, "usage", "--from", "2023-11-01", "--to", "2023-12-01")
    assert usage["units"] == "220"
    assert "220" in cells(app)
    assert "$16.00" in cells(app)
    await pressed(pilot, "escape")


async def bill_and_collect(app: UsagebillApp, pilot: Pilot[None], home: Path) -> None:
    """Bill the month, look at what the invoice says, and record its payment."""
    await pressed(pilot, "7", "b", "enter")
    (planned,) = command(home, "bill", "2023-11", "--dry-run")
    assert planned["total"] == "17.32"
    assert "$17.32" in cells(app)
    await pressed(pilot, "F", "y", "escape")
    (invoice,) = command(home, "invoices")
    assert (invoice["number"], invoice["status"], invoice["amount_due"]) == ("INV-0001", "final", "17.32")
    assert "INV-0001" in cells(app)

    await pressed(pilot, "enter", "e")
    explained = command(home, "explain", "INV-0001")
    assert explained["lines"][0]["amount"] == "16.00"
    assert "first 100 × $0.10" in cells(app)
    assert "next 120 × $0.05" in cells(app)
    assert "20 events counted" in cells(app)

    await pressed(pilot, "p", "enter")
    assert isinstance(app.screen, Confirm)
    await pressed(pilot, "y")
    assert "paid" in str(app.screen.query_one("#invoice-head", Static).render())
    (payment,) = command(home, "payments")
    assert payment["amount"] == "17.32"
    (invoice,) = command(home, "invoices")
    assert (invoice["status"], invoice["amount_due"]) == ("paid", "0.00")


async def test_from_a_metric_to_a_payment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "events.jsonl").write_text(EVENTS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    app = made_app(tmp_path / "home", "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await describe(app, pilot)
        await import_and_look(app, pilot, tmp_path / "home")
        await bill_and_collect(app, pilot, tmp_path / "home")
