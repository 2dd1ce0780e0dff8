"""What a changed contract does to invoices that were made before: credits, charges, drafts to make anew.

A final invoice never changes. Where the end of a subscription moves under a fee that was billed in advance,
the invoice is recomputed with the new end, and the difference is settled like any adjustment: its tax and its
share of a discount are the invoice's own.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from usagebill_tui.billing.adjustments.adjusting import Proposal
from usagebill_tui.billing.adjustments.recomputing import Recomputed, recompute, standing
from usagebill_tui.billing.adjustments.settling import AsStored, accept_proposal
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import Contract, Portion, due_on, in_advance
from usagebill_tui.billing.invoices.invoicing import renew
from usagebill_tui.billing.invoices.lifecycle import void_draft
from usagebill_tui.domain.adjustment import rest
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.errors import Refused
from usagebill_tui.store.adjustments import Accepted, adjustments_of
from usagebill_tui.store.billed import BilledItem, Stub, billed_of, stubs_of
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import CLOSING

_DAY = timedelta(days=1)
_ZERO = Decimal(0)

Form = Literal["line", "credit-note", "renewed", "void", "left"]


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """What a change does to an invoice, by number or of a draft by id.

    A final one is settled by a `line` on the customer's next invoice or by a `credit-note`, or `left` for the
    `reason` given; a draft is `renewed`, or `void` where nothing of it remains. `net` and `total` (with tax)
    are what is to be paid more, negative for a credit, None of a draft.
    """

    subscription: str
    customer: str
    invoice: str
    form: Form
    currency: str
    net: Decimal | None = None
    total: Decimal | None = None
    reason: str = ""


class Consequences(msgspec.Struct, frozen=True):
    """All consequences of a change, and what is to be settled and voided for them."""

    told: tuple[Consequence, ...] = ()
    settled: tuple[tuple[Proposal, Literal["line", "credit-note"]], ...] = ()
    void: tuple[str, ...] = ()
    renew: tuple[str, ...] = ()

    def settle(self, house: House, session: Session) -> None:
        """Write what the change brings about for invoices, in the session that writes the change."""
        stored = AsStored(session, [proposal for proposal, _ in self.settled])
        for proposal, form in self.settled:
            accept_proposal(house, session, proposal, form, stored)
        for draft in self.void:
            void_draft(house, session, draft)

    def renew_drafts(self, house: House) -> None:
        """Make the drafts anew that the change concerns, once it is written."""
        if self.renew:
            renew(house, self.renew)


def consequences(house: House, session: Session, before: Catalogue, after: Catalogue) -> Consequences:
    """Return what a change of the catalogue does to invoices; raises Refused where it may not be.

    An end may not move under usage or fees in arrears that a final invoice bills.
    """
    changed = _changed(before, after)
    if not changed:
        return Consequences()
    billed = billed_of(session, changed)
    moved = _Moved(before, after, billed)
    moved.check_arrears()
    proposals = _proposals(house, session, after, moved)
    followed = {one.follows for one in after.subscriptions.values() if one.follows is not None}
    settled: list[tuple[Proposal, Literal["line", "credit-note"]]] = []
    told: list[Consequence] = []
    for proposal in proposals:
        form = moved.form(proposal, followed)
        told.append(_told(proposal, form))
        if not told[-1].reason:
            settled.append((proposal, form))
    drafts = list(moved.drafts())
    told += [draft for draft, _ in drafts]
    void = tuple(identity for draft, identity in drafts if draft.form == "void")
    renew = tuple(identity for draft, identity in drafts if draft.form == "renewed")
    return Consequences(tuple(told), tuple(settled), void, renew)


def _changed(before: Catalogue, after: Catalogue) -> list[str]:
    """Return the subscriptions whose contract changes, be it through their customer."""
    people = {
        key: _agreed(one) != _agreed(after.customers[key])
        for key, one in before.customers.items()
        if one is not after.customers.get(key)
    }
    return [
        key
        for key, one in before.subscriptions.items()
        if _terms(one) != _terms(after.subscriptions[key]) or people.get(one.customer, False)
    ]


def _agreed(customer: Customer) -> Customer:
    return msgspec.structs.replace(customer, name="", email="", address="", aliases=())


def _terms(subscription: Subscription) -> Subscription:
    return msgspec.structs.replace(subscription, aliases=())


class _Moved:
    """Billed items of changed subscriptions, under the contracts before and after."""

    def __init__(self, before: Catalogue, after: Catalogue, billed: Sequence[BilledItem]) -> None:
        self._before = {one.item.subscription: _contract(before, one.item.subscription) for one in billed}
        self._after = {key: _contract(after, key) for key in self._before}
        self._billed = billed
        self._finals = {one.item for one in billed if one.status != "draft"}

    def check_arrears(self) -> None:
        """Raise Refused where an end moves under what a final invoice bills up to that end."""
        for one in self._billed:
            if one.status != "draft" and not self._in_advance(one) and self._moves(one):
                key = one.item.subscription
                old, new = self._before[key].subscription, self._after[key].subscription
                raise _refusal(old, new, self._portion(self._before[key], one).due.full.after)

    def credited(self) -> dict[str, str]:
        """Return the final invoices with a fee in advance that an end moves under, with the subscription."""
        return {
            one.invoice: one.item.subscription
            for one in self._billed
            if one.status != "draft" and self._in_advance(one) and self._moves(one)
        }

    def end(self, subscription: str) -> date | None:
        """Return the end that a subscription is to have."""
        return self._after[subscription].subscription.end

    def form(self, proposal: Proposal, followed: Collection[str]) -> Literal["line", "credit-note"]:
        """Return how a difference is settled: by a line where an invoice is still to come, else at once."""
        key = proposal.invoice.subscription
        if proposal.rest.total >= 0 or key in followed or self._still_due(self._after[key]):
            return "line"
        return "credit-note"

    def drafts(self) -> Iterator[tuple[Consequence, str]]:
        """Yield what becomes of drafts, with their ids."""
        of_draft: dict[str, list[BilledItem]] = {}
        for one in self._billed:
            if one.status == "draft":
                of_draft.setdefault(one.invoice, []).append(one)
        for identity, items in of_draft.items():
            key = items[0].item.subscription
            contract = self._after[key]
            remains = any(self._portion(contract, one).due.active.count for one in items)
            yield (
                Consequence(
                    subscription=key,
                    customer=contract.customer.id,
                    invoice=identity,
                    form="renewed" if remains else "void",
                    currency=contract.version.plan.currency,
                ),
                identity,
            )

    def _still_due(self, contract: Contract) -> bool:
        """Tell whether an invoice is to come: for usage or a fee in arrears of the last days."""
        end = contract.subscription.end
        if end is None:
            return True
        last = due_on(contract, end - _DAY)
        return any(
            last.portion(product, end - _DAY).item not in self._finals
            for product in contract.version.products
            if not in_advance(product) and product.fee != "one_time"
        )

    def _in_advance(self, one: BilledItem) -> bool:
        if one.item.product == CLOSING:
            return False
        return in_advance(self._before[one.item.subscription].version.product(one.item.product))

    def _moves(self, one: BilledItem) -> bool:
        key = one.item.subscription
        old, new = (
            self._portion(contract, one).due.active for contract in (self._before[key], self._after[key])
        )
        return old != new

    def _portion(self, contract: Contract, one: BilledItem) -> Portion:
        first = one.item.period_start
        whole = due_on(contract, first)
        if one.item.product == CLOSING:
            return Portion(contract.version.products[0], whole)
        return whole.portion(contract.version.product(one.item.product), first)


def _contract(catalogue: Catalogue, key: str) -> Contract:
    one = catalogue.subscriptions[key]
    return Contract(one, catalogue.customers[one.customer], catalogue.versions[one.plan, one.version])


def _refusal(old: Subscription, new: Subscription, after: date) -> Refused:
    if old.end is not None and old.end < after:
        return Refused(
            f"subscription {old.id!r} has been invoiced up to its end, so it stays {old.end}",
            mend="start another subscription there",
        )
    return Refused(
        f"subscription {new.id!r} has been invoiced for the period up to {after}",
        mend=f"let it end on {after} or later",
    )


def _proposals(house: House, session: Session, after: Catalogue, moved: _Moved) -> list[Proposal]:
    """Return what is left to settle of invoices whose fees in advance an end moves under."""
    credited = moved.credited()
    if not credited:
        return []
    stubs = [stub for stub in stubs_of(session, set(credited.values())) if stub.id in credited]
    accepted = adjustments_of(session, credited)
    found: list[Proposal] = []
    for snapshot, some in _by_snapshot(stubs, accepted).items():
        those = standing(session, after, some, "agreed")
        for one in recompute(house, after, those, snapshot):
            if one.billed.id in credited:
                end = moved.end(one.billed.subscription)
                found.append(_proposal(one, accepted.get(one.billed.id, ()), snapshot, end))
    return [one for one in found if one.rest.differences]


def _by_snapshot(stubs: Iterable[Stub], accepted: Mapping[str, Sequence[Accepted]]) -> dict[int, list[Stub]]:
    """Return invoices by the newest state of the events that they were settled at: none newer mixes in."""
    found: dict[int, list[Stub]] = {}
    for stub in stubs:
        at = max([stub.snapshot, *(one.snapshot for one in accepted.get(stub.id, ()))])
        found.setdefault(at, []).append(stub)
    return found


def _proposal(one: Recomputed, accepted: Sequence[Accepted], snapshot: int, end: date | None) -> Proposal:
    if one.now is None:
        number = one.billed.number or one.billed.id
        raise Refused(
            f"invoice {number} bills days in advance and cannot be recomputed: {one.problem}",
            mend="mend that, or end the subscription where its paid period ends",
        )
    left = rest(one.billed, one.now, [line for each in accepted for line in each.lines])
    reason = "no end of the subscription" if end is None else f"the subscription's end on {end}"
    told = tuple(msgspec.structs.replace(each, reason=reason) for each in left.differences)
    left = msgspec.structs.replace(left, differences=told)
    return Proposal(invoice=one.billed, rest=left, snapshot=snapshot, accepted=tuple(accepted))


def _told(proposal: Proposal, form: Literal["line", "credit-note"]) -> Consequence:
    invoice = proposal.invoice
    with exact_arithmetic():
        lines = sum((one.total for one in proposal.accepted if one.credit_note is None), _ZERO)
        left = invoice.total - invoice.credited + lines
    more = -proposal.rest.total > left
    return Consequence(
        subscription=invoice.subscription,
        customer=invoice.customer,
        invoice=invoice.number or invoice.id,
        form="left" if more else form,
        currency=invoice.currency,
        net=proposal.rest.net,
        total=proposal.rest.total,
        reason=f"only {left} {invoice.currency} is left of it after credit notes" if more else "",
    )
