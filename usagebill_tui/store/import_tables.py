"""The tables that an import needs: what was imported and which files hold it, the audit, the counters.

They stand apart from the rest because declaring a table takes some milliseconds, and a small import, which
is done many times a night, needs no other.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from usagebill_tui.store.types import TEXT, Instant, Verbatim, word

_INT = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """The registry of all tables."""

    type_annotation_map = {datetime: Instant, str: TEXT, int: _INT}  # noqa: RUF012 - SQLAlchemy's own form


class AuditRow(Base):
    """One change: who, what (before and after), when. The database refuses all but adding rows."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str]
    action: Mapped[str]
    noun: Mapped[str]
    key: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]


class CounterRow(Base):
    """A number that is handed out once."""

    __tablename__ = "counters"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class BatchRow(Base):
    """An import, or the undoing of one. `seq` is its place in the order of commits; a snapshot is one seq."""

    __tablename__ = "batches"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(word(16))
    undoes: Mapped[int | None] = mapped_column(ForeignKey("batches.id"), unique=True)
    at: Mapped[datetime]
    who: Mapped[str]
    format: Mapped[str]
    on_conflict: Mapped[str]
    read: Mapped[int]
    accepted: Mapped[int]
    duplicates: Mapped[int]
    conflicts: Mapped[int]
    rejected: Mapped[int]
    rounded: Mapped[int]


class BatchFileRow(Base):
    """A file of a batch: what it was called, its bytes' SHA-256, and how its rows were read."""

    __tablename__ = "batch_files"
    batch: Mapped[int] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    bytes: Mapped[int]
    options: Mapped[str]


class SegmentRow(Base):
    """An immutable file of rows that a batch wrote, or that was merged from smaller ones.

    `kind`: `events`; `claims` (deliveries of what was already stored), `conflicts` (deliveries with other
    content), `hides` (events that no longer count) or `keys` (where a large segment holds which identity).
    `batch` and `seq` are those of its newest rows, `first_seq` is that of its oldest. `layout` maps property
    paths to columns, `sums` to exact bounds and sums. `hidden_from` is the seq from which none of its rows
    counts. Once its rows lie in another segment too, that is `merged_into`, and its file is there until
    `kept_until` at least; None: the file is removed, or still in use.
    """

    __tablename__ = "segments"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[int] = mapped_column(ForeignKey("batches.id"), index=True)
    seq: Mapped[int] = mapped_column(index=True)
    first_seq: Mapped[int]
    kind: Mapped[str] = mapped_column(word(16))
    file: Mapped[str]
    sha256: Mapped[str]
    bytes: Mapped[int]
    rows: Mapped[int]
    first_at: Mapped[int]
    last_at: Mapped[int]
    layout: Mapped[str]
    sums: Mapped[str]
    hidden_from: Mapped[int | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("segments.id"), index=True)
    kept_until: Mapped[datetime | None] = mapped_column(index=True)


class RejectRow(Base):
    """A row of a file that could not be an event."""

    __tablename__ = "rejects"
    batch: Mapped[int] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file: Mapped[str]
    line: Mapped[int]
    reason: Mapped[str] = mapped_column(Verbatim)
    raw: Mapped[str] = mapped_column(Verbatim)
    head: Mapped[str] = mapped_column(Verbatim)


class MappingRow(Base):
    """How event files are read, under a name; `options` is the JSON of what was chosen."""

    __tablename__ = "mappings"
    name: Mapped[str] = mapped_column(primary_key=True)
    options: Mapped[str]
