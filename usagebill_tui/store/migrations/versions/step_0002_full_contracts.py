"""What contracts in full need: credits, taxes, archived things, and prices that differ by property."""

import sqlalchemy as sa
from alembic import op

from usagebill_tui.store.types import TEXT, Instant, word

revision = "0002"
down_revision = "0001"

_ASIDE = {
    "postings": "CREATE TABLE old_postings AS SELECT * FROM postings",
    "entries": "CREATE TABLE old_entries AS SELECT * FROM entries",
}
_BACK = {
    "postings": "INSERT INTO postings SELECT * FROM old_postings",
    "entries": "INSERT INTO entries SELECT * FROM old_entries",
}
INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and columns that the first schema lacks."""
    create_taxes()
    create_credits()
    create_archived()
    free_entries()
    owing = ["status", "customer", "currency", "due", "total_minor", "id"]
    op.create_index("ix_invoices_owing", "invoices", owing, unique=False)


def create_taxes() -> None:
    """Create the rates of tax."""
    op.create_table(
        "taxes",
        sa.Column("code", TEXT, nullable=False),
        sa.Column("definition", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )


def create_archived() -> None:
    """Create the list of what is used no more."""
    op.create_table(
        "archived",
        sa.Column("noun", word(16), nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("noun", "key"),
    )


def create_credits() -> None:
    """Create prepaid credits and what became of them."""
    op.create_table(
        "credits",
        sa.Column("id", INT, nullable=False),
        sa.Column("customer", TEXT, nullable=False),
        sa.Column("currency", word(3), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("amount_minor", INT, nullable=False),
        sa.Column("product", TEXT, nullable=True),
        sa.Column("units", TEXT, nullable=True),
        sa.Column("paid_minor", INT, nullable=False),
        sa.Column("priority", INT, nullable=False),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customers.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_credits_customer"), "credits", ["customer"], unique=False)
    op.create_table(
        "credit_moves",
        sa.Column("id", INT, nullable=False),
        sa.Column("credit", INT, nullable=True),
        sa.Column("source", TEXT, nullable=True),
        sa.Column("invoice", TEXT, nullable=True),
        sa.Column("kind", word(16), nullable=False),
        sa.Column("currency", word(3), nullable=False),
        sa.Column("amount_minor", INT, nullable=False),
        sa.Column("units", TEXT, nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["credit"], ["credits.id"]),
        sa.ForeignKeyConstraint(["source"], ["invoices.id"]),
        sa.ForeignKeyConstraint(["invoice"], ["invoices.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("credit", "source", "invoice"):
        op.create_index(op.f(f"ix_credit_moves_{column}"), "credit_moves", [column], unique=False)


def free_entries() -> None:
    """Let an entry of the ledger be about no invoice: a credit that is bought, or expires."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("entries", "invoice", nullable=True, existing_type=TEXT)
        return
    # SQLite makes tables anew for this. Postings go first, since they refer to entries at every commit.
    connection = op.get_bind()
    made = (
        "SELECT sql FROM sqlite_master WHERE tbl_name IN ('entries', 'postings') AND type = ? AND sql <> ''"
    )
    tables = [row[0] for row in connection.exec_driver_sql(f"{made} ORDER BY name", ("table",))]
    others = [row[0] for kind in ("index", "trigger") for row in connection.exec_driver_sql(made, (kind,))]
    for table in ("postings", "entries"):
        op.execute(_ASIDE[table])
        op.execute(f"DROP TABLE {table}")
    for statement in tables:
        connection.exec_driver_sql(statement.replace("invoice TEXT NOT NULL", "invoice TEXT"))
    for table in ("postings", "entries"):
        op.execute(_BACK[table])
        op.execute(f"DROP TABLE old_{table}")
    for statement in others:
        connection.exec_driver_sql(statement)
