"""Moving customers from one plan version to another: first the effect on each, then all of them or none."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content

from usagebill_tui.billing.words import day, money
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.asking import ASK, EDIT, AskingPage, Question
from usagebill_tui.tui.screens.invoice_words import counted
from usagebill_tui.tui.widgets.in_memory import Sortable
from usagebill_tui.tui.widgets.listing import NEVER, Column, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.subscriptions.moving import Move, Moved, MoveRequest
    from usagebill_tui.workspace import Workspace

_STAYED = 3
_NO_PERIOD = "no whole billing period of it has ended"


class MovePage(AskingPage):
    """Shows what moving the customers of a plan would do to each, and moves them once the user is sure."""

    PAGE = "plans"
    HELP_TEXT = (
        "What `usagebill subscriptions move` does: each subscription ends on the day, another goes on. "
        "Before and after are its last whole period, before tax."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        ASK,
        EDIT,
        Action(id="move.move", keys="m", title="Move them", call="move", footer="move them"),
        Action(id="move.customer", keys="c", title="Open the customer", call="open_customer",
               footer="customer"),
    )  # fmt: skip
    EMPTY = "Nobody is to be moved."
    NOUN = "subscriptions"
    BUTTON = "Show the effect"

    def __init__(self, plan: str) -> None:
        super().__init__()
        self._plan = plan

    @property
    def title_text(self) -> str:
        """Return whose customers are moved."""
        return f"Move customers of plan {plain(self._plan, 60)}"

    def question(self, workspace: "Workspace") -> Question:
        """Return the fields: from which version, to which, when, and who."""
        catalogue = workspace.catalogue_around()
        labels = [
            (version.label, f"{version.plan.name or version.plan.code} ({version.label})")
            for _, version in sorted(catalogue.versions.items())
        ]
        own = tuple((label, label) for (label, _) in labels if label.rpartition("@")[0] == self._plan)
        fields = (
            Field(key="source", title="From", kind="choice", choices=own, default="every other version"),
            Field(key="target", title="To", kind="choice", choices=tuple(labels), required=True),
            Field(key="day", title="On", kind="date", default="each one's next period",
                  help="The first day on it, in each customer's time zone"),
            Field(key="customers", title="Customers", kind="list", default="all",
                  help="Ids, with commas between"),
        )  # fmt: skip
        newest = catalogue.latest(self._plan)
        values = {"target": f"{self._plan}@{newest}"} if newest > 1 else {}
        return Question(fields, values)

    def answer(self, workspace: "Workspace", values: Mapping[str, Any]) -> "Moved":
        """Find what moving would do."""
        return workspace.move_subscriptions(self._request(values), dry_run=True)

    def _request(self, values: Mapping[str, Any]) -> "MoveRequest":
        from usagebill_tui.billing.subscriptions.moving import MoveRequest

        return MoveRequest(
            source=values.get("source") or self._plan,
            target=values["target"],
            customers=tuple(values.get("customers", ())),
            day=values.get("day"),
        )

    # What was found

    def columns(self) -> Sequence[Column]:
        """Return the columns of a move with its effect."""
        return (
            Column(key="customer", title="Customer", sortable=True),
            Column(key="subscription", title="Subscription", sortable=True, priority=2),
            Column(key="plan_before", title="From", sortable=True, priority=1),
            Column(key="plan_after", title="To", sortable=True, priority=1),
            Column(key="day", title="On", sortable=True),
            Column(key="successor", title="Goes on as", priority=2),
            Column(key="before", title="Before", right=True, sortable=True, priority=2),
            Column(key="after", title="After", right=True, sortable=True, priority=2),
            Column(key="difference", title="Difference", right=True, sortable=True),
            Column(key="problem", title="Problem", priority=NEVER),
        )

    def rows(self, found: "Moved") -> Sequence[Sortable]:
        """Return a row for each subscription that would be moved."""
        return [_row(one) for one in found.moves]

    def told(self, values: Mapping[str, Any]) -> str:
        """Say who is moved where."""
        who = ", ".join(values.get("customers", ())) or "all customers"
        when = day(values["day"]) if values.get("day") else "at each one's next period"
        return plain(f"{values.get('source') or self._plan} → {values.get('target')} · {when} · {who}", 300)

    def sums(self, found: "Moved") -> Content:
        """Say how many would be moved, what that comes to, and who stays."""
        lines = ["Nobody would be moved"]
        if found.moves:
            lines = [f"{len(found.moves):,} would be moved{_differences(found.moves)}. Press m to move them."]
        lines += [
            f"! {plain(f'{one.subscription} stays: {one.reason}', 200)}" for one in found.stayed[:_STAYED]
        ]
        if len(found.stayed) > _STAYED:
            lines.append(f"! {len(found.stayed) - _STAYED:,} more stay")
        return Content("\n".join([*lines, *_invoices(found)]))

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the whole row."""
        event.listing.show_record()

    def action_open_customer(self) -> None:
        """Open the customer under the cursor."""
        from usagebill_tui.tui.screens.customer import CustomerPage

        key = self.query_one("#found", Listing).key
        if self.is_answered and key is not None:
            customer = next(one.customer for one in self.found.moves if one.subscription == key)
            self.app.push_screen(CustomerPage(customer))

    # Moving

    def action_move(self) -> None:
        """Move them, once the user is sure."""
        if not self.is_answered or not self.found.moves:
            self.app.notify("Look first at what would be moved: press enter in the form")
            return
        found, request = self.found, self._request(self.asked)
        count = counted(len(found.moves), "subscription")
        effect = f"{count} go on with {plain(request.target, 60)}{_differences(found.moves)} a period."

        effect = "\n".join([effect, *_invoices(found)])

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(lambda workspace: workspace.move_subscriptions(request), self._moved, group="move")

        self.app.push_screen(Confirm(f"Move {count}?", effect, "Move them"), answered)

    def _moved(self, moved: "Moved") -> None:
        self.app.notify(f"{counted(len(moved.moves), 'subscription')} moved", title="Moved", markup=False)
        self.dismiss()


def _invoices(found: "Moved") -> list[str]:
    """Say what happens to invoices: credits of days paid in advance, drafts made anew."""
    from usagebill_tui.billing.words import consequence_words

    words = [plain(consequence_words(one), 200) for one in found.consequences[:_STAYED]]
    more = len(found.consequences) - _STAYED
    return [*words, f"and {more:,} more invoices"] if more > 0 else words


def _differences(moves: "Sequence[Move]") -> str:
    """Say by how much all compared customers together pay more or less, by currency."""
    from usagebill_tui.domain.quantity import exact_arithmetic

    sums: dict[str, Decimal] = {}
    with exact_arithmetic():
        for one in moves:
            if one.effect is not None and one.effect.difference is not None:
                before = sums.get(one.effect.currency, Decimal(0))
                sums[one.effect.currency] = before + one.effect.difference
    words = " and ".join(
        f"{'+' if amount > 0 else ''}{money(amount, currency)}" for currency, amount in sorted(sums.items())
    )
    return f", {words} together" if words else ""


def _row(one: "Move") -> Sortable:
    effect = one.effect
    currency = "" if effect is None else effect.currency

    def amount(name: str) -> str:
        value = None if effect is None else getattr(effect, name)
        return "–" if value is None else money(value, currency)

    row = Row(
        one.subscription,
        (
            cell(one.customer, longest=30),
            cell(one.subscription, longest=30),
            cell(one.plan_before, longest=24),
            cell(one.plan_after, longest=24),
            day(one.day),
            cell(one.successor, longest=30),
            amount("before"),
            amount("after"),
            amount("difference"),
            cell(_NO_PERIOD if effect is None else effect.problem, longest=100),
        ),
    )
    names = ("customer", "subscription", "plan_before", "plan_after", "day")
    amounts = {name: effect and getattr(effect, name) for name in ("before", "after", "difference")}
    return Sortable(row, {**{name: getattr(one, name) for name in names}, **amounts})
