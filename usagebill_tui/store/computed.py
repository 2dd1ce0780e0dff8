"""When invoices were computed, settled and declared void: places in the order of the audit's entries."""

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from usagebill_tui.store import tables as t
from usagebill_tui.store.rows import chunks


class Life(msgspec.Struct, frozen=True):
    """The audit's entries with which an invoice was first and last computed, and declared void."""

    added: int = 0
    computed: int = 0
    void: int | None = None


def lives(session: Session, invoices: Iterable[str]) -> dict[str, Life]:
    """Return what the audit tells of some invoices, by id."""
    row = t.AuditRow
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for chunk in chunks(sorted(set(invoices))):
        query = select(row.key, row.action, func.min(row.id), func.max(row.id)).where(
            row.noun == "invoice", row.key.in_(chunk), row.action.in_(["add", "renew", "void"])
        )
        for key, action, first, last in session.execute(query.group_by(row.key, row.action)):
            found.setdefault(key, {})[action] = first, last
    return {key: _life(actions) for key, actions in found.items()}


def settled_at(session: Session) -> dict[int, int]:
    """Return the audit's entries with which adjustments, by id, were accepted."""
    row = t.AuditRow
    query = select(row.key, row.id).where(row.noun == "adjustment", row.action == "accept")
    return {int(key): entry for key, entry in session.execute(query)}


def _life(actions: Mapping[str, tuple[int, int]]) -> Life:
    added = actions.get("add", (0, 0))
    renewed = actions.get("renew", (0, 0))
    void = actions.get("void")
    return Life(added[0], max(added[1], renewed[1]), None if void is None else void[1])
