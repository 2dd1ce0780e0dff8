"""Import, bill, finalise, pay, credit, undo, settle, bill again, in any order, beside a small model.

The model knows ids and prices, nothing of the package: an event counts once however many batches brought
it, what was final stays as it was, and what is billed and settled comes to what the events are worth.
"""

import tempfile
from collections import defaultdict
from contextlib import ExitStack
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.domain.invoice import Invoice, fixed_part
from usagebill_tui.errors import Refused

CUSTOMERS = ("acme", "bravo")
MONTHS = (1, 2)
AFTERWARDS = 3
CENT = Decimal("0.01")
TAX = Decimal("0.1")
TIERS = [{"up_to": 1, "unit_amount": "0"}, {"unit_amount": "1.25"}]
PRODUCTS = {
    "seat": fee("7.35", "arrears"),
    "calls": metered("calls", model="tiered", tiers=TIERS),
    "gb": metered("gb", unit_amount="0.333"),
}
BRAVO = {
    "id": "bravo",
    "tax_percent": "10",
    "subscription": [{"id": "bravo-pro", "plan": "pro", "start": "2026-01-01"}],
}
TEXT = catalogue(PRODUCTS, customer={"tax_percent": "10"}, more=[BRAVO])


class Happening(NamedTuple):
    """What an event says; all of it follows from its id, so that the same id is the same event."""

    account: str
    metric: str
    month: int
    gb: int


def told_by(identity: int) -> Happening:
    metric = "calls" if identity % 2 else "gb"
    return Happening(CUSTOMERS[identity // 2 % 2], metric, MONTHS[identity // 4 % 2], identity * 7 % 40)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def worth(identities: set[int], customer: str, month: int) -> Decimal:
    """What an invoice of these events comes to, tax included."""
    mine = [told_by(identity) for identity in identities]
    mine = [one for one in mine if (one.account, one.month) == (customer, month)]
    calls = sum(one.metric == "calls" for one in mine)
    gb = sum(one.gb for one in mine if one.metric == "gb")
    net = Decimal("7.35") + max(calls - 1, 0) * Decimal("1.25") + cents(gb * Decimal("0.333"))
    return net + cents(net * TAX)


IDS = st.lists(st.integers(0, 15), min_size=4, max_size=9)


class AnyOrder(RuleBasedStateMachine):
    """A team's year, its steps in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.desk = self.stack.enter_context(Desk(folder, TEXT))
        self.files = 0
        self.standing: dict[int, set[int]] = {}
        self.drafts: dict[tuple[str, int], Decimal] = {}
        self.finals: dict[str, tuple[tuple[str, int], dict[str, object]]] = {}
        self.voided: set[str] = set()
        self.credited: set[str] = set()
        self.paid: dict[str, Decimal] = defaultdict(Decimal)

    @property
    def counted(self) -> set[int]:
        return set().union(*self.standing.values())

    @property
    def open_finals(self) -> dict[tuple[str, int], str]:
        return {key: number for number, (key, _) in self.finals.items() if number not in self.voided}

    def key(self, invoice: Invoice) -> tuple[str, int]:
        return invoice.customer, invoice.period.start.month

    def own_total(self, invoice: Invoice) -> Decimal:
        """An invoice's total without the lines that settle another one."""
        settled = [line for line in invoice.adjustments if line.settles is not None]
        taxes = sum((line.settles.tax for line in settled if line.settles), Decimal(0))
        return invoice.total - sum((line.amount for line in settled), Decimal(0)) - taxes

    @initialize(identities=IDS)
    def begin(self, identities: list[int]) -> None:
        """What is billed at once is what later steps can change."""
        self.bring(identities)
        self.bill(MONTHS[0], finalize=True)

    @rule(identities=IDS)
    def bring(self, identities: list[int]) -> None:
        self.files += 1
        path = self.desk.folder / f"events-{self.files}.csv"
        rows = [(identity, told_by(identity)) for identity in identities]
        lines = [
            f"{n},{one.account},{one.metric},2026-{one.month:02}-15T00:00:00Z,{one.gb}" for n, one in rows
        ]
        path.write_text("\n".join(["id,account,metric,timestamp,gb", *lines]) + "\n", encoding="utf-8")
        report = self.desk.workspace.import_events([path])
        counts = report.counts
        fresh = set(identities) - self.counted
        assert (counts.read, counts.accepted, counts.duplicates, counts.conflicts, counts.rejected) == (
            len(identities),
            len(fresh),
            len(identities) - len(fresh),
            0,
            0,
        )
        if report.batch is not None:
            self.standing[report.batch] = set(identities)

    @precondition(lambda self: self.standing)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        batch = data.draw(st.sampled_from(sorted(self.standing)))
        before = self.counted
        brought = self.standing.pop(batch)
        gone, _ = self.desk.workspace.undo_batch(batch)
        assert gone >= len(before - self.counted)
        assert len(brought) >= len(before - self.counted)

    @rule(month=st.sampled_from(MONTHS), finalize=st.booleans())
    def bill(self, month: int, *, finalize: bool) -> None:
        period = f"2026-{month:02}"
        preview = self.desk.workspace.bill(period, dry_run=True, finalize=finalize)
        run = self.desk.workspace.bill(period, finalize=finalize)
        assert [self.own_total(one) for one in preview.invoices] == [
            self.own_total(one) for one in run.invoices
        ]
        for customer in CUSTOMERS:
            if (customer, month) not in self.open_finals:
                self.drafts[customer, month] = worth(self.counted, customer, month)
        if finalize:
            self.become_final({key for key in self.drafts if key[1] == month})

    def become_final(self, keys: set[tuple[str, int]]) -> None:
        for invoice in self.desk.workspace.invoices(statuses=["final", "paid"]):
            number = invoice.number
            assert number is not None
            if number in self.finals:
                continue
            assert self.key(invoice) in keys
            assert self.own_total(invoice) == self.drafts.pop(self.key(invoice))
            self.finals[number] = (self.key(invoice), fixed_part(invoice))
            keys.discard(self.key(invoice))
        assert not keys

    @precondition(lambda self: self.drafts)
    @rule(data=st.data())
    def finalise(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.drafts)))
        (draft,) = (one for one in self.desk.workspace.invoices(statuses=["draft"]) if self.key(one) == key)
        self.desk.workspace.finalize(draft.id)
        self.become_final({key})

    @precondition(lambda self: self.open_finals)
    @rule(data=st.data(), amount=st.decimals("0.01", "30", places=2))
    def pay(self, data: st.DataObject, amount: Decimal) -> None:
        number = data.draw(st.sampled_from(sorted(self.open_finals.values())))
        self.desk.workspace.pay(number, amount)
        self.paid[number] += amount

    @precondition(lambda self: self.open_finals)
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.open_finals.values())))
        try:
            self.desk.workspace.void(number)
        except Refused:
            settled = {one.invoice for one in self.desk.workspace.adjustments()}
            invoice = self.desk.workspace.invoice(number)
            assert (
                self.paid[number] or number in self.credited or invoice.id in settled or invoice.adjustments
            )
        else:
            self.voided.add(number)

    @precondition(lambda self: self.open_finals)
    @rule(data=st.data(), amount=st.decimals("0.01", "3", places=2))
    def credit(self, data: st.DataObject, amount: Decimal) -> None:
        number = data.draw(st.sampled_from(sorted(self.open_finals.values())))
        try:
            note = self.desk.workspace.credit(number, amount=amount, reason="goodwill")
        except Refused:
            return
        assert note.total == -amount
        self.credited.add(number)

    @rule(form=st.sampled_from(["line", "credit-note"]))
    def settle(self, form: str) -> None:
        self.desk.workspace.accept_adjustments(form="line" if form == "line" else "credit-note")

    @invariant()
    def an_event_counts_once(self) -> None:
        assert sorted(int(event.id) for event in self.desk.workspace.events()) == sorted(self.counted)

    @invariant()
    def what_is_final_stays(self) -> None:
        for number, (_, document) in self.finals.items():
            assert fixed_part(self.desk.workspace.invoice(number)) == document

    @invariant()
    def a_period_is_billed_once(self) -> None:
        standing = [one for one in self.desk.workspace.invoices() if one.status != "void"]
        keys = [self.key(one) for one in standing]
        assert len(keys) == len(set(keys))
        assert set(keys) == {*self.drafts, *self.open_finals}

    @invariant()
    def the_ledger_sums_to_zero(self) -> None:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for balance in self.desk.workspace.ledger_balances():
            sums[balance.currency] += balance.balance
        assert not any(sums.values())

    @invariant()
    def what_is_due_is_what_is_not_paid(self) -> None:
        for number in self.open_finals.values():
            invoice = self.desk.workspace.invoice(number)
            assert invoice.paid == self.paid[number]
            assert invoice.amount_due == invoice.total - invoice.credits - invoice.paid

    def teardown(self) -> None:
        """Settle all, bill what follows: what was billed and settled is what the events are worth now."""
        try:
            self.desk.workspace.accept_adjustments()
            self.nothing_is_lost()
            assert [one.status for one in self.desk.workspace.verify()] == ["ok"]
        finally:
            self.stack.close()

    def nothing_is_lost(self) -> None:
        settled: dict[str, Decimal] = defaultdict(Decimal)
        for one in self.desk.workspace.adjustments():
            settled[one.invoice] += one.total
        followers = self.desk.workspace.bill(f"2026-{AFTERWARDS:02}", finalize=True).invoices
        for follower in followers:
            assert self.own_total(follower) == worth(set(), follower.customer, AFTERWARDS)
        assert all(one.billed_on or one.credit_note for one in self.desk.workspace.adjustments())
        for (customer, month), number in self.open_finals.items():
            if number in self.credited:
                continue
            invoice = self.desk.workspace.invoice(number)
            now = worth(self.counted, customer, month)
            assert self.own_total(invoice) + settled[invoice.id] == now


AnyOrder.TestCase.settings = settings(
    max_examples=4,
    stateful_step_count=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAnyOrder = AnyOrder.TestCase
