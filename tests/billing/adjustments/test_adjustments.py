"""Late events, undone batches and new definitions: proposed, accepted, billed once; final invoices stay."""

from decimal import Decimal

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, as_json, catalogue, fee, metered
from usagebill_tui.billing.adjustments.adjusting import Row, rows
from usagebill_tui.billing.subscriptions.moving import MoveRequest
from usagebill_tui.domain.adjustment import together
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.errors import NotFound, Refused
from usagebill_tui.plugin.registry import Registry

PRODUCTS = {
    "fee": fee("49.00"),
    "gb": metered("gb", unit_amount="1.5"),
    "calls": metered("calls", unit_amount="0.3"),
}
TEXT = catalogue(PRODUCTS, customer={"tax_percent": "8.25"})
LIMITS = {"minimum_spend": "60", "maximum_spend": "90", "discount": {"percent": "10"}}


def late(desk: Desk, gigabytes: int, day: int = 3, month: str = "2026-10") -> int:
    report = desk.events(("acme", "gb", f"{month}-{day:02}T00:00:00Z", {"gb": gigabytes}))
    assert report.batch is not None
    return report.batch


def billed(desk: Desk, gigabytes: int = 3, month: str = "2026-10") -> Invoice:
    late(desk, gigabytes, 2, month)
    (invoice,) = desk.workspace.bill(month, finalize=True).invoices
    return invoice


def told(desk: Desk) -> list[Row]:
    return rows(desk.workspace.adjustment_proposals())


def test_nothing_is_proposed_where_nothing_changed(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    late(desk, 5, 1, "2026-11")
    assert told(desk) == []


def test_late_events_are_told_line_by_line_with_the_tax(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    invoice = billed(desk)
    before = as_json(desk.workspace.invoices())
    late(desk, 7)
    usage, tax = told(desk)
    assert (usage.invoice, usage.customer, usage.line, usage.product) == (invoice.number, "acme", 2, "gb")
    assert (usage.units_before, usage.units_after) == (Decimal(3), Decimal(10))
    assert (usage.amount_before, usage.amount_after) == (Decimal("4.50"), Decimal("15.00"))
    assert (usage.difference, usage.reason) == (Decimal("10.50"), "late events 1")
    assert (tax.kind, tax.difference) == ("tax", Decimal("0.87"))
    assert as_json(desk.workspace.invoices()) == before


def test_an_event_at_the_end_of_the_period_is_the_next_ones(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    desk.events(("acme", "gb", "2026-11-01T00:00:00Z", {"gb": 9}))
    assert told(desk) == []
    desk.events(("acme", "gb", "2026-10-31T23:59:59.999999Z", {"gb": 1}))
    usage, _ = told(desk)
    assert usage.difference == Decimal("1.50")


def test_an_undone_batch_is_named_and_one_that_came_and_went_is_nothing(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    batch = late(desk, 3)
    billed(desk, 4)
    gone = late(desk, 7)
    desk.workspace.undo_batch(gone)
    assert told(desk) == []
    desk.workspace.undo_batch(batch)
    usage, tax = told(desk)
    assert usage.difference == Decimal("-4.50")
    assert f"undone batch {batch} (1 events)" in usage.reason
    assert tax.difference is not None
    assert tax.difference < 0


def test_a_redefined_metric_is_told_as_such_and_not_accepted_with_all(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    metrics: list[Table] = [
        {"code": "calls", "aggregation": "count"},
        {"code": "gb", "aggregation": "sum", "property": "gb", "rounding": {"mode": "ceil", "digits": -1}},
    ]
    desk.apply(
        catalogue(PRODUCTS, metrics=metrics, customer={"tax_percent": "8.25"}, subscription={"plan": "pro@1"})
    )
    usage, _ = told(desk)
    assert (usage.units_before, usage.units_after) == (Decimal(3), Decimal(10))
    assert usage.reason == "definition changed"
    assert desk.workspace.adjustment_proposals(definitions="agreed") == []
    done = desk.workspace.accept_adjustments()
    assert (done.accepted, [one.invoice for one in done.left]) == ((), ["INV-0001"])
    assert desk.workspace.accept_adjustment("INV-0001").total == Decimal("11.37")
    assert told(desk) == []


def test_what_was_agreed_then_counts_not_what_is_agreed_since(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    price = {"gb": {"model": "per_unit", "unit_amount": "99"}}
    desk.apply(catalogue(PRODUCTS, customer={"tax_percent": "20"}, subscription={"prices": price}))
    assert told(desk) == []
    late(desk, 1)
    usage, tax = told(desk)
    assert (usage.difference, tax.difference) == (Decimal("1.50"), Decimal("0.13"))


def test_an_alias_that_comes_late_brings_its_events(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    desk.events(("acme-eu", "gb", "2026-10-05T00:00:00Z", {"gb": 2}))
    billed(desk)
    desk.apply(catalogue(PRODUCTS, customer={"tax_percent": "8.25", "aliases": ["acme-eu"]}))
    usage, _ = told(desk)
    assert (usage.difference, usage.reason) == (Decimal("3.00"), "names of accounts changed")


def test_a_name_that_no_event_says_is_no_reason(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    desk.apply(catalogue(PRODUCTS, plan={"payment_terms_days": 9}, customer={"tax_percent": "8.25"}))
    desk.workspace.move_subscriptions(MoveRequest(source="pro@1", target="pro"))
    late(desk, 7)
    assert told(desk)[0].reason == "late events 1"
    desk.events(("acme-pro-2", "gb", "2026-10-06T00:00:00Z", {"gb": 2}))
    usage, _ = told(desk)
    assert usage.reason == "late events 2, names of accounts changed"


def test_an_accepted_line_is_on_the_next_invoice_once(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    before = as_json([desk.workspace.invoice("INV-0001")])
    late(desk, 7)
    accepted = desk.workspace.accept_adjustment("INV-0001")
    assert (accepted.total, accepted.tax) == (Decimal("11.37"), Decimal("0.87"))
    assert told(desk) == []
    with pytest.raises(Refused, match="comes out as it was billed and settled"):
        desk.workspace.accept_adjustment("INV-0001")
    run = desk.workspace.bill("2026-11")
    (draft,) = run.invoices
    (line,) = draft.adjustments
    assert (line.amount, line.product, line.units) == (Decimal("10.50"), "gb", Decimal(7))
    assert (draft.subtotal, draft.tax) == (Decimal("59.50"), Decimal("4.91"))
    assert desk.workspace.bill("2026-11").unchanged == 1
    desk.workspace.finalize(draft.id)
    assert all(not invoice.adjustments for invoice in desk.workspace.bill("2026-12").invoices)
    assert as_json([desk.workspace.invoice("INV-0001")]) == before
    (entry,) = desk.workspace.adjustments()
    assert entry.billed_on == draft.id


def test_a_draft_picks_it_up_when_it_is_renewed_and_a_void_one_lets_it_go(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    (draft,) = desk.workspace.bill("2026-11").invoices
    late(desk, 7)
    desk.workspace.accept_adjustments()
    (renewed,) = desk.workspace.bill("2026-11").invoices
    assert (renewed.id, len(renewed.adjustments)) == (draft.id, 1)
    desk.workspace.void(draft.id)
    assert desk.workspace.adjustments()[0].billed_on is None
    (again,) = desk.workspace.bill("2026-11").invoices
    assert (again.id != draft.id, len(again.adjustments)) == (True, 1)
    (other,) = desk.workspace.bill("2026-12").invoices
    assert other.adjustments == ()


def test_a_dry_run_carries_nothing(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    late(desk, 7)
    desk.workspace.accept_adjustments()
    (shown,) = desk.workspace.bill("2026-11", dry_run=True).invoices
    assert len(shown.adjustments) == 1
    assert desk.workspace.adjustments()[0].billed_on is None


def test_the_next_proposal_is_the_rest(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    late(desk, 7)
    desk.workspace.accept_adjustments()
    late(desk, 2, 4)
    usage, _ = told(desk)
    assert (usage.units_before, usage.units_after) == (Decimal(10), Decimal(12))
    assert usage.difference == Decimal("3.00")
    desk.workspace.accept_adjustments()
    (draft,) = desk.workspace.bill("2026-11").invoices
    assert [line.amount for line in draft.adjustments] == [Decimal("10.50"), Decimal("3.00")]


def test_limits_and_discounts_of_the_next_period_do_not_count_it(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS, plan=LIMITS, customer={"tax_percent": "8.25"}))
    first = billed(desk)
    assert first.total == Decimal("64.95")
    late(desk, 70)
    assert {row.kind for row in told(desk)} == {"usage", "minimum", "maximum", "discount", "tax"}
    accepted = desk.workspace.accept_adjustment("INV-0001")
    assert first.total + accepted.total == Decimal("97.43")
    (draft,) = desk.workspace.bill("2026-11").invoices
    assert draft.own_net == Decimal("60.00")
    assert draft.total == Decimal("64.95") + accepted.total


def test_the_rest_of_the_next_period_does_not_count_it_either(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(PRODUCTS, plan={"minimum_spend": "60"}))
    billed(desk)
    late(desk, 70)
    desk.workspace.accept_adjustment("INV-0001")
    (opening,) = desk.workspace.bill("2026-11-01..2026-11-15", finalize=True).invoices
    assert (len(opening.adjustments) > 0, opening.own_net) == (True, Decimal("49.00"))
    (closing,) = desk.workspace.bill("2026-11", finalize=True).invoices
    assert closing.total == Decimal("11.00")
    assert told(desk) == []


def test_less_becomes_a_credit_note_with_its_own_negative_tax(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    batch = late(desk, 7)
    invoice = billed(desk)
    desk.workspace.undo_batch(batch)
    accepted = desk.workspace.accept_adjustment("INV-0001", "credit-note")
    (note,) = desk.workspace.credit_notes()
    assert (note.number, accepted.credit_note) == ("CN-0001", "CN-0001")
    assert (note.subtotal, note.tax, note.total) == (Decimal("-10.50"), Decimal("-0.87"), Decimal("-11.37"))
    now = desk.workspace.invoice("INV-0001")
    assert (now.credits, now.amount_due) == (Decimal("11.37"), invoice.total - Decimal("11.37"))
    assert now.document == invoice.document
    assert told(desk) == []
    assert all(not one.adjustments for one in desk.workspace.bill("2026-11").invoices)


def test_more_is_no_credit_note(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    late(desk, 7)
    with pytest.raises(Refused, match=r"is to be 11\.37 USD more; accept it as a line"):
        desk.workspace.accept_adjustment("INV-0001", "credit-note")
    done = desk.workspace.accept_adjustments(form="credit-note")
    assert (done.accepted, len(done.left)) == ((), 1)


def test_an_invoice_that_was_settled_elsewhere_is_not_voided(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    late(desk, 7)
    desk.workspace.accept_adjustments()
    (draft,) = desk.workspace.bill("2026-11").invoices
    with pytest.raises(Refused, match=f"an adjustment of invoice INV-0001 is on invoice {draft.id}"):
        desk.workspace.void("INV-0001")
    desk.workspace.void(draft.id)
    desk.workspace.void("INV-0001")
    assert desk.workspace.adjustments() == []
    again, _ = desk.workspace.bill("2026-10-01..2026-12-01").invoices
    assert (again.total, again.adjustments) == (Decimal("69.28"), ())


def test_an_invoice_that_carries_adjustments_is_recomputed_with_them(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    late(desk, 7)
    desk.workspace.accept_adjustments()
    desk.workspace.bill("2026-11", finalize=True)
    late(desk, 1, 9, "2026-11")
    usage, _ = told(desk)
    assert (usage.invoice, usage.difference) == ("INV-0002", Decimal("1.50"))


def test_what_cannot_be_recomputed_says_so_and_is_not_accepted(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    billed(desk)
    late(desk, 7)
    with Desk(desk.folder, registry=Registry()) as bare:
        (row,) = told(bare)
        assert (row.invoice, row.kind, row.difference) == ("INV-0001", "invoice", None)
        assert row.reason.startswith("cannot be recomputed: gb: unknown aggregation type 'sum'")
        with pytest.raises(Refused, match="invoice INV-0001 cannot be recomputed"):
            bare.workspace.accept_adjustment("INV-0001")
        assert (bare.workspace.accept_adjustments().accepted, bare.workspace.adjustments()) == ((), [])
    assert len(told(desk)) == 2


def test_unknown_names_and_drafts_are_refused(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    (draft,) = desk.workspace.bill("2026-10").invoices
    with pytest.raises(NotFound, match="there is no invoice 'INV-0009'"):
        desk.workspace.accept_adjustment("INV-0009")
    with pytest.raises(Refused, match="is draft"):
        desk.workspace.accept_adjustment(draft.id)
    with pytest.raises(NotFound, match="did you mean 'acme'"):
        desk.workspace.adjustment_proposals(["acmee"])


def test_undoing_tells_how_many_final_invoices_it_touches(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    batch = late(desk, 3)
    other = late(desk, 3, month="2026-11")
    billed(desk)
    before = desk.workspace.snapshot()
    desk.workspace.undo_batch(other)
    assert desk.workspace.touched_invoices(before) == 0
    before = desk.workspace.snapshot()
    desk.workspace.undo_batch(batch)
    assert desk.workspace.touched_invoices(before) == 1


def test_lines_that_measure_nothing_themselves_are_no_sign_of_other_names(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"gb": metered("gb", unit_amount="1.5", minimum_amount="30")}))
    billed(desk)
    late(desk, 7)
    assert {(row.kind, row.reason) for row in told(desk)} == {
        ("usage", "late events 1"),
        ("minimum", "late events 1"),
    }


def test_each_reason_is_told_once() -> None:
    assert together(["late events 2", "late events 1", "late events 2; late events 1"]) == (
        "late events 2; late events 1"
    )


def test_all_is_accepted_where_of_some_only_units_change(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"gb": metered("gb", unit_amount="0")}))
    billed(desk)
    late(desk, 7)
    assert [(row.units_before, row.units_after, row.difference) for row in told(desk)] == [
        (Decimal(3), Decimal(10), Decimal(0))
    ]
    done = desk.workspace.accept_adjustments()
    assert (done.accepted, done.left) == ((), ())
