import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from tests.tui.driving import made_app, settled
from usagebill_tui.tui.front import STYLES
from usagebill_tui.tui.screens.home import HomePage

SLOW = (
    "sqlalchemy",
    "alembic",
    "duckdb",
    "babel",
    "pluggy",
    "tomllib",
    "usagebill_tui.billing",
    "usagebill_tui.domain.periods",
    "usagebill_tui.events",
    "usagebill_tui.plugin",
    "usagebill_tui.tui.widgets.listing",
    "usagebill_tui.workspace",
)


def test_the_first_frame_comes_before_the_store_and_all_that_is_slow_to_import() -> None:
    script = (
        "import sys\n"
        "import usagebill_tui.cli.main\n"
        "from usagebill_tui.cli.context import Place\n"
        "Place(home=None, workspace=None).extensions()\n"
        "import usagebill_tui.tui.running, usagebill_tui.tui.app, usagebill_tui.tui.desk\n"
        "from usagebill_tui.tui.pages import page_type_of\n"
        "page_type_of('home')\n"
        f"print([name for name in {SLOW!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_imports_no_interface() -> None:
    script = "import sys, usagebill_tui.cli.main, usagebill_tui.cli.usage; print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


async def test_the_first_frame_is_drawn_before_home_is_filled_or_the_other_styles_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    display, complete = App._display, HomePage.complete  # noqa: SLF001 - Textual shows its frames nowhere else

    def displayed(app: App[Any], screen: Any, drawn: Any) -> None:
        if drawn is not None and not app._batch_count and isinstance(screen, HomePage):  # noqa: SLF001 - likewise
            seen.append(("drawn", app.stylesheet.has_source(STYLES)))
        display(app, screen, drawn)

    async def completed(page: HomePage) -> None:
        await complete(page)
        seen.append(("filled", page.app.stylesheet.has_source(STYLES)))

    monkeypatch.setattr(App, "_display", displayed)
    monkeypatch.setattr(HomePage, "complete", completed)
    app = made_app(tmp_path, "production")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app.screen.query("#home-steps")
    assert seen[0] == ("drawn", False)
    assert ("filled", True) in seen
