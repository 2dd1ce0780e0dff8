"""From an event to every invoice that it touched, and how."""

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, metered
from usagebill_tui.errors import NotFound

METRICS: list[Table] = [
    {"code": "gb", "event": "calls", "aggregation": "sum", "property": "gb"},
    {"code": "stored", "event": "calls", "aggregation": "sum", "property": "gb", "recurring": True},
]
PRODUCTS = {
    "gb": metered("gb", unit_amount="1", group_by=["project"]),
    "stored": metered("stored", unit_amount="1"),
}


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """A desk with two final invoices of acme's, for October and November."""
    desk = open_desk(catalogue(PRODUCTS, metrics=METRICS))
    desk.events(
        ("acme", "calls", "2026-10-02T00:00:00Z", {"gb": 1, "project": "web"}),
        ("acme", "calls", "2026-10-03T00:00:00Z", {"gb": 2, "project": "ml"}),
        ("acme", "calls", "2026-11-03T00:00:00Z", {"project": "ml"}),
        ("acme", "other", "2026-10-03T00:00:00Z", {"gb": 16}),
    )
    desk.workspace.bill("2026-10", finalize=True)
    desk.workspace.bill("2026-11", finalize=True)
    return desk


def traced(desk: Desk, identity: str) -> list[tuple[str, int | None, str, str | None]]:
    """Return (invoice, line, how, what settled it) of all that an event touched."""
    return [
        (touch.invoice.number or touch.invoice.id, touch.line, touch.how, touch.settled_by)
        for touch in desk.workspace.trace(identity).touches
    ]


def test_an_event_is_on_the_line_of_its_group_and_carried_into_later_periods(desk: Desk) -> None:
    october, november = (desk.workspace.invoice(number) for number in ("INV-0001", "INV-0002"))
    assert [line.product for line in october.lines] == ["gb", "gb", "stored"]
    assert [line.product for line in november.lines] == ["gb", "stored"]
    ml = next(number for number, line in enumerate(october.lines, 1) if line.group == {"project": "ml"})
    carried = [("INV-0001", 3, "counted", None), ("INV-0002", 2, "counted", None)]
    assert traced(desk, "1-1") == [("INV-0001", ml, "counted", None), *carried]
    assert traced(desk, "1-0") == [("INV-0001", 3 - ml, "counted", None), *carried]
    assert traced(desk, "1-2") == [("INV-0002", 1, "left out", None), ("INV-0002", 2, "left out", None)]


def test_what_touched_no_invoice_is_there_with_its_versions(desk: Desk) -> None:
    found = desk.workspace.trace("1-3")
    assert (len(found.versions), found.touches) == (1, ())
    with pytest.raises(NotFound, match="no event '9'"):
        desk.workspace.trace("9")
    with pytest.raises(NotFound, match="of source 'west'"):
        desk.workspace.trace("1-3", "west")


def test_late_and_undone_events_are_open_until_an_adjustment_settles_them(desk: Desk) -> None:
    desk.events(("acme", "calls", "2026-11-05T00:00:00Z", {"gb": 5, "project": "new"}))
    # No line of the invoice is of that group; the level has a line.
    assert traced(desk, "2-0") == [("INV-0002", None, "open", None), ("INV-0002", 2, "open", None)]
    desk.workspace.accept_adjustment("INV-0002")
    pending = [("INV-0002", None, "adjusted", None), ("INV-0002", 2, "adjusted", None)]
    assert traced(desk, "2-0") == pending
    desk.workspace.bill("2026-12", finalize=True)
    settled = [(name, line, how, "INV-0003") for name, line, how, _ in pending]
    # The invoice of December carries the level on, as of a snapshot that had the event.
    assert traced(desk, "2-0") == [*settled, ("INV-0003", 2, "counted", None)]
    desk.workspace.undo_batch(2)
    assert [one for one in traced(desk, "2-0") if one[2] == "open"] == [
        ("INV-0002", None, "open", None),
        ("INV-0002", 2, "open", None),
        ("INV-0003", 2, "open", None),
    ]


def test_a_void_invoice_is_named_and_what_came_since_is_not_open_on_it(desk: Desk) -> None:
    desk.workspace.void("INV-0002")
    desk.events(("acme", "calls", "2026-11-06T00:00:00Z", {"gb": 7}))
    assert ("INV-0002", 2, "counted", None) in traced(desk, "1-0")
    assert traced(desk, "2-0") == []
