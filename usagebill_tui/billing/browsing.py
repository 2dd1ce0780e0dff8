"""Browsing: pages of long lists, for whoever looks at them a screen at a time."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.prepaid.drafts import expected_among
from usagebill_tui.billing.usage.event_pages import EventSearch, WholeEvent, event_page, whole_event
from usagebill_tui.domain.catalogue import Archivable
from usagebill_tui.domain.credit_note import CreditNote
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.plan import Plan
from usagebill_tui.errors import NotFound
from usagebill_tui.eventstore.browsing import Line
from usagebill_tui.store.archived import archived_things
from usagebill_tui.store.audit import Entry as AuditEntry
from usagebill_tui.store.balances import owed_back
from usagebill_tui.store.browsing import (
    audit,
    batches,
    credit_notes,
    customers,
    entries,
    invoices,
    payments,
    plans,
    rejects,
    subscriptions,
)
from usagebill_tui.store.browsing.customers import CustomerEntry
from usagebill_tui.store.browsing.invoices import InvoiceEntry, InvoiceKind, InvoiceSearch
from usagebill_tui.store.browsing.payments import PaymentEntry
from usagebill_tui.store.browsing.plans import PlanEntry, VersionEntry
from usagebill_tui.store.browsing.rejects import RejectEntry
from usagebill_tui.store.credits import credits_of
from usagebill_tui.store.entries import Entry
from usagebill_tui.store.manifest import Batch, batches_with


class Browsing:
    """Hands out pages of each list; nothing here loads a whole list."""

    def __init__(self, house: House) -> None:
        self._house = house

    def customers(self, request: PageRequest) -> PageFound[CustomerEntry]:
        """Return a page of customers by id, or by `name` or what is `owed`."""
        with self._house.database.reading() as session:
            return customers.customer_page(session, request, self._house.clock())

    def customer(self, customer: str) -> CustomerEntry:
        """Return one customer with its subscriptions and what it owes; raises NotFound."""
        with self._house.database.reading() as session:
            found = customers.customer_entries(session, [customer], self._house.clock())
            back = [(one.currency, one.amount) for one in owed_back(session, [customer])]
            known = credits_of(session, [customer])
        if not found:
            raise NotFound(f"there is no customer {customer!r}", mend="`usagebill customers` lists them")
        usable = [one for one in known if one.units is None and one.usable(self.today())]
        return msgspec.structs.replace(
            found[0], owed_back=_summed(back), credits=_summed((one.currency, one.left) for one in usable)
        )

    def plans(self, request: PageRequest) -> PageFound[PlanEntry]:
        """Return a page of plans by code, or by `name`, `versions` or how many are `on` them."""
        with self._house.database.reading() as session:
            return plans.plan_page(session, request, self.today())

    def plan(self, code: str) -> tuple[Plan, list[VersionEntry]]:
        """Return a plan as sold today and its versions, the newest first; raises NotFound."""
        with self._house.database.reading() as session:
            found = plans.find_plan(session, code)
            versions = plans.plan_versions(session, code, self.today())
        if found is None:
            raise NotFound(f"there is no plan {code!r}", mend="`usagebill plans` lists them")
        return found, versions

    def subscribers(
        self, plan: str, request: PageRequest, version: int | None = None
    ) -> PageFound[Subscription]:
        """Return a page of the subscriptions on a plan, or on one version of it."""
        with self._house.database.reading() as session:
            return subscriptions.subscribers(session, plan, request, version)

    def invoices(
        self, request: PageRequest, *, kind: InvoiceKind = "all", customer: str | None = None
    ) -> PageFound[InvoiceEntry]:
        """Return a page of invoices of a kind, of one customer or all; sorted by `period` unless asked."""
        search = InvoiceSearch(today=self.today(), kind=kind, customer=customer)
        with self._house.database.reading() as session:
            found = invoices.invoice_page(session, search, request)
        standing = expected_among(self._house, [one.invoice for one in found.rows])
        rows = [
            msgspec.structs.replace(one, invoice=invoice)
            for one, invoice in zip(found.rows, standing, strict=True)
        ]
        return PageFound(rows, found.matching, found.total)

    def invoice(self, name: str) -> InvoiceEntry:
        """Return the invoice with this number or id; raises NotFound."""
        with self._house.database.reading() as session:
            found = invoices.invoice_entry(session, name, self.today())
        if found is None:
            raise NotFound(f"there is no invoice {name!r}", mend="`usagebill invoices` lists them")
        return msgspec.structs.replace(found, invoice=expected_among(self._house, [found.invoice])[0])

    def invoice_counts(self, customer: str | None = None) -> dict[InvoiceKind, int]:
        """Return how many invoices there are of each kind."""
        with self._house.database.reading() as session:
            return invoices.invoice_counts(session, self.today(), customer)

    def drafts(self) -> list[str]:
        """Return the ids of all drafts, by period, customer and id."""
        with self._house.database.reading() as session:
            return invoices.draft_ids(session)

    def draft_sums(self, ids: Iterable[str] | None = None) -> dict[str, tuple[int, Decimal]]:
        """Return how many drafts there are, of all or of these ids, and what they come to, by currency."""
        with self._house.database.reading() as session:
            return invoices.draft_sums(session, ids)

    def audit(self, request: PageRequest) -> PageFound[AuditEntry]:
        """Return a page of who changed what, and when, in the order of changes unless asked."""
        with self._house.database.reading() as session:
            return audit.audit_page(session, request)

    def archived(self, noun: Archivable) -> frozenset[str]:
        """Return the codes or ids of what is archived of one kind."""
        with self._house.database.reading() as session:
            return frozenset(key for kind, key in archived_things(session) if kind == noun)

    def payments(self, request: PageRequest, *, customer: str | None = None) -> PageFound[PaymentEntry]:
        """Return a page of payments, of one customer or all; the order is that of recording unless asked."""
        with self._house.database.reading() as session:
            return payments.payment_page(session, request, customer=customer)

    def ledger(
        self, request: PageRequest, *, account: str | None = None, currency: str | None = None
    ) -> PageFound[Entry]:
        """Return a page of the ledger's entries, of an account in a currency or all, as they were made."""
        with self._house.database.reading() as session:
            return entries.entry_page(session, request, account=account, currency=currency)

    def credit_notes(self, request: PageRequest, *, customer: str | None = None) -> PageFound[CreditNote]:
        """Return a page of credit notes, of one customer or all, by number unless asked."""
        with self._house.database.reading() as session:
            return credit_notes.credit_note_page(session, request, customer=customer)

    def events(self, search: EventSearch, request: PageRequest) -> PageFound[Line]:
        """Return a page of events, latest first; raises NotFound for an unknown customer."""
        return event_page(self._house, search, request)

    def event(self, line: Line) -> WholeEvent:
        """Return an event of such a page with all its properties and its history."""
        return whole_event(self._house, line)

    def batches(self, request: PageRequest) -> PageFound[Batch]:
        """Return a page of imports and undoings by their numbers."""
        with self._house.database.reading() as session:
            return batches.batch_page(session, request)

    def batches_with(self, numbers: Sequence[int]) -> list[Batch]:
        """Return the batches with these numbers."""
        with self._house.database.reading() as session:
            return batches_with(session, numbers)

    def latest_imports(self, most: int) -> Sequence[Batch]:
        """Return the newest imports, newest first."""
        with self._house.database.reading() as session:
            return batches.latest_imports(session, most)

    def rejects(self, request: PageRequest, *, batch: int | None = None) -> PageFound[RejectEntry]:
        """Return a page of rejected rows, of one batch or all, those of the newest batch first."""
        with self._house.database.reading() as session:
            return rejects.reject_page(session, request, batch)

    def rejects_of(self, batch: int, number: int | None, most: int) -> list[RejectEntry]:
        """Return the rejected row of a batch with this number, or the first of all."""
        with self._house.database.reading() as session:
            if number is None:
                return rejects.first_rejects(session, batch, most)
            return rejects.reject_entries(session, batch, [number])

    def today(self) -> date:
        """Return the day (UTC) by which invoices are overdue."""
        return self._house.clock().astimezone(UTC).date()


def _summed(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Add amounts up by currency."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, amount - amount) + amount
    return sums
