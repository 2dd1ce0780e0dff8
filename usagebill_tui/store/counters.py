"""Numbers that are handed out once."""

from sqlalchemy.orm import Session

from usagebill_tui.store.tables import CounterRow


def next_number(session: Session, name: str) -> int:
    """Return the next number of a counter, from 1; it is given back if the transaction fails."""
    row = session.get(CounterRow, name, with_for_update=True)
    if row is None:
        row = CounterRow(name=name, value=0)
        session.add(row)
    row.value += 1
    session.flush()
    return row.value
