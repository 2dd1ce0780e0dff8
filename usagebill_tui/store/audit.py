"""The append-only record of every change."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from usagebill_tui.store.import_tables import AuditRow
from usagebill_tui.store.rows import add_rows


class Author(msgspec.Struct, frozen=True):
    """Who changes something, and when."""

    who: str
    at: datetime


class Entry(msgspec.Struct, frozen=True):
    """One change as it was recorded; `before` and `after` are JSON, None where there was nothing."""

    id: int
    at: datetime
    who: str
    action: str
    noun: str
    key: str
    before: str | None
    after: str | None


def record(
    session: Session,
    author: Author,
    action: str,
    noun: str,
    key: str,
    *,
    before: Any = None,
    after: Any = None,
) -> None:
    """Add one change to the audit, in the transaction that makes the change."""
    record_all(session, author, [Told(action, noun, key, before, after)])


class Told(NamedTuple):
    """A change to record: `before` and `after` are what was and is there, None for nothing."""

    action: str
    noun: str
    key: str
    before: Any = None
    after: Any = None


def record_all(session: Session, author: Author, changes: Iterable[Told]) -> None:
    """Add many changes to the audit at once, in their order and in the transaction that makes them."""
    rows = [
        {
            "at": author.at,
            "who": author.who,
            "action": one.action,
            "noun": one.noun,
            "key": one.key,
            "before": _json(one.before),
            "after": _json(one.after),
        }
        for one in changes
    ]
    if rows:
        add_rows(session, AuditRow, rows)


class AuditSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes to look at: at or after `since`, before `until`, by one of `who`.

    Each word of `what` is the action, the noun or the key: all of them have to hold.
    """

    since: datetime | None = None
    until: datetime | None = None
    who: tuple[str, ...] = ()
    what: tuple[str, ...] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what has to hold of an entry's row."""
        row = AuditRow
        found: list[ColumnElement[bool]] = []
        if self.since is not None:
            found.append(row.at >= self.since)
        if self.until is not None:
            found.append(row.at < self.until)
        if self.who:
            found.append(row.who.in_(self.who))
        return [*found, *(or_(row.action == one, row.noun == one, row.key == one) for one in self.what)]


def entries(session: Session, search: AuditSearch | None = None) -> list[Entry]:
    """Return all changes, or those that are looked for, oldest first."""
    query = select(AuditRow).order_by(AuditRow.id)
    if search is not None:
        query = query.where(*search.conditions())
    return [entry_of(row) for row in session.scalars(query)]


def entry_of(row: AuditRow) -> Entry:
    """Return what a row records."""
    return Entry(row.id, row.at, row.who, row.action, row.noun, row.key, row.before, row.after)


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value, order="deterministic").decode()
