"""Archiving by a key in the lists, and the audit screen."""

import shutil
from pathlib import Path

from textual.widgets import DataTable

from tests.tui.driving import made_app, pressed, settled
from usagebill_tui.tui.screens.audit import AuditPage
from usagebill_tui.tui.widgets.listing import Listing


async def test_an_archived_customer_leaves_the_list_until_it_is_asked_for(
    demo_made: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo_made, home)
    app = made_app(home)
    async with app.run_test(size=(140, 40)) as pilot:
        await settled(pilot)
        workspace = app.desk.workspace()
        workspace.apply_tables({"customer": [{"id": "aaa-gone", "name": "Gone"}]})
        await pressed(pilot, "5")
        listing = app.screen.query_one(Listing)
        before, key = listing.total, listing.key
        assert key == "aaa-gone"
        await pressed(pilot, "z")
        assert (listing.total, workspace.browse.archived("customer")) == (before - 1, frozenset({key}))
        await pressed(pilot, "Z")
        assert listing.total == before
        assert "· archived" in str(listing.query_one(DataTable).get_row_at(0)[0])
        await pressed(pilot, "g", "z")
        assert workspace.browse.archived("customer") == frozenset()


async def test_what_is_still_used_is_refused_in_a_dialog(demo_made: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(demo_made, home)
    app = made_app(home)
    async with app.run_test(size=(140, 40)) as pilot:
        await pressed(pilot, "3", "z")
        assert type(app.screen).__name__ == "ErrorDialog"
        assert app.desk.workspace().browse.archived("product") == frozenset()


async def test_the_audit_lists_changes_newest_first_and_shows_one_in_full(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(140, 40)) as pilot:
        await pressed(pilot, "0", "a")
        assert isinstance(app.screen, AuditPage)
        listing = app.screen.query_one(Listing)
        newest = app.desk.workspace().audit()[-1]
        assert listing.key == str(newest.id)
        await pressed(pilot, "slash", *"customer", "enter")
        assert 0 < listing.matching < listing.total
        await pressed(pilot, "v")
        assert type(app.screen).__name__ == "RecordDialog"
