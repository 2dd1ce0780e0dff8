from pathlib import Path

from tests.tui.driving import made_app, pressed
from usagebill_tui.tui.widgets.listing import Listing


async def test_a_list_filters_in_place_and_escape_brings_all_back(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2")
        listing = app.screen.query_one(Listing)
        everything = listing.total
        await pressed(pilot, "slash", "t", "o", "k")
        assert 0 < listing.matching < everything
        await pressed(pilot, "escape")
        assert listing.matching == everything
