"""Taking a customer's personal data out of the database; invoices, ledger and amounts stay as they are."""

import json
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import msgspec
from sqlalchemy import Engine, delete, or_, select, text, update
from sqlalchemy.orm import Session

from usagebill_tui.domain.customer import Customer
from usagebill_tui.errors import StorageFailed
from usagebill_tui.store import tables as t
from usagebill_tui.store.catalogue import new_edition, searched_text
from usagebill_tui.store.engine import translated, writing

GONE = "erased"
"""What stands where personal data stood in free text."""

_NOUNS_READ_BACK = ("metric", "product", "plan", "plan version", "customer", "subscription")
"""What the audit holds of these is read again, so no text in it is replaced."""
_PENDING = "erasures to finish"
_MOST_WORDS = 100


class Scrubbed(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of each kind were changed."""

    audit: int = 0
    rejects: int = 0
    payments: int = 0
    file_names: int = 0


class Personal(msgspec.Struct, frozen=True, kw_only=True):
    """Whose data it is: the names that events use, the personal fields, the texts that these ever held."""

    customer: str
    names: tuple[str, ...]
    fields: tuple[str, ...]
    texts: tuple[str, ...]


def past_definitions(session: Session, customer: str) -> list[dict[str, Any]]:
    """Return every definition of a customer, now and before, as plain data."""
    row = t.AuditRow
    query = select(row.before, row.after).where(row.noun == "customer", row.key == customer)
    texts = [side for sides in session.execute(query) for side in sides if side is not None]
    now = session.scalar(select(t.CustomerRow.definition).where(t.CustomerRow.id == customer))
    tables = [msgspec.json.decode(one) for one in [*texts, *([] if now is None else [now])]]
    return [table for table in tables if isinstance(table, dict)]


def put_customer(session: Session, customer: Customer) -> None:
    """Let a customer's row hold this definition, without a word in the audit."""
    row = session.get_one(t.CustomerRow, customer.id)
    row.name = customer.name
    row.searched = searched_text(customer.name, *customer.names)
    row.definition = msgspec.json.encode(customer, order="deterministic").decode()
    new_edition(session)
    session.flush()


def scrub(session: Session, personal: Personal, *, write: bool = True) -> Scrubbed:
    """Take personal data out of the audit, rejected rows, payments' references and names of files.

    Unless it is to `write`, only count what would be changed.
    """
    return Scrubbed(
        audit=_scrub_audit(session, personal, write=write),
        rejects=_scrub_rejects(session, personal, write=write),
        payments=_scrub_payments(session, personal.texts, write=write),
        file_names=_scrub_names(session, personal.texts, write=write),
    )


def documents_with(session: Session, texts: Sequence[str]) -> list[str]:
    """Return the final invoices and credit notes that hold any of the texts: documents never change."""
    if not texts:
        return []
    invoice, note = t.InvoiceRow, t.CreditNoteRow
    invoices = select(invoice.number).where(invoice.number.is_not(None), _holds(invoice.document, texts))
    notes = select(note.number).where(_holds(note.document, texts))
    return [str(name) for name in [*session.scalars(invoices), *session.scalars(notes)]]


def known_backups(session: Session) -> list[str]:
    """Return the files that backups were written to, as far as the audit knows."""
    row = t.AuditRow
    query = select(row.key).where(row.noun == "backup", row.action == "add").order_by(row.id)
    return list(dict.fromkeys(session.scalars(query)))


def mark_unfinished(session: Session) -> None:
    """Remember, with the erasure itself, that old copies of what was erased may be left in the files."""
    if session.get(t.CounterRow, _PENDING) is None:
        session.add(t.CounterRow(name=_PENDING, value=1))
        session.flush()


def is_unfinished(session: Session) -> bool:
    """Tell whether an erasure was interrupted before old copies were cleared away."""
    return session.get(t.CounterRow, _PENDING) is not None


def clear_remains(engine: Engine) -> None:
    """Write the database's files again without what was deleted or changed, and forget that this is due."""
    with translated(engine), closing(engine.raw_connection()) as connection:
        if engine.dialect.name == "sqlite":
            try:
                cursor = connection.cursor()
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.close()
            except sqlite3.Error as error:
                mend = "usagebill doctor --repair tries it again"
                raise StorageFailed(str(error), where=str(engine.url.database), mend=mend) from error
        else:
            connection.rollback()
            _vacuum_full(engine)
    with writing(engine) as session:
        session.execute(delete(t.CounterRow).where(t.CounterRow.name == _PENDING))


def _vacuum_full(engine: Engine) -> None:
    rows = (t.CustomerRow, t.AuditRow, t.RejectRow, t.PaymentRow, t.BatchFileRow, t.SegmentRow)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for row in rows:
            connection.execute(text(f"VACUUM FULL {row.__tablename__}"))


def _scrub_audit(session: Session, personal: Personal, *, write: bool) -> int:
    row = t.AuditRow
    own = select(row.id, row.before, row.after).where(row.noun == "customer", row.key == personal.customer)
    changed = {
        identity: tuple(_without(side, personal.fields) for side in sides)
        for identity, *sides in session.execute(own)
        if any(_without(side, personal.fields) != side for side in sides)
    }
    if personal.texts:
        pattern = _pattern(personal.texts)
        said = select(row.id, row.before, row.after).where(
            row.noun.not_in(_NOUNS_READ_BACK),
            or_(_holds(row.before, personal.texts), _holds(row.after, personal.texts)),
        )
        for identity, *sides in session.execute(said):
            changed[identity] = tuple(None if side is None else pattern.sub(GONE, side) for side in sides)
    if write and changed:
        with _rewritable_audit(session):
            for identity, (before, after) in changed.items():
                values = {"before": before, "after": after}
                session.execute(update(row).where(row.id == identity).values(**values))
    return len(changed)


def _scrub_rejects(session: Session, personal: Personal, *, write: bool) -> int:
    """Take out the rows that name the customer, whole: what else they say is personal too."""
    row = t.RejectRow
    words = [*personal.names, *personal.texts]
    alone = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, personal.names))})(?![\w-])")
    pattern = _pattern(personal.texts) if personal.texts else None
    meant = [
        (batch, number)
        for batch, number, raw in session.execute(
            select(row.batch, row.number, row.raw).where(row.raw != "", _holds(row.raw, words))
        )
        if alone.search(raw) or (pattern is not None and pattern.search(raw))
    ]
    for batch, number in meant if write else ():
        values = {"raw": "", "reason": "erased with a customer's personal data"}
        session.execute(update(row).where(row.batch == batch, row.number == number).values(**values))
    return len(meant)


def _scrub_payments(session: Session, texts: Sequence[str], *, write: bool) -> int:
    row = t.PaymentRow
    return _replaced(session, row, row.reference, (row.id,), texts, write=write)


def _scrub_names(session: Session, texts: Sequence[str], *, write: bool) -> int:
    file, reject = t.BatchFileRow, t.RejectRow
    return _replaced(session, file, file.name, (file.batch, file.number), texts, write=write) + _replaced(
        session, reject, reject.file, (reject.batch, reject.number), texts, write=write
    )


def _replaced(
    session: Session, row: Any, column: Any, keys: tuple[Any, ...], texts: Sequence[str], *, write: bool
) -> int:
    """Replace the texts in a column; return in how many rows they stand."""
    if not texts:
        return 0
    pattern = _pattern(texts)
    found = session.execute(select(column, *keys).where(_holds(column, texts))).all()
    for value, *place in found if write else ():
        here = [key == one for key, one in zip(keys, place, strict=True)]
        session.execute(update(row).where(*here).values({column: pattern.sub(GONE, value)}))
    return len(found)


def _without(side: str | None, fields: Collection[str]) -> str | None:
    """Return a definition in the audit without some fields."""
    if side is None:
        return None
    table = msgspec.json.decode(side)
    if not isinstance(table, dict) or not table.keys() & set(fields):
        return side
    left: Mapping[str, Any] = {key: value for key, value in table.items() if key not in fields}
    return msgspec.json.encode(left, order="deterministic").decode()


def _forms(texts: Iterable[str]) -> list[str]:
    """Return texts as they stand in plain text and inside JSON of either kind, the longest first."""
    forms = {
        form
        for one in texts
        for form in (one, msgspec.json.encode(one).decode()[1:-1], json.dumps(one)[1:-1])
    }
    return sorted(forms, key=lambda form: (-len(form), form))[:_MOST_WORDS]


def _pattern(texts: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _forms(texts))), re.IGNORECASE)


def _holds(column: Any, texts: Iterable[str]) -> Any:
    return or_(*(column.icontains(form, autoescape=True) for form in _forms(texts)))


@contextmanager
def _rewritable_audit(session: Session) -> Iterator[None]:
    """Let the audit's rows be changed within this block and its transaction: the exception to its rule."""
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER audit_no_update")
        yield
        connection.exec_driver_sql("ALTER TABLE audit ENABLE TRIGGER audit_no_update")
        return
    rule = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'audit_no_update'"
    ).scalar_one()
    connection.exec_driver_sql("DROP TRIGGER audit_no_update")
    yield
    connection.exec_driver_sql(rule)
