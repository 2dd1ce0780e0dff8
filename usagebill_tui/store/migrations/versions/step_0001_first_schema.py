"""The first schema: catalogue, manifest of events, ledger."""

import sqlalchemy as sa
from alembic import op

from usagebill_tui.store.types import Instant

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
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"
            )
            for table in ("entries", "postings"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
                )
        op.execute(
            "CREATE TRIGGER postings_before_entry BEFORE INSERT ON postings "
            "WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.entry) "
            "BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is closed once it is added'); END"
        )
        op.execute(
            "CREATE TRIGGER entries_sum_to_zero AFTER INSERT ON entries "
            "WHEN NOT EXISTS (SELECT 1 FROM postings WHERE entry = NEW.id) OR EXISTS (SELECT 1 FROM postings "
            "WHERE entry = NEW.id GROUP BY currency HAVING sum(amount_minor) <> 0) "
            "BEGIN SELECT RAISE(ABORT, 'an entry of the ledger has to sum to zero'); END"
        )


def create_catalogue() -> None:
    """Create what is sold, to whom, and the audit."""
    op.create_table(
        "audit",
        sa.Column("id", INT, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", INT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_customers_list", "customers", ["id", "name", "searched"], unique=False)
    op.create_table(
        "metrics",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "plans",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "products",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "customer_names",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(op.f("ix_customer_names_customer"), "customer_names", ["customer"], unique=False)
    op.create_table(
        "plan_versions",
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("version", INT, autoincrement=False, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan"],
            ["plans.code"],
        ),
        sa.PrimaryKeyConstraint("plan", "version"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("version", INT, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("definition", sa.Text(), nullable=False),
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
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
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
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("undoes", INT, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("on_conflict", sa.Text(), nullable=False),
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
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", INT, nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"],
            ["batches.id"],
        ),
        sa.PrimaryKeyConstraint("batch", "number"),
    )
    op.create_index(op.f("ix_batch_files_sha256"), "batch_files", ["sha256"], unique=False)
    op.create_table(
        "mappings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "rejects",
        sa.Column("batch", INT, nullable=False),
        sa.Column("number", INT, autoincrement=False, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", INT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
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
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", INT, nullable=False),
        sa.Column("rows", INT, nullable=False),
        sa.Column("first_at", INT, nullable=False),
        sa.Column("last_at", INT, nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
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
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("period_start", Instant(), nullable=False),
        sa.Column("period_end", Instant(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("total_minor", INT, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
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
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
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
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("amount_minor", INT, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
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
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", INT, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
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
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", INT, nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("snapshot", INT, nullable=False),
        sa.Column("billed_on", sa.Text(), nullable=True),
        sa.Column("credit_note", sa.Text(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
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
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("invoice", sa.Text(), nullable=False),
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
        sa.Column("account", sa.String(length=16), nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
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
