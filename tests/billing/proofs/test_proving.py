"""`verify` computes every final invoice again, as of what it was computed from, whatever changed since."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from tests.databases import open_database
from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.store.tables import PlanVersionRow

PRODUCTS = {
    "fee": fee("49.00"),
    "calls": metered("calls", unit_amount="1"),
    "gb": metered("gb", unit_amount="2"),
}
PLAN = {"minimum_spend": "120", "discount": {"amount": "10"}}
TEXT = catalogue(PRODUCTS, plan=PLAN)
PROVEN = "final ones recompute to the same bytes"


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """January is billed twice: the fee in advance first, then usage and what is missing to the minimum."""
    desk = open_desk(TEXT, now="2026-01-10T00:00:00Z")
    desk.workspace.bill("2026-01-01..2026-01-02", finalize=True)
    desk.now = desk.now.replace(month=6)
    desk.events(("acme", "calls", "2026-01-05T10:00:00Z"), ("acme", "gb", "2026-01-06T10:00:00Z", {"gb": 3}))
    desk.workspace.bill("2026-01", finalize=True)
    return desk


def found(desk: Desk) -> list[tuple[str, str, str]]:
    return [(one.status, one.check, one.detail) for one in desk.workspace.verify()]


def assert_proven(desk: Desk, count: int) -> None:
    ((status, _, detail),) = found(desk)
    assert status == "ok"
    assert detail.endswith(f"; {count:,} {PROVEN}")


def change_customer(desk: Desk) -> None:
    desk.apply(catalogue(PRODUCTS, plan=PLAN, customer={"tax_percent": "19", "aliases": ["ac"], "name": "A"}))
    desk.events(("ac", "calls", "2026-01-07T10:00:00Z"))


def change_prices(desk: Desk) -> None:
    dearer = {**PRODUCTS, "calls": metered("calls", unit_amount="7")}
    desk.apply(catalogue(dearer, plan={"minimum_spend": "500"}))


def redefine_metric(desk: Desk) -> None:
    metrics = [
        {"code": "calls", "aggregation": "max", "property": "n"},
        {"code": "gb", "aggregation": "count"},
    ]
    desk.apply(catalogue(PRODUCTS, plan=PLAN, metrics=metrics))


def late_events(desk: Desk) -> None:
    desk.events(("acme", "gb", "2026-01-06T10:00:00Z", {"gb": 100}))


def undo_and_replace(desk: Desk) -> None:
    desk.workspace.undo_batch(desk.workspace.batches()[0].id)


def settle(desk: Desk) -> None:
    late_events(desk)
    desk.workspace.accept_adjustment("INV-0002")
    desk.workspace.bill("2026-02", finalize=True)


def end_early(desk: Desk) -> None:
    desk.workspace.cancel_subscription("acme-pro", desk.now.date().replace(month=8))


CHANGES = [change_customer, change_prices, redefine_metric, late_events, undo_and_replace, settle, end_early]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_came_later_changes_nothing(desk: Desk, change: Callable[[Desk], None]) -> None:
    assert_proven(desk, 2)
    change(desk)
    assert_proven(desk, sum(one.status in {"final", "paid"} for one in desk.workspace.invoices()))


def test_a_void_invoice_is_still_counted_by_what_counted_it(desk: Desk) -> None:
    desk.workspace.void("INV-0001")
    assert_proven(desk, 1)
    desk.workspace.bill("2026-01-01..2026-01-02", finalize=True)
    assert_proven(desk, 2)


def test_one_that_comes_out_otherwise_is_a_fault(desk: Desk) -> None:
    database = open_database(desk.folder)
    with database.writing() as session:
        version = session.query(PlanVersionRow).one()
        session.execute(
            update(PlanVersionRow).values(
                definition=version.definition.replace('"unit_amount":"2"', '"unit_amount":"3"')
            )
        )
    database.close()
    ((status, check, detail),) = found(desk)
    assert (status, check) == ("failed", "invoice INV-0002")
    assert detail.startswith("computed again, lines")
    assert " comes to " in detail


def test_damaged_events_are_told_as_such(desk: Desk) -> None:
    for path in (desk.workspace.folder / "events").glob("events-*.parquet"):
        path.unlink()
    assert {status for status, _, _ in found(desk)} == {"failed"}
    assert all(check.startswith("segment") for _, check, _ in found(desk))


def test_a_replaced_event_is_still_there_for_the_invoice_that_saw_it(desk: Desk) -> None:
    row = {"id": "1-1", "account": "acme", "metric": "gb", "timestamp": "2026-01-06T10:00:00Z"}
    path = desk.folder / "again.jsonl"
    path.write_text(str(row).replace("'", '"')[:-1] + ', "properties": {"gb": 9}}')
    desk.workspace.import_events([path], ImportRequest(on_conflict="replace"))
    assert len(desk.workspace.adjustment_proposals()) == 1
    assert_proven(desk, 2)
