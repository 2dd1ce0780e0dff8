"""Months of contracts with all that changes in them, every invoice and what settles it beside a model.

Fees are billed in advance and apart from usage; customers start, move, leave and are erased within periods;
events come late every month. What was billed at any time is what the model made of the events known then.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import tomli_w

from tests.billing.conftest import OpenDesk
from tests.billing.contracts_model import (
    ADVANCE,
    FEES,
    FLAT,
    FREE,
    LEVEL,
    NOTHING,
    UNIT,
    Bound,
    Came,
    Happening,
    Plan,
    active,
    came,
    months_after,
    period,
)
from tests.billing.desk import Desk, Table
from usagebill_tui.billing.erasing import Erasure
from usagebill_tui.billing.subscriptions.moving import MoveRequest
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.testing.dice import dice

DAY = timedelta(days=1)
JANUARY = date(2024, 1, 1)
PLANS = {
    "trial": Plan(
        ("base", "setup", "calls"), minimum="100", percent_off="10", months=2, trial=20, maximum="101.01"
    ),
    "anniversary": Plan(("after", "calls", "stored"), amount_off="5", anniversary=True),
    "start": Plan(("base", "setup", "stored", "calls"), minimum="55"),
    "grow": Plan(("base", "stored", "after"), amount_off="7.5", months=5),
}
CUSTOMERS: dict[str, tuple[str, date, str, str]] = {
    "trying": ("trial", date(2024, 1, 15), "America/New_York", "7.125"),
    "yearly": ("anniversary", date(2024, 1, 31), "Europe/Berlin", "21"),
    "moving": ("start", JANUARY, "Europe/Berlin", "20"),
    "leaving": ("start", date(2024, 1, 20), "America/New_York", "8.875"),
}


def text() -> str:
    tiers = [{"up_to": FREE, "unit_amount": "0", "flat_amount": FLAT}, {"unit_amount": UNIT}]
    products: list[Table] = [
        {
            "code": code,
            "fee": "one_time" if code == "setup" else "recurring",
            "timing": "advance" if code in ADVANCE else "arrears",
            "price": {"unit_amount": amount},
        }
        for code, amount in FEES.items()
    ]
    products += [
        {"code": "calls", "metric": "calls", "price": {"model": "tiered", "tiers": tiers}},
        {"code": "stored", "metric": "stored", "price": {"unit_amount": LEVEL}},
    ]
    tables = {
        "currency": "USD",
        "metric": [
            {"code": "calls", "aggregation": "count"},
            {"code": "stored", "aggregation": "sum", "property": "delta", "recurring": True},
        ],
        "product": products,
        "plan": [plan_table(code, plan) for code, plan in PLANS.items()],
        "customer": [
            {
                "id": name,
                "name": f"{name} Ltd",
                "timezone": zone,
                "tax_percent": tax,
                "subscription": [{"id": f"{name}-s", "plan": plan, "start": start}],
            }
            for name, (plan, start, zone, tax) in CUSTOMERS.items()
        ],
    }
    return tomli_w.dumps(tables)


def plan_table(code: str, plan: Plan) -> Table:
    off = {"percent": plan.percent_off, "amount": plan.amount_off, "months": plan.months}
    known = {key: value for key, value in off.items() if value is not None}
    terms = {"minimum_spend": plan.minimum, "maximum_spend": plan.maximum, "discount": known or None}
    billing = "anniversary" if plan.anniversary else "calendar"
    table = {"code": code, "products": list(plan.products), "billing": billing, "trial_days": plan.trial}
    return {**table, **{key: value for key, value in terms.items() if value is not None}}


@dataclass(kw_only=True)
class Billed:
    """A final invoice as the model has it: as it was billed, and as it was last settled."""

    bound: Bound
    first: date
    products: list[str]
    closes: bool
    came: Came
    now: Came


class Months:
    """A desk and a model that see the same."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.random = dice(7)
        self.events: dict[str, Happening] = {}
        self.billed: dict[str, Billed] = {}
        self.done: set[tuple[str, str, date]] = set()
        self.seen: set[int] = set()
        self.bound = {
            f"{name}-s": Bound(
                id=f"{name}-s",
                customer=name,
                plan=plan,
                start=start,
                origin=start,
                names={name, f"{name}-s"},
                zone=ZoneInfo(zone),
                tax=Fraction(tax) / 100,
            )
            for name, (plan, start, zone, tax) in CUSTOMERS.items()
        }

    def at(self, day: date) -> None:
        self.desk.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    def bring(self, month: date, each: int) -> list[str]:
        """Import events of a month, at its edges and within, for every customer."""
        last = (months_after(month, 1) - DAY).day
        fresh: dict[str, Happening] = {}
        for name in [name for name in CUSTOMERS for _ in range(each)]:
            day = self.random.choice([1, self.random.randint(2, last - 1), last])
            at = datetime(month.year, month.month, day, self.random.choice([0, 4, 23]), 30, tzinfo=UTC)
            metric = self.random.choice(["calls", "stored"])
            account = self.random.choice([name, f"{name}-s"])
            one = Happening(account, metric, at, self.random.randint(-1, 6))
            fresh[f"e{len(self.events) + len(fresh)}-{month}"] = one
        rows = [
            {
                "id": key,
                "account": one.account,
                "metric": one.metric,
                "timestamp": one.at.isoformat(),
                "properties": {"delta": one.delta, "who": "somebody"},
            }
            for key, one in fresh.items()
        ]
        path = self.desk.folder / f"{month}-{len(self.events)}.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        assert self.desk.workspace.import_events([path]).counts.accepted == len(fresh)
        self.events |= fresh
        return list(fresh)

    def bill(self, first: date, after: date) -> None:
        """Bill some days, and hold every invoice to the model."""
        made = {one.id: one for one in self.desk.workspace.bill(f"{first}..{after}", finalize=True).invoices}
        for bound in self.bound.values():
            begin, end = period(PLANS[bound.plan], bound, max(bound.start, first - 40 * DAY))
            while begin < min(bound.end, after):
                self.expect(made, bound, begin, (first, after))
                begin, end = end, period(PLANS[bound.plan], bound, end)[1]
        # Who has left gets what was accepted since on an invoice of its own.
        assert all(one.adjustments == one.lines and one.customer == "leaving" for one in made.values())

    def expect(self, made: dict[str, Invoice], bound: Bound, begin: date, billed: tuple[date, date]) -> None:
        plan, (first, after) = PLANS[bound.plan], billed
        start, end = active(bound, *period(plan, bound, begin))
        if start >= end:
            return
        today = self.desk.now.date()
        opens, closes = first <= start < after and start <= today, first < end <= after and end <= today
        due = [code for code in plan.products if (opens if code in ADVANCE else closes)]
        due = [code for code in due if code != "setup" or start == bound.origin]
        due = [code for code in due if (bound.id, code, begin) not in self.done]
        if not due:
            return
        number = sum(one.bound is bound and one.first == begin for one in self.billed.values())
        name = f"{bound.id}_{begin}" + (f"_{number + 1}" if number else "")
        has_limit = plan.minimum is not None or plan.maximum is not None
        one = Billed(
            bound=bound, first=begin, products=due, closes=closes and has_limit, came=Came(), now=Came()
        )
        one.came = one.now = self.worth(one)
        invoice = made.pop(name)
        settled = sum((Fraction(line.settles.tax) for line in invoice.lines if line.settles), NOTHING)
        own = Came(Fraction(invoice.own_net), Fraction(invoice.tax) - settled, Fraction(invoice.discount))
        assert own == one.came, name
        self.billed[name] = one
        self.done |= {(bound.id, code, begin) for code in due}

    def worth(self, one: Billed) -> Came:
        """Return what an invoice comes to by the events known now, beside those before it of its period."""
        before = Came()
        for other in self.billed.values():
            if other is one:
                break
            if (other.bound, other.first) == (one.bound, one.first):
                before = Came(before.net + other.now.net, NOTHING, before.off + other.now.off)
        known = list(self.events.values())
        return came(PLANS, one.bound, one.first, one.products, known, closes=one.closes, before=before)

    def settle(self) -> None:
        """Hold what was accepted since, by a change of contract or by us, to the model's differences."""
        told: dict[str, list[Fraction]] = defaultdict(lambda: [NOTHING, NOTHING])
        for one in self.desk.workspace.adjustments():
            if one.id not in self.seen:
                told[one.invoice][0] += Fraction(one.total) - Fraction(one.tax)
                told[one.invoice][1] += Fraction(one.tax)
                self.seen.add(one.id)
        for name, billed in self.billed.items():
            now = self.worth(billed)
            differs = [now.net - billed.now.net, now.tax - billed.now.tax]
            assert told.pop(name, [NOTHING, NOTHING]) == differs, name
            billed.now = now
        assert not told

    def move(self, day: date, plan: str) -> None:
        """Move a customer within a period: what was paid for later days is credited at once."""
        old = self.bound["moving-s"]
        asked = MoveRequest(source=f"{old.plan}@1", target=f"{plan}@1", customers=("moving",), day=day)
        (done,) = self.desk.workspace.move_subscriptions(asked).moves
        old.end = day
        old.names.add(done.successor)
        self.bound[done.successor] = Bound(
            id=done.successor,
            customer="moving",
            plan=plan,
            start=day,
            origin=old.origin,
            names=old.names,
            zone=old.zone,
            tax=old.tax,
        )
        self.settle()

    def leave(self, day: date) -> None:
        self.desk.workspace.cancel_subscription("leaving-s", day)
        self.bound["leaving-s"].end = day
        self.settle()


def test_every_invoice_and_what_settles_it_is_what_the_model_says(open_desk: OpenDesk) -> None:
    desk = open_desk(text(), now="2024-01-01T12:00:00Z")
    run = Months(desk)
    for number in range(5):
        month = months_after(JANUARY, number)
        following = months_after(month, 1)
        run.at(month.replace(day=16))
        run.bring(month, 3)
        if number == 2:
            run.move(month.replace(day=16), "grow")
        if number == 3:
            run.leave(month.replace(day=17))
            desk.workspace.erase(Erasure(customer="trying"))
        run.at(following.replace(day=3))
        run.bill(month, following)
        run.bill(following, following + DAY)
        run.bring(month, 1)
        desk.workspace.accept_adjustments()
        run.settle()
    assert len(run.billed) > 20
    assert {one.status for one in desk.workspace.verify()} == {"ok"}
    finals = {one.id: one for one in desk.workspace.invoices()}
    settled = [one for one in desk.workspace.adjustments() if one.billed_on or one.credit_note]
    owed = sum((one.came.net + one.came.tax for one in run.billed.values()), NOTHING)
    owed += sum((Fraction(one.total) for one in settled), NOTHING)
    standing = {str(one.account): Fraction(one.balance) for one in desk.workspace.ledger_balances()}
    assert standing["receivables"] + standing["customer_balance"] == owed
    assert set(finals) >= set(run.billed)
    assert len(settled) > 5
