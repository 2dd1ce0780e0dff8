"""How event files are read, kept under names."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from usagebill_tui.store.audit import Author, record
from usagebill_tui.store.import_tables import MappingRow


def mappings(session: Session) -> dict[str, str]:
    """Return the JSON of each mapping's options by name, in the order of names."""
    rows = session.scalars(select(MappingRow).order_by(MappingRow.name))
    return {row.name: row.options for row in rows}


def save_mapping(session: Session, name: str, options: str, author: Author) -> None:
    """Keep options, as JSON, under a name, in the place of what it named before."""
    row = session.get(MappingRow, name)
    before = None if row is None else row.options
    if before == options:
        return
    if row is None:
        session.add(MappingRow(name=name, options=options))
    else:
        row.options = options
    record(session, author, "save", "mapping", name, before=_raw(before), after=_raw(options))


def delete_mapping(session: Session, name: str, author: Author) -> bool:
    """Forget a mapping; False where there is none of this name."""
    row = session.get(MappingRow, name)
    if row is None:
        return False
    record(session, author, "delete", "mapping", name, before=_raw(row.options))
    session.delete(row)
    session.flush()
    return True


def _raw(options: str | None) -> msgspec.Raw | None:
    return None if options is None else msgspec.Raw(options.encode())
