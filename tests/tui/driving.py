"""Driving the interface in tests: made over a home at a fixed time, waited for without sleeping."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from usagebill_tui.extensions import chosen_extensions
from usagebill_tui.homes import Home
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.desk import Desk

NOW = datetime(2023, 12, 5, 9, tzinfo=UTC)


def made_app(home: Path, workspace: str = "demo") -> UsagebillApp:
    """Make the application over a workspace of a home, at a fixed time, without plugins."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    extensions = chosen_extensions((), none=True)
    return UsagebillApp(Desk(workspace, Home(home), extensions, lambda: NOW))


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until all work that was asked for is done and shown."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def pressed(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, waiting for what each does."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)
