"""From an amount back to the very events behind it, as the invoice saw them."""

from datetime import date

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, fee, metered
from usagebill_tui.errors import NotFound

METRICS: list[Table] = [
    {"code": "calls", "aggregation": "count", "filters": [{"property": "region", "op": "eq", "value": "eu"}]},
    {"code": "gb", "event": "calls", "aggregation": "sum", "property": "gb"},
    {"code": "stored", "event": "calls", "aggregation": "sum", "property": "gb", "recurring": True},
]
PRODUCTS = {
    "fee": fee("49.00"),
    "calls": metered("calls", unit_amount="1", minimum_amount="10"),
    "gb": metered("gb", unit_amount="1"),
    "stored": metered("stored", unit_amount="1"),
}
TEXT = catalogue(PRODUCTS, metrics=METRICS, plan={"minimum_spend": "100"})


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """A desk with events, numbered by their place, of which one is another's and one another month's."""
    desk = open_desk(TEXT)
    desk.events(
        ("acme", "calls", "2026-09-30T23:59:59Z", {"gb": 1, "region": "eu"}),
        ("acme", "calls", "2026-10-02T00:00:00Z", {"gb": 2, "region": "eu"}),
        ("acme-pro", "calls", "2026-10-01T00:00:00Z", {"gb": 4, "region": "us"}),
        ("acme", "calls", "2026-10-03T00:00:00Z", {"gb": "none", "region": "eu"}),
        ("zen", "calls", "2026-10-03T00:00:00Z", {"gb": 8, "region": "eu"}),
        ("acme", "other", "2026-10-03T00:00:00Z", {"gb": 16, "region": "eu"}),
        ("acme", "calls", "2026-11-01T00:00:00Z", {"gb": 32, "region": "eu"}),
    )
    return desk


def behind(desk: Desk, name: str) -> dict[str, list[str]]:
    """Return the places of the events behind each line, by product and kind."""
    explanation = desk.workspace.explain(name)
    return {
        f"{one.line.product} {one.line.kind}": [
            event.id.partition("-")[2] for event in desk.workspace.events_behind(explanation, one)
        ]
        for one in explanation.lines
    }


EXPECTED = {
    "fee fee": [],
    "calls usage": ["1", "3"],
    "calls minimum": [],
    "gb usage": ["2", "1", "3"],
    "stored usage": ["0", "2", "1", "3"],
    "None minimum": [],
}


def test_the_events_behind_a_line_are_those_that_it_counted_or_left_out(desk: Desk) -> None:
    (invoice,) = desk.workspace.bill("2026-10").invoices
    assert behind(desk, invoice.id) == EXPECTED
    counted = {f"{each.product} {each.kind}": (each.events, each.left_out) for each in invoice.lines}
    assert {line: len(events) for line, events in EXPECTED.items()} == {
        line: events + left_out for line, (events, left_out) in counted.items()
    }
    assert counted["gb usage"] == (2, 1)


def test_later_imports_and_undone_ones_do_not_change_what_a_final_invoice_explains(desk: Desk) -> None:
    desk.workspace.bill("2026-10", finalize=True)
    desk.events(("acme", "calls", "2026-10-04T00:00:00Z", {"gb": 64, "region": "eu"}))
    assert behind(desk, "INV-0001") == EXPECTED
    desk.workspace.undo_batch(1)
    assert behind(desk, "INV-0001") == EXPECTED
    desk.workspace.void("INV-0001")
    (anew,) = desk.workspace.bill("2026-10").invoices
    assert behind(desk, anew.id)["gb usage"] == ["0"]


def test_a_later_alias_does_not_change_what_a_final_invoice_explains(desk: Desk) -> None:
    desk.workspace.bill("2026-10", finalize=True)
    desk.apply(
        catalogue(PRODUCTS, metrics=METRICS, plan={"minimum_spend": "100"}, customer={"aliases": ["zen"]})
    )
    assert behind(desk, "INV-0001") == EXPECTED


def test_a_metric_that_is_redefined_does_not_change_what_a_final_invoice_explains(desk: Desk) -> None:
    desk.workspace.bill("2026-10", finalize=True)
    metrics = [{**METRICS[0], "filters": []}, *METRICS[1:]]
    desk.apply(catalogue(PRODUCTS, metrics=metrics, plan={"minimum_spend": "100"}))
    assert behind(desk, "INV-0001") == EXPECTED


def test_lines_are_numbered_and_say_which_metric_and_names_they_counted(desk: Desk) -> None:
    (invoice,) = desk.workspace.bill("2026-10").invoices
    explanation = desk.workspace.explain(invoice.id, 2)
    (line,) = explanation.lines
    assert (explanation.invoice, line.number, line.line) == (invoice, 2, invoice.lines[1])
    assert line.metric is not None
    assert (line.metric.code, line.metric.filters[0].value) == ("calls", "eu")
    assert sorted(line.accounts) == ["acme", "acme-pro"]
    assert desk.workspace.explain(invoice.id, 1).lines[0].metric is None


def test_free_usage_in_a_trial_has_no_events_behind_it(open_desk: OpenDesk) -> None:
    text = catalogue(
        {"calls": metered("calls", unit_amount="1")},
        plan={"trial_days": 40},
        subscription={"start": date(2026, 10, 1)},
    )
    desk = open_desk(text)
    desk.events(("acme", "calls", "2026-10-05T00:00:00Z"))
    (invoice,) = desk.workspace.bill("2026-10").invoices
    assert behind(desk, invoice.id) == {"calls usage": []}
    assert [step.description for step in invoice.lines[0].steps] == ["free during the trial"]


def test_what_is_not_there_cannot_be_explained(desk: Desk) -> None:
    desk.workspace.bill("2026-10", finalize=True)
    with pytest.raises(NotFound, match="there is no invoice 'INV-0002'"):
        desk.workspace.explain("INV-0002")
    for line in (0, 7, -1):
        with pytest.raises(NotFound, match=f"INV-0001 has no line {line}; it has lines 1 to 6"):
            desk.workspace.explain("INV-0001", line)
