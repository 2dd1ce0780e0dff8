"""Whatever comes late or goes: what is billed and settled comes to what the invoices would be now."""

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.domain.invoice import Invoice, fixed_part
from usagebill_tui.domain.money import round_money

PRODUCTS = {
    "fee": fee("20.00", "arrears"),
    "calls": metered(
        "calls", model="tiered", tiers=[{"up_to": 2, "unit_amount": "0"}, {"unit_amount": "3.333"}]
    ),
    "gb": metered("gb", unit_amount="1.115", minimum_amount="4"),
}
PLAN = {"minimum_spend": "25.55", "maximum_spend": "60.10", "discount": {"percent": "7.5"}}
TEXT = catalogue(PRODUCTS, plan=PLAN, customer={"tax_percent": "8.25"})

EVENTS = st.lists(st.tuples(st.sampled_from(["calls", "gb"]), st.integers(0, 30)), min_size=1, max_size=5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("import"), EVENTS),
        st.tuples(st.just("undo"), st.integers(0, 5)),
        st.tuples(st.just("accept"), st.sampled_from(["line", "credit-note"])),
        st.tuples(st.just("bill"), st.just(None)),
    ),
    min_size=1,
    max_size=6,
)


def deliver(desk: Desk, rows: list[tuple[str, int]]) -> int:
    batch = desk.events(
        *(
            ("acme", metric, f"2026-10-1{k}T00:00:00Z", {"gb": value})
            for k, (metric, value) in enumerate(rows)
        )
    ).batch
    assert batch is not None
    return batch


def as_billed_now(rows: list[list[tuple[str, int]]]) -> Invoice:
    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder), TEXT) as desk:
        for some in rows:
            deliver(desk, some)
        (invoice,) = desk.workspace.bill("2026-10").invoices
        return invoice


def settled(desk: Desk) -> Decimal:
    """What invoices and credit notes settle of the first invoice, and what is still to be carried."""
    lines = sum(
        (
            line.amount + line.settles.tax
            for invoice in desk.workspace.invoices()
            if invoice.status != "void"
            for line in invoice.adjustments
            if line.settles is not None
        ),
        Decimal(0),
    )
    notes = sum((note.total for note in desk.workspace.credit_notes()), Decimal(0))
    pending = [one for one in desk.workspace.adjustments() if not one.billed_on and not one.credit_note]
    return lines + notes + sum((one.total for one in pending), Decimal(0))


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(EVENTS, STEPS)
def test_what_is_billed_and_settled_is_what_the_invoice_would_be_now(
    first: list[tuple[str, int]], steps: list[tuple[str, object]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder), TEXT) as desk:
        standing = {deliver(desk, first): first}
        (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
        document = fixed_part(invoice)
        month = 11
        for step, told in steps:
            if step == "import" and isinstance(told, list):
                standing[deliver(desk, told)] = told
            elif step == "undo" and isinstance(told, int) and standing:
                batch = sorted(standing)[told % len(standing)]
                desk.workspace.undo_batch(batch)
                del standing[batch]
            elif step == "accept":
                desk.workspace.accept_adjustments(form="credit-note" if told == "credit-note" else "line")
            elif step == "bill" and month < 13:
                desk.workspace.bill(f"2026-{month}", finalize=month == 11)
                month += 1
        desk.workspace.accept_adjustments()
        desk.workspace.bill("2027-02")
        assert all(one.billed_on or one.credit_note for one in desk.workspace.adjustments())
        now = as_billed_now(list(standing.values()))
        assert invoice.total + settled(desk) == now.total
        assert all(not one.rest.total for one in desk.workspace.adjustment_proposals())
        assert fixed_part(desk.workspace.invoice("INV-0001")) == document
        for later in desk.workspace.invoices():
            taxes = sum((line.settles.tax for line in later.adjustments if line.settles), Decimal(0))
            assert later.tax == round_money(later.own_net * Decimal("0.0825"), "USD") + taxes
        assert [finding.status for finding in desk.workspace.verify()] == ["ok"]
