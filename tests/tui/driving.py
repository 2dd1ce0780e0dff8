"""Driving the interface in tests: made over a home at a fixed time, waited for without sleeping."""

import asyncio
import os
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textual import events
from textual.app import App
from textual.keys import _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot
from textual.widgets import DataTable

from usagebill_tui.extensions import NOTHING, Extensions
from usagebill_tui.homes import Home
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.desk import Desk
from usagebill_tui.tui.work import is_running

NOW = datetime(2023, 12, 5, 9, tzinfo=UTC)
_MOST_ROUNDS = 100_000


def made_app(home: Path, workspace: str = "demo", extensions: Extensions = NOTHING) -> UsagebillApp:
    """Make the application over a workspace of a home, at a fixed time, without plugins unless given."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    return UsagebillApp(Desk(workspace, Home(home), extensions, lambda: NOW))


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until nothing is left to do: no message, no work, no frame; takes no longer than that does."""
    for _ in range(_MOST_ROUNDS):
        if not await _still_busy(pilot.app):
            return
    raise AssertionError("the interface never comes to rest")


async def _still_busy(app: App[Any]) -> bool:
    await asyncio.sleep(0)
    if app._exit:  # noqa: SLF001 - Textual has no other word for it
        return False
    if asyncio.get_running_loop()._ready:  # type: ignore[attr-defined]  # noqa: SLF001 - asyncio tells nowhere else what it is about to do
        return True
    running = [worker for worker in app.workers if is_running(worker)]
    if running:
        await asyncio.gather(*(worker.wait() for worker in running), return_exceptions=True)
        return True
    screen = app.screen
    unmeasured = [one for one in screen.query(DataTable) if one._require_update_dimensions]  # noqa: SLF001 - likewise
    for table in unmeasured:
        table.check_idle()
    if unmeasured:
        return True
    if screen.is_current and (
        screen._callbacks  # noqa: SLF001 - Textual tells nowhere else what the next frame will do
        or screen._layout_required  # noqa: SLF001 - likewise
        or screen._dirty_widgets  # noqa: SLF001 - likewise
    ):
        screen._on_timer_update()  # noqa: SLF001 - draws that frame now
        return True
    return False


async def pressed(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, waiting for what each does."""
    for key in keys:
        _send(pilot.app, key)
        await settled(pilot)


async def typed(pilot: Pilot[Any], text: str) -> None:
    """Type a text as fast as a terminal sends it, and wait for what it does."""
    for character in text:
        _send(pilot.app, _character_to_key(character), character)
    await settled(pilot)


def _send(app: App[Any], key: str, character: str | None = None) -> None:
    if character is None:
        try:
            character = unicodedata.lookup(_get_unicode_name_from_key(key))
        except KeyError:
            character = key if len(key) == 1 else None
    event = events.Key(_character_to_key(key) if len(key) == 1 else key, character)
    event.set_sender(app)
    driver = app._driver  # noqa: SLF001 - keys come from there
    assert driver is not None
    driver.send_message(event)
