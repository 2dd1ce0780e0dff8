"""What of the catalogue is archived, in the database."""

from collections.abc import Collection

import msgspec
from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from usagebill_tui.domain.catalogue import Archivable, Thing
from usagebill_tui.store import tables as t
from usagebill_tui.store.audit import Author, record


def archived_things(session: Session) -> frozenset[Thing]:
    """Return all that is archived."""
    rows = session.execute(select(t.ArchivedRow.noun, t.ArchivedRow.key))
    return frozenset((msgspec.convert(noun, Archivable), key) for noun, key in rows)


def save_archived(
    session: Session, before: Collection[Thing], after: Collection[Thing], author: Author
) -> int:
    """Write which things are archived now, record each change in the audit, and return how many."""
    added, taken = sorted(set(after) - set(before)), sorted(set(before) - set(after))
    if added:
        session.execute(insert(t.ArchivedRow), [{"noun": noun, "key": key} for noun, key in added])
    for noun, key in taken:
        row = t.ArchivedRow
        session.execute(delete(row).where(row.noun == noun, row.key == key))
    for action, things in (("archive", added), ("unarchive", taken)):
        for noun, key in things:
            record(session, author, action, noun, key)
    return len(added) + len(taken)


def not_archived(
    noun: Archivable, key: ColumnElement[str] | InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    """Return the condition that leaves out what is archived, for a column of codes or ids."""
    return key.not_in(select(t.ArchivedRow.key).where(t.ArchivedRow.noun == noun))
