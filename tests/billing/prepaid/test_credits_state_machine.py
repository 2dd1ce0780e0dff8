"""In whatever order things come, credits are used once, and the ledger says what a small model says."""

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.billing.prepaid.granting import CreditRequest
from usagebill_tui.errors import Refused

TODAY = date(2027, 6, 15)
AMOUNTS = st.integers(1, 20_000).map(lambda cents: Decimal(cents) / 100)
TEXT = catalogue(
    {"fee": fee("41.37", "arrears"), "calls": metered("calls", unit_amount="7.01")},
    customer={"tax_percent": "19"},
)
CALLS, CALL, FEE = 3, 701, 4137
MONTHS = [f"2026-{month:02}" for month in range(1, 13)]


class Model:
    """What there should be: amounts in cents, in as few words as it can be said."""

    def __init__(self) -> None:
        self.credits: dict[str, dict[str, Any]] = {}
        self.packs: dict[str, dict[str, Any]] = {}
        self.invoices: dict[str, dict[str, Any]] = {}
        self.cash = 0

    def due(self, number: str) -> int:
        one = self.invoices[number]
        used = sum(amount for _, amount in one["used"])
        away = sum(
            amount for other in self.invoices.values() for source, amount in other["used"] if source == number
        )
        return int(one["total"] - one["paid"] - one["noted"] - used + away)

    def usable(self) -> list[str]:
        alive = [k for k, c in self.credits.items() if c["left"] and not c["void"] and c["expires"] > TODAY]
        return sorted(alive, key=lambda k: (self.credits[k]["priority"], self.credits[k]["expires"], k))

    def take(self) -> list[tuple[str, int]]:
        """Take a month's calls from prepaid units: every period begins before any of them expires."""
        wanted, taken = CALLS, []
        for label in sorted(
            self.packs, key=lambda k: (self.packs[k]["priority"], self.packs[k]["expires"], k)
        ):
            part = min(wanted, self.packs[label]["left"])
            if part:
                self.packs[label]["left"] -= part
                taken.append((label, part))
                wanted -= part
        return taken

    def apply(self, number: str) -> None:
        backs = [k for k in self.invoices if k != number and not self.invoices[k]["void"] and self.due(k) < 0]
        for source in sorted(backs, key=lambda k: self.invoices[k]["month"]):
            part = min(-self.due(source), self.due(number))
            if part > 0:
                self.invoices[number]["used"].append((source, part))
        for label in self.usable():
            part = min(self.credits[label]["left"], self.due(number))
            if part > 0:
                self.credits[label]["left"] -= part
                self.invoices[number]["used"].append((label, part))


class Credits(RuleBasedStateMachine):
    """Adds, bills, pays, over-pays, credits, voids and expires in any order."""

    invoices = Bundle("invoices")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.desk = Desk(Path(self.folder.name), TEXT)
        self.desk.events(
            *(
                ("acme", "calls", f"{month}-0{day}T00:00:00Z")
                for month in MONTHS
                for day in range(1, CALLS + 1)
            )
        )
        self.model = Model()
        self.months = list(reversed(MONTHS))

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.workspace.close()
            self.folder.cleanup()

    @rule(
        amount=AMOUNTS,
        granted=st.sampled_from(["0", "0.5", "1"]),
        priority=st.integers(0, 2),
        days=st.sampled_from([None, 0, 30]),
    )
    def add(self, amount: Decimal, granted: str, priority: int, days: int | None) -> None:
        paid = (amount * Decimal(granted)).quantize(Decimal("0.01"))
        expires = None if days is None else date(2027, 6, 15 + (1 if days else 0))
        request = CreditRequest(
            customer="acme",
            amount=amount,
            paid=paid,
            priority=priority,
            expires=expires,
            day=date(2027, 1, 1),
        )
        label = self.desk.workspace.add_credit(request).label
        self.model.cash += int(paid * 100)
        self.model.credits[label] = {
            "left": int(amount * 100),
            "amount": int(amount * 100),
            "paid": int(paid * 100),
            "priority": priority,
            "expires": expires or date.max,
            "void": False,
        }

    @rule(
        units=st.integers(1, 9),
        paid=st.integers(0, 2_000),
        priority=st.integers(0, 2),
        days=st.sampled_from([None, 0, 30]),
    )
    def add_units(self, units: int, paid: int, priority: int, days: int | None) -> None:
        expires = None if days is None else date(2027, 6, 15 + (1 if days else 0))
        request = CreditRequest(
            customer="acme",
            units=Decimal(units),
            product="calls",
            paid=Decimal(paid) / 100,
            priority=priority,
            expires=expires,
            day=date(2027, 1, 1),
        )
        label = self.desk.workspace.add_credit(request).label
        self.model.cash += paid
        self.model.packs[label] = {
            "left": units,
            "units": units,
            "paid": paid,
            "priority": priority,
            "expires": expires or date.max,
        }

    @rule(target=invoices, early=st.booleans())
    def bill(self, *, early: bool) -> str:
        if not self.months:
            return "none"
        month = self.months.pop()
        if early:
            self.desk.workspace.bill(month)
        (one,) = self.desk.workspace.bill(month, finalize=True).invoices
        number = one.number or ""
        units = self.model.take()
        net = FEE + (CALLS - sum(part for _, part in units)) * CALL
        assert [(use.credit, int(use.units)) for line in one.lines for use in line.prepaid] == units
        assert int(one.total * 100) == net + (net * 19 + 50) // 100
        self.model.invoices[number] = {
            "units": units,
            "total": int(one.total * 100),
            "paid": 0,
            "noted": 0,
            "used": [],
            "void": False,
            "month": month,
        }
        self.model.apply(number)
        assert int(one.amount_due * 100) == self.model.due(number)
        return number

    @rule(number=invoices, amount=AMOUNTS)
    def pay(self, number: str, amount: Decimal) -> None:
        if number in self.model.invoices and not self.model.invoices[number]["void"]:
            self.desk.workspace.pay(number, amount)
            self.model.invoices[number]["paid"] += int(amount * 100)
            self.model.cash += int(amount * 100)

    @rule(number=invoices)
    def refund(self, number: str) -> None:
        if number in self.model.invoices and (back := -self.model.due(number)) > 0:
            self.desk.workspace.pay(number, -Decimal(back) / 100)
            self.model.invoices[number]["paid"] -= back
            self.model.cash -= back

    @rule(number=invoices, amount=AMOUNTS)
    def note(self, number: str, amount: Decimal) -> None:
        one = self.model.invoices.get(number)
        if one is None or one["void"] or int(amount * 100) > one["total"] - one["noted"]:
            return
        self.desk.workspace.credit(number, amount=amount)
        one["noted"] += int(amount * 100)

    @rule(number=consumes(invoices))
    def void(self, number: str) -> None:
        one = self.model.invoices.get(number)
        if one is None or one["void"]:
            return
        away = any(source == number for other in self.model.invoices.values() for source, _ in other["used"])
        if one["paid"] or one["noted"] or away:
            try:
                self.desk.workspace.void(number)
            except Refused:
                return
            raise AssertionError(number)
        self.desk.workspace.void(number)
        for source, amount in one["used"]:
            if source in self.model.credits:
                self.model.credits[source]["left"] += amount
        for label, part in one["units"]:
            self.model.packs[label]["left"] += part
        one.update(used=[], units=[], void=True)
        self.months.append(one["month"])

    @rule()
    def apply(self) -> None:
        self.desk.workspace.apply_credits()
        for number in sorted(self.model.invoices):
            if not self.model.invoices[number]["void"] and self.model.due(number) > 0:
                self.model.apply(number)

    @rule(choice=st.integers(0, 5))
    def void_credit(self, choice: int) -> None:
        open_ = [k for k, c in sorted(self.model.credits.items()) if c["left"]]
        if open_:
            label = open_[choice % len(open_)]
            credit = self.model.credits[label]
            before = self.cash()
            self.desk.workspace.void_credit(label)
            back = before - self.cash()
            # Of what is left the paid part comes back, to the cent.
            assert abs(back * credit["amount"] - credit["left"] * credit["paid"]) <= credit["amount"]
            self.model.cash -= back
            credit.update(left=0, void=True)

    @rule(choice=st.integers(0, 5))
    def void_pack(self, choice: int) -> None:
        open_ = [k for k, pack in sorted(self.model.packs.items()) if pack["left"]]
        if open_:
            pack = self.model.packs[open_[choice % len(open_)]]
            before = self.cash()
            self.desk.workspace.void_credit(open_[choice % len(open_)])
            back = before - self.cash()
            assert abs(back * pack["units"] - pack["left"] * pack["paid"]) <= pack["units"]
            self.model.cash -= back
            pack.update(left=0, void=True)

    @rule()
    def expire(self) -> None:
        self.desk.workspace.expire_credits()
        for pack in self.model.packs.values():
            if pack["expires"] <= TODAY:
                pack["left"] = 0
        for credit in self.model.credits.values():
            if credit["expires"] <= TODAY and not credit["void"]:
                credit["left"] = 0

    def cash(self) -> int:
        return next(
            (
                int(one.balance * 100)
                for one in self.desk.workspace.ledger_balances()
                if one.account == "cash"
            ),
            0,
        )

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "desk"):
            return
        every = self.desk.workspace.credits()
        packs = {one.label: one for one in every if one.units is not None}
        assert {label: credit.units_left for label, credit in packs.items()} == {
            label: pack["left"] for label, pack in self.model.packs.items()
        }
        for label, pack in self.model.packs.items():
            # What is left is worth its part of what was paid, to the cent.
            left = int(packs[label].left * 100)
            assert abs(left * pack["units"] - pack["left"] * pack["paid"]) <= pack["units"]
        told = {one.label: int(one.left * 100) for one in every if one.units is None}
        assert told == {label: credit["left"] for label, credit in self.model.credits.items()}
        assert all(left >= 0 for left in told.values())
        stands = {
            one.number: (int(one.amount_due * 100), one.status) for one in self.desk.workspace.invoices()
        }
        for number, one in self.model.invoices.items():
            due = self.model.due(number)
            status = "void" if one["void"] else "paid" if due <= 0 else "final"
            assert stands[number] == (one["total"] if one["void"] else due, status)
        balances = {one.account: int(one.balance * 100) for one in self.desk.workspace.ledger_balances()}
        assert sum(balances.values()) == 0
        assert balances.get("prepaid_credits", 0) == -sum(int(one.left * 100) for one in every)
        assert balances.get("cash", 0) == self.model.cash
        standing = [self.model.due(number) for number, one in self.model.invoices.items() if not one["void"]]
        assert balances.get("receivables", 0) == sum(due for due in standing if due > 0)
        assert balances.get("customer_balance", 0) == sum(due for due in standing if due < 0)

    @rule()
    def verify(self) -> None:
        assert [one.detail for one in self.desk.workspace.verify() if one.status != "ok"] == []


TestCredits = Credits.TestCase
TestCredits.settings = settings(
    max_examples=8,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
