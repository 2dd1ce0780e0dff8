"""Makes the README's pictures from the real interface, on the demo's workspace.

The demo is made afresh in a temporary home and the time stands still, so the pictures are always the same.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TZ"] = "UTC"
os.environ.pop("NO_COLOR", None)

if TYPE_CHECKING:
    from textual.pilot import Pilot

HERE = Path(__file__).parent
SIZE = (120, 40)
FONT = "DejaVu Sans Mono"
EVENTS = Path("gateway-2023-12-04.csv")
SAMPLE = """request,tenant,finished,path,bytes
7f3a01,kestrel,2023-12-04T08:15:02Z,/v1/search,1822
7f3a02,kestrel,2023-12-04T08:15:07Z,/v1/search,2210
7f3a03,parley,2023-12-04T08:16:41Z,/v1/answers,9031
7f3a04,harbor-lane,2023-12-04T08:17:03Z,/v1/search,1764
7f3a05,parley,yesterday,/v1/answers,8702
"""

PICTURES: dict[str, Sequence[str]] = {
    "home": (),
    "cost-curve": ("3", "down", "enter", "focus:#price-units", "type:1250"),
    "customer-usage": ("5", "down", "enter"),
    "invoice-explained": ("7", "slash", "type:INV-0004", "enter", "enter", "e"),
    "import": ("6", "import:", "field:Account", "type:tenant", "field:Metric", "type:=api_requests",
               "field:Time", "type:finished", "field:Id", "type:request"),
    "report": ("8", "t", "t", "b", "v", "slash", "type:api_requests", "enter"),
}  # fmt: skip
"""Each picture: the keys that lead to it. `type:` types a text, `field:` and `focus:` go to a part of it."""


async def _settled(pilot: "Pilot[Any]") -> None:
    """Wait for all work, also for what is begun when typing pauses."""
    from textual.worker import WorkerCancelled

    for pause in (None, 0.4, None):
        await pilot.pause(pause)
        with suppress(WorkerCancelled):  # newer work took its place
            await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def _go(pilot: "Pilot[Any]", keys: Sequence[str]) -> None:
    from textual.widgets import Input

    from usagebill_tui.tui.forms.control import ValueRow

    for key in keys:
        kind, _, text = key.partition(":")
        if kind == "type":
            await pilot.press(*text)
        elif kind == "import":
            from usagebill_tui.tui.screens.import_files import ImportPage

            await pilot.app.push_screen(ImportPage([str(EVENTS)]))
        elif kind == "field":
            rows = [row for row in pilot.app.screen.query(ValueRow) if row.field.title == text]
            rows[0].query_one(Input).focus()
        elif kind == "focus":
            pilot.app.screen.query_one(text).focus()
        else:
            await pilot.press(key)
        await _settled(pilot)


async def _picture(home: Path, keys: Sequence[str]) -> str:
    """Drive the interface to where the picture is taken, and return it as SVG, always the same."""
    from textual.widgets import Input

    from usagebill_tui.demo.filling import NOW
    from usagebill_tui.extensions import NOTHING
    from usagebill_tui.homes import Home
    from usagebill_tui.tui.app import UsagebillApp
    from usagebill_tui.tui.desk import Desk

    app = UsagebillApp(Desk("demo", Home(home), NOTHING, lambda: NOW))
    async with app.run_test(size=SIZE) as pilot:
        await _settled(pilot)
        await _go(pilot, keys)
        for one in app.screen.query(Input):
            one.cursor_blink = False
        await _settled(pilot)
        return app.export_screenshot(title="usagebill").replace("Fira Code", FONT)


def make(folder: Path = HERE) -> list[Path]:
    """Make all pictures, as SVG and as PNG, and return where they are."""
    import resvg_py

    from usagebill_tui.demo.making import make_demo
    from usagebill_tui.homes import Home

    made, folder, here = [], folder.resolve(), Path.cwd()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        make_demo(Home(home))
        os.chdir(temporary)
        EVENTS.write_text(SAMPLE, encoding="utf-8")
        for name, keys in PICTURES.items():
            svg = asyncio.run(_picture(home, keys))
            (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
            (folder / f"{name}.png").write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg)))
            made += [folder / f"{name}.svg", folder / f"{name}.png"]
        os.chdir(here)
    return made


if __name__ == "__main__":
    for path in make():
        sys.stdout.write(f"{path.name}\n")
