"""The first schema: catalogue, manifest of events, ledger."""

import sqlalchemy as sa
from alembic import op

from usagebill_tui.store.rules import add_rules
from usagebill_tui.store.types import TEXT, Instant, Verbatim, word

revision = "0001"
down_revision = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables, and the rules that audit and ledger only grow."""
    create_catalogue()
    create_manifest()
    create_ledger()
    create_settlements()
    create_entries()
    add_rules(op.get_bind())


def create_catalogue() -> None:
    """Create what is sold, to whom, and the audit."""
    op.create_table(
        "audit",
        sa.Column("id", INT, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("noun", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("before", TEXT, nullable=True),
        sa.Column("after", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "counters",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", INT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "customers",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("searched", TEXT, nullable=False),
        sa.Column("definition", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ix_customers_list", "customers", ["id", "name", "searched"], unique=False)
    op.create_table(
        "metrics",
        sa.Column("code", TEXT, nullable=False),
        sa.Column("definition", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "plans",
        sa.Column("code", TEXT, nullable=False),
        sa.Column("definition", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "products",
        sa.Column("code", TEXT, nullable=False),
        sa.Column("definition", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "customer_names",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("customer", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(op.f("ix_customer_names_customer"), "customer_names", ["customer"], unique=False)
    op.create_table(
        "plan_versions",
        sa.Column("plan", TEXT, nullable=False),
        sa.Column("version", INT, autoincrement=False, nullable=False),
        sa.Column("definition", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["plan"],
            ["plans.code"],
        ),
        sa.PrimaryKeyConstraint("plan", "version"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("customer", TEXT, nullable=False),
        sa.Column("plan", TEXT, nullable=False),
        sa.Column("version", INT, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("definition", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_subscriptions_customer"), "subscriptions", ["customer"], unique=False)
    op.create_index("ix_subscriptions_plan_version", "subscriptions", ["plan", "version"], unique=False)
    op.create_table(
        "subscription_names",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("subscription", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription"],
            ["subscriptions.id"],
        ),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(
        op.f("ix_subscription_names_subscription"), "subscription_names", ["subscription"], unique=False
    )


def create_manifest() -> None:
    """Create the list of imports and of the files they wrote."""
    op.create_table(
        "batches",
        sa.Column("id", INT, autoincrement=False, nullable=False),
        sa.Column("seq", INT, nullable=False),
        sa.Column("kind", word(16), nullable=False),
        sa.Column("undoes", INT, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.Column("format", TEXT, nullable=False),
        sa.Column("on_conflict", TEXT, nullable=False),
        sa.Column("read", INT, nullable=False),
        sa.Column("accepted", INT, nullable=False),
        sa.Column("duplicates", INT, nullable=False),
        sa.Column("conflicts", INT, nullable=False),
        sa.Column("rejected", INT, nullable=False),
        sa.Column("rounded", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["undoes"],
            ["batches.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("seq"),
        sa.UniqueConstraint("undoes"),
    )
    op.create_table(
        "batch_files",
        sa.Column("batch", INT, nullable=False),
        sa.Column("number", INT, autoincrement=False, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("bytes", INT, nullable=False),
        sa.Column("options", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"],
            ["batches.id"],
        ),
        sa.PrimaryKeyConstraint("batch", "number"),
    )
    op.create_index(op.f("ix_batch_files_sha256"), "batch_files", ["sha256"], unique=False)
    op.create_table(
        "mappings",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("options", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "rejects",
        sa.Column("batch", INT, nullable=False),
        sa.Column("number", INT, autoincrement=False, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("line", INT, nullable=False),
        sa.Column("reason", Verbatim(), nullable=False),
        sa.Column("raw", Verbatim(), nullable=False),
        sa.Column("head", Verbatim(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"],
            ["batches.id"],
        ),
        sa.PrimaryKeyConstraint("batch", "number"),
    )
    op.create_table(
        "segments",
        sa.Column("id", INT, nullable=False),
        sa.Column("batch", INT, nullable=False),
        sa.Column("seq", INT, nullable=False),
        sa.Column("first_seq", INT, nullable=False),
        sa.Column("kind", word(16), nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("bytes", INT, nullable=False),
        sa.Column("rows", INT, nullable=False),
        sa.Column("first_at", INT, nullable=False),
        sa.Column("last_at", INT, nullable=False),
        sa.Column("layout", TEXT, nullable=False),
        sa.Column("sums", TEXT, nullable=False),
        sa.Column("hidden_from", INT, nullable=True),
        sa.Column("merged_into", INT, nullable=True),
        sa.Column("kept_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch"],
            ["batches.id"],
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["segments.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_segments_batch"), "segments", ["batch"], unique=False)
    op.create_index(op.f("ix_segments_kept_until"), "segments", ["kept_until"], unique=False)
    op.create_index(op.f("ix_segments_merged_into"), "segments", ["merged_into"], unique=False)
    op.create_index(op.f("ix_segments_seq"), "segments", ["seq"], unique=False)


def create_ledger() -> None:
    """Create invoices and payments."""
    op.create_table(
        "invoices",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=True),
        sa.Column("status", word(8), nullable=False),
        sa.Column("customer", TEXT, nullable=False),
        sa.Column("subscription", TEXT, nullable=False),
        sa.Column("currency", word(3), nullable=False),
        sa.Column("period_start", Instant(), nullable=False),
        sa.Column("period_end", Instant(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("total_minor", INT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("checksum", TEXT, nullable=False),
        sa.Column("snapshot", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["subscription"],
            ["subscriptions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_invoices_customer"), "invoices", ["customer"], unique=False)
    op.create_index("ix_invoices_status_due", "invoices", ["status", "due"], unique=False)
    op.create_index(
        "ix_invoices_list",
        "invoices",
        [
            "period_start",
            "customer",
            "id",
            "number",
            "status",
            "due",
            "currency",
            "total_minor",
        ],
        unique=False,
    )
    op.create_index(op.f("ix_invoices_subscription"), "invoices", ["subscription"], unique=False)
    op.create_table(
        "invoice_items",
        sa.Column("invoice", TEXT, nullable=False),
        sa.Column("product", TEXT, nullable=False),
        sa.Column("subscription", TEXT, nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice"],
            ["invoices.id"],
        ),
        sa.PrimaryKeyConstraint("invoice", "product"),
        sa.UniqueConstraint("subscription", "product", "period_start", name="uq_billed_once"),
    )
    op.create_table(
        "payments",
        sa.Column("id", INT, nullable=False),
        sa.Column("invoice", TEXT, nullable=False),
        sa.Column("amount_minor", INT, nullable=False),
        sa.Column("currency", word(3), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice"],
            ["invoices.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_payments_invoice"), "payments", ["invoice"], unique=False)


def create_settlements() -> None:
    """Create credit notes and accepted adjustments."""
    op.create_table(
        "credit_notes",
        sa.Column("number", TEXT, nullable=False),
        sa.Column("invoice", TEXT, nullable=False),
        sa.Column("customer", TEXT, nullable=False),
        sa.Column("currency", word(3), nullable=False),
        sa.Column("total_minor", INT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("checksum", TEXT, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice"],
            ["invoices.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_credit_notes_customer"), "credit_notes", ["customer"], unique=False)
    op.create_index(op.f("ix_credit_notes_invoice"), "credit_notes", ["invoice"], unique=False)
    op.create_table(
        "adjustments",
        sa.Column("id", INT, nullable=False),
        sa.Column("invoice", TEXT, nullable=False),
        sa.Column("customer", TEXT, nullable=False),
        sa.Column("currency", word(3), nullable=False),
        sa.Column("total_minor", INT, nullable=False),
        sa.Column("lines", TEXT, nullable=False),
        sa.Column("snapshot", INT, nullable=False),
        sa.Column("billed_on", TEXT, nullable=True),
        sa.Column("credit_note", TEXT, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["billed_on"],
            ["invoices.id"],
        ),
        sa.ForeignKeyConstraint(
            ["credit_note"],
            ["credit_notes.number"],
        ),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice"],
            ["invoices.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credit_note"),
    )
    op.create_index(op.f("ix_adjustments_billed_on"), "adjustments", ["billed_on"], unique=False)
    op.create_index(op.f("ix_adjustments_customer"), "adjustments", ["customer"], unique=False)
    op.create_index(op.f("ix_adjustments_invoice"), "adjustments", ["invoice"], unique=False)


def create_entries() -> None:
    """Create the double entries."""
    op.create_table(
        "entries",
        sa.Column("id", INT, autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.Column("kind", word(16), nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("invoice", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice"],
            ["invoices.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_entries_day"), "entries", ["day"], unique=False)
    op.create_index(op.f("ix_entries_invoice"), "entries", ["invoice"], unique=False)
    op.create_table(
        "postings",
        sa.Column("entry", INT, nullable=False),
        sa.Column("place", INT, autoincrement=False, nullable=False),
        sa.Column("account", word(16), nullable=False),
        sa.Column("product", TEXT, nullable=True),
        sa.Column("customer", TEXT, nullable=False),
        sa.Column("currency", word(3), nullable=False),
        sa.Column("amount_minor", INT, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["entry"],
            ["entries.id"],
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("entry", "place"),
    )
