"""The tables of catalogue, manifest and ledger; those that an import needs stand in `import_tables`.

Definitions are kept as canonical JSON of the domain's types; what is searched by has columns of its own.
Money is kept in minor units as integers, so that a database can add it exactly.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from usagebill_tui.domain.bookkeeping import Account, Kind
from usagebill_tui.store.import_tables import (
    AuditRow,
    Base,
    BatchFileRow,
    BatchRow,
    CounterRow,
    MappingRow,
    RejectRow,
    SegmentRow,
)
from usagebill_tui.store.types import word

__all__ = [
    "AdjustmentRow",
    "ArchivedRow",
    "AuditRow",
    "Base",
    "BatchFileRow",
    "BatchRow",
    "CounterRow",
    "CreditMoveRow",
    "CreditNoteRow",
    "CreditRow",
    "CustomerNameRow",
    "CustomerRow",
    "EntryRow",
    "InvoiceItemRow",
    "InvoiceRow",
    "MappingRow",
    "MetricRow",
    "PaymentRow",
    "PlanRow",
    "PlanVersionRow",
    "PostingRow",
    "ProductRow",
    "RejectRow",
    "SegmentRow",
    "SubscriptionNameRow",
    "SubscriptionRow",
    "TaxRow",
]


class MetricRow(Base):
    """A metric as it would be used today."""

    __tablename__ = "metrics"
    code: Mapped[str] = mapped_column(primary_key=True)
    definition: Mapped[str]


class ProductRow(Base):
    """A product as it would be sold today."""

    __tablename__ = "products"
    code: Mapped[str] = mapped_column(primary_key=True)
    definition: Mapped[str]


class PlanRow(Base):
    """A plan as it would be sold today."""

    __tablename__ = "plans"
    code: Mapped[str] = mapped_column(primary_key=True)
    definition: Mapped[str]


class PlanVersionRow(Base):
    """A version of a plan with the products and metrics it fixed."""

    __tablename__ = "plan_versions"
    plan: Mapped[str] = mapped_column(ForeignKey("plans.code"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    definition: Mapped[str]


class TaxRow(Base):
    """A rate of tax as it holds today."""

    __tablename__ = "taxes"
    code: Mapped[str] = mapped_column(primary_key=True)
    definition: Mapped[str]


class CustomerRow(Base):
    """A customer; `searched` holds id, name and aliases, a line each, as a search compares them."""

    __tablename__ = "customers"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    searched: Mapped[str]
    definition: Mapped[str]
    # A list is filtered, counted and sorted in this index alone. PostgreSQL's hold no texts of any length.
    __table_args__ = (Index("ix_customers_list", "id", "name", "searched").ddl_if(dialect="sqlite"),)


class CustomerNameRow(Base):
    """Everything that events may call a customer; a name belongs to one customer."""

    __tablename__ = "customer_names"
    name: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)


class SubscriptionRow(Base):
    """A customer on a plan version."""

    __tablename__ = "subscriptions"
    id: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    plan: Mapped[str]
    version: Mapped[int]
    start: Mapped[date]
    end: Mapped[date | None]
    definition: Mapped[str]
    __table_args__ = (Index("ix_subscriptions_plan_version", "plan", "version"),)


class SubscriptionNameRow(Base):
    """Everything that events may call a subscription; a name belongs to one subscription."""

    __tablename__ = "subscription_names"
    name: Mapped[str] = mapped_column(primary_key=True)
    subscription: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"), index=True)


class ArchivedRow(Base):
    """Something of the catalogue that is used no more: a metric, product, plan, customer or subscription."""

    __tablename__ = "archived"
    noun: Mapped[str] = mapped_column(word(16), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)


class InvoiceRow(Base):
    """An invoice. `document` is its canonical JSON without what may still change once it is final."""

    __tablename__ = "invoices"
    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(word(8))
    customer: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    subscription: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    currency: Mapped[str] = mapped_column(word(3))
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    due: Mapped[date | None]
    total_minor: Mapped[int]
    document: Mapped[str]
    checksum: Mapped[str]
    snapshot: Mapped[int]
    # A list is filtered, counted and sorted in this index alone, however long the documents are.
    __table_args__ = (
        Index("ix_invoices_status_due", "status", "due"),
        Index(
            "ix_invoices_list",
            "period_start",
            "customer",
            "id",
            "number",
            "status",
            "due",
            "currency",
            "total_minor",
        ),
        # What each customer owes, and what is open at all, is added up in this one.
        Index("ix_invoices_owing", "status", "customer", "currency", "due", "total_minor", "id"),
    )


class InvoiceItemRow(Base):
    """What an invoice bills: one product of a subscription for one period, which no other may bill."""

    __tablename__ = "invoice_items"
    invoice: Mapped[str] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    subscription: Mapped[str]
    period_start: Mapped[date]
    __table_args__ = (UniqueConstraint("subscription", "product", "period_start", name="uq_billed_once"),)


class PaymentRow(Base):
    """Money received for an invoice; a refund is negative."""

    __tablename__ = "payments"
    id: Mapped[int] = mapped_column(primary_key=True)
    invoice: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(word(3))
    date: Mapped[date]
    reference: Mapped[str]
    at: Mapped[datetime]
    who: Mapped[str]


class CreditNoteRow(Base):
    """A credit note on an invoice; amounts are negative. `document` is its canonical JSON."""

    __tablename__ = "credit_notes"
    number: Mapped[str] = mapped_column(primary_key=True)
    invoice: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    customer: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    currency: Mapped[str] = mapped_column(word(3))
    total_minor: Mapped[int]
    document: Mapped[str]
    checksum: Mapped[str]
    at: Mapped[datetime]
    who: Mapped[str]


class AdjustmentRow(Base):
    """An accepted adjustment of an invoice; `lines` is the JSON of what it settles.

    `billed_on` is the invoice that carries it as lines (null: the customer's next one will), `credit_note`
    the credit note that it became instead.
    """

    __tablename__ = "adjustments"
    id: Mapped[int] = mapped_column(primary_key=True)
    invoice: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    customer: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    currency: Mapped[str] = mapped_column(word(3))
    total_minor: Mapped[int]
    lines: Mapped[str]
    snapshot: Mapped[int]
    billed_on: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    credit_note: Mapped[str | None] = mapped_column(ForeignKey("credit_notes.number"), unique=True)
    at: Mapped[datetime]
    who: Mapped[str]


class CreditRow(Base):
    """A prepaid credit: money, or units of a product (where `product` is given) as exact text.

    `paid_minor` was paid for it; what it holds beyond that was granted.
    """

    __tablename__ = "credits"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    currency: Mapped[str] = mapped_column(word(3))
    name: Mapped[str]
    amount_minor: Mapped[int]
    product: Mapped[str | None]
    units: Mapped[str | None]
    paid_minor: Mapped[int]
    priority: Mapped[int]
    expires: Mapped[date | None]
    day: Mapped[date]
    at: Mapped[datetime]
    who: Mapped[str]


class CreditMoveRow(Base):
    """What was taken off a credit, or off what an invoice (`source`) owes back; negative: given back.

    `invoice` is the one that it was used for. Of a credit in units, `amount_minor` is what the units were
    worth in the ledger.
    """

    __tablename__ = "credit_moves"
    id: Mapped[int] = mapped_column(primary_key=True)
    credit: Mapped[int | None] = mapped_column(ForeignKey("credits.id"), index=True)
    source: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    invoice: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    kind: Mapped[str] = mapped_column(word(16))
    currency: Mapped[str] = mapped_column(word(3))
    amount_minor: Mapped[int]
    units: Mapped[str | None]
    day: Mapped[date]
    at: Mapped[datetime]
    who: Mapped[str]


class EntryRow(Base):
    """An entry of the ledger: one movement of money, mostly of an invoice. The database only adds rows.

    Adding it closes it: its postings are there already, and have to sum to zero.
    """

    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str]
    kind: Mapped[Kind] = mapped_column(word(16))
    reference: Mapped[str]
    day: Mapped[date] = mapped_column(index=True)
    invoice: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"), index=True)


class PostingRow(Base):
    """What an entry posts to an account: a debit, or, negative, a credit; revenue by product."""

    __tablename__ = "postings"
    entry: Mapped[int] = mapped_column(
        ForeignKey("entries.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[Account] = mapped_column(word(16))
    product: Mapped[str | None]
    customer: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    currency: Mapped[str] = mapped_column(word(3))
    amount_minor: Mapped[int]
