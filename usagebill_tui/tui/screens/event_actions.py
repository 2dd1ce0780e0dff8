"""What can be done with events, batches and rejects: each tab has actions of its own."""

from usagebill_tui.tui.actions import Action

TABS = {"events": "Events", "batches": "Batches", "rejects": "Rejects"}
_TAB_KEYS = {"events": "v", "batches": "b", "rejects": "r"}
IMPORT = Action(id="events.import", keys="i", title="Import event files", call="import", footer="import")
WATCH = Action(
    id="events.watch",
    keys="d",
    title="Watch a folder",
    call="app.open('watch')",
    help="Import files as they are finished there",
)
_SEARCH = Action(
    id="events.search",
    keys="f",
    title="Choose events by customer, metric, time, id",
    call="search",
    footer="find",
)
_CLEAR = Action(id="events.clear", keys="x", title="Show all again", call="clear")
_UNDO = Action(id="events.undo", keys="u", title="Take the batch back", call="undo", footer="undo")
_OF_BATCH = Action(
    id="events.rejects_of", keys="o", title="Rejects of this batch alone", call="rejects_of", footer="rejects"
)
_MEND = Action(id="events.mend", keys="m", title="Mend the row", call="mend", footer="mend")
_MEND_ALL = Action(
    id="events.mend_all",
    keys="M",
    title="Mend all rejects of the batch",
    call="mend_all",
    footer="all",
    help="Those of the batch that the row under the cursor belongs to",
)
_EXPORT = Action(
    id="events.export",
    keys="e",
    title="Write the batch's rejects to a file",
    call="export",
    footer="write",
    help="As a file to be mended and imported",
)
GOING = tuple(
    Action(id=f"events.{name}", keys=key, title=f"Show {title.lower()}", call=f"show_tab({name!r})")
    for (name, title), key in zip(TABS.items(), _TAB_KEYS.values(), strict=True)
)
OF_TAB = {"events": (_SEARCH, _CLEAR), "batches": (_UNDO, _OF_BATCH), "rejects": (_MEND, _MEND_ALL, _EXPORT)}
