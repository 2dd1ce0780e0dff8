"""The append-only record of every change."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from usagebill_tui.store.tables import AuditRow


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
    session.add(
        AuditRow(
            at=author.at,
            who=author.who,
            action=action,
            noun=noun,
            key=key,
            before=_json(before),
            after=_json(after),
        )
    )


def entries(session: Session) -> list[Entry]:
    """Return all changes, oldest first."""
    rows = session.scalars(select(AuditRow).order_by(AuditRow.id))
    return [Entry(r.id, r.at, r.who, r.action, r.noun, r.key, r.before, r.after) for r in rows]


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value, order="deterministic").decode()
