"""Watching a folder, and saved mappings, on the screen."""

import shutil
from pathlib import Path

from textual.widgets import Input, Static

from tests.tui.driving import made_app, pressed, settled, typed
from tests.tui.test_customer_page import cells, opened
from usagebill_tui.events.types import Options
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.screens.import_files import ImportPage
from usagebill_tui.tui.screens.watch import WatchPage
from usagebill_tui.tui.widgets.listing import Listing

EVENT = '{"id": "e1", "account": "a", "metric": "m", "timestamp": "2023-11-02T09:00:00Z"}\n'
ROUNDS = 3


async def test_a_folder_is_watched_until_it_is_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "a.jsonl").write_text(EVENT, "utf-8")
    (folder / "b.jsonl").write_text("nothing\n", "utf-8")
    app = made_app(tmp_path / "home", "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "6", "d")
        page = app.screen
        assert isinstance(page, WatchPage)
        seen = 0.0
        rounds = iter(range(ROUNDS))

        def sleep(seconds: float) -> None:
            nonlocal seen
            seen += seconds * 3
            if next(rounds, None) is None:
                page._stop.set()  # noqa: SLF001 - as escape does, at a time that is the same each run
                page._sleep(0)  # noqa: SLF001 - likewise

        page.waits = (lambda: seen, sleep)
        await typed(pilot, str(tmp_path / "none"))
        await pressed(pilot, "enter")
        assert "there is no folder" in " ".join(str(one.render()) for one in app.screen.query(Static))
        app.screen.query("Form Input").first(Input).value = str(folder)
        await pressed(pilot, "ctrl+s")
        await settled(pilot)
        rows = cells(app.screen.query_one(Listing))
        assert [(row[0], row[1], row[3]) for row in rows] == [
            ("! partly", "b.jsonl", "0"),
            ("✓ done", "a.jsonl", "1"),
        ]
        assert page.under_way() == ""
        await pressed(pilot, "escape")
        assert app.screen is not page
    assert sorted(one.name for one in (folder / "done").glob("*.jsonl")) == ["a.jsonl", "b.jsonl"]
    with opened(tmp_path / "home", "sandbox") as workspace:
        assert len(workspace.batches()) == ROUNDS - 1
    shutil.rmtree(folder)


async def test_a_saved_mapping_is_deleted_after_a_question(tmp_path: Path) -> None:
    with opened(tmp_path, "sandbox") as workspace:
        workspace.save_mapping("azure", Options(map={"timestamp": "TIMESTAMP"}))
        workspace.save_mapping("other", Options())
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await app.push_screen(ImportPage())
        await settled(pilot)
        page = app.screen
        assert isinstance(page, ImportPage)
        await pressed(pilot, "ctrl+d")
        assert not isinstance(app.screen, Confirm)
        page.form.fill({"mapping": "azure"})
        await settled(pilot)
        await pressed(pilot, "ctrl+d")
        assert isinstance(app.screen, Confirm)
        await pressed(pilot, "y")
        assert "mapping" not in page.form.values()
    with opened(tmp_path, "sandbox") as workspace:
        assert list(workspace.mappings()) == ["other"]
