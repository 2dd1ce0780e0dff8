"""Drafts: a preview is the invoice, billing twice makes no second one, late events renew drafts alone."""

from pathlib import Path

from tests.billing.conftest import OpenDesk
from tests.billing.desk import amounts, as_json, catalogue, fee, metered
from usagebill_tui.domain.invoice import invoice_json

TEXT = catalogue(
    {
        "fee": fee("49.00"),
        "gb": metered(
            "gb", model="tiered", tiers=[{"up_to": 2, "unit_amount": "1"}, {"unit_amount": "0.333"}]
        ),
    },
    plan={"minimum_spend": "60", "discount": {"percent": "3"}},
    customer={"tax_percent": "19"},
)
EVENTS = [("acme", "gb", f"2026-10-0{day}T00:00:00Z", {"gb": f"{day}.5"}) for day in range(1, 5)]


def test_a_dry_run_is_what_bill_then_makes_and_stores_nothing(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    desk.events(*EVENTS)
    workspace = desk.workspace
    audited = len(workspace.audit())
    for finalize in (False, True):
        preview = workspace.bill("2026-09-01..2026-12-01", dry_run=True, finalize=finalize)
        assert (workspace.invoices(), len(workspace.audit())) == ([], audited)
        assert len(preview.invoices) == 3
        assert workspace.bill("2026-09-01..2026-12-01", dry_run=True, finalize=finalize) == preview
    final = workspace.bill("2026-09-01..2026-12-01", finalize=True)
    assert as_json(final.invoices) == as_json(preview.invoices)
    assert as_json(workspace.invoices()) == as_json(final.invoices)
    assert [each.number for each in final.invoices] == ["INV-0001", "INV-0002", "INV-0003"]


def test_billing_twice_makes_no_second_invoice(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    desk.events(*EVENTS)
    first = desk.workspace.bill("2026-10")
    second = desk.workspace.bill("2026-10")
    assert (second.invoices, second.unchanged, second.billed) == ((), 1, 0)
    desk.workspace.bill("2026-10", finalize=True)
    third = desk.workspace.bill("2026-10", finalize=True)
    assert (third.invoices, third.unchanged, third.billed) == ((), 0, 1)
    assert [each.id for each in desk.workspace.invoices()] == [first.invoices[0].id]


def test_late_events_renew_a_draft_and_never_a_final_invoice(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    desk.events(*EVENTS)
    (draft,) = desk.workspace.bill("2026-10").invoices
    desk.events(("acme", "gb", "2026-10-09T00:00:00Z", {"gb": 100}))
    (renewed,) = desk.workspace.bill("2026-10").invoices
    assert renewed.id == draft.id
    assert renewed.snapshot > draft.snapshot
    assert amounts(draft) == {"fee": "49.00", "gb": "5.33", "minimum": "7.30"}
    assert amounts(renewed) == {"fee": "49.00", "gb": "38.63"}
    final = desk.workspace.finalize(draft.id)
    desk.events(("acme", "gb", "2026-10-10T00:00:00Z", {"gb": 1000}))
    run = desk.workspace.bill("2026-10")
    assert (run.invoices, run.billed) == ((), 1)
    assert desk.workspace.invoice(draft.id) == final


def test_a_run_for_one_customer_leaves_the_others_alone(open_desk: OpenDesk) -> None:
    other = {
        "id": "zen",
        "subscription": [{"id": "zen-pro", "plan": "pro", "start": "2026-01-01"}],
    }
    text = catalogue({"fee": fee("49.00")}, more=[other]).replace('"2026-01-01"', "2026-01-01")
    desk = open_desk(text)
    assert [each.customer for each in desk.workspace.bill("2026-10", ["zen"]).invoices] == ["zen"]
    assert [each.customer for each in desk.workspace.bill("2026-10").invoices] == ["acme"]


def test_two_workspaces_with_the_same_store_make_the_same_bytes(open_desk: OpenDesk) -> None:
    made = []
    for _ in range(2):
        desk = open_desk(TEXT)
        desk.events(*EVENTS)
        made.append(as_json(desk.workspace.bill("2026-09-01..2027-01-01", finalize=True).invoices))
    assert made[0] == made[1]


def test_the_order_of_import_does_not_matter(open_desk: OpenDesk, tmp_path: Path) -> None:
    made = []
    rows = [
        "id,account,metric,timestamp,gb\n",
        *(f"e{n},acme,gb,2026-10-0{n}T00:00:00Z,{n}.1\n" for n in (1, 2, 3)),
    ]
    for order in ((1, 2, 3), (3, 1, 2)):
        path = tmp_path / f"{order[0]}.csv"
        path.write_text(rows[0] + "".join(rows[n] for n in order), encoding="utf-8")
        desk = open_desk(TEXT)
        desk.workspace.import_events([path])
        made.append(as_json(desk.workspace.bill("2026-10").invoices))
    assert made[0] == made[1]


def test_a_stored_invoice_is_the_one_that_was_returned(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    desk.events(*EVENTS)
    (draft,) = desk.workspace.bill("2026-10").invoices
    assert invoice_json(desk.workspace.invoice(draft.id)) == invoice_json(draft)
    assert desk.workspace.invoices(["acme"], ["draft"]) == [draft]
    assert desk.workspace.invoices(["acme"], ["final"]) == []
    assert desk.workspace.invoices(["zen"]) == []
