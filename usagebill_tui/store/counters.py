"""Numbers that are handed out once."""

from sqlalchemy.orm import Session

from usagebill_tui.store.import_tables import CounterRow


def reached(session: Session, name: str) -> int:
    """Return the last number that a counter handed out, 0 if none."""
    row = session.get(CounterRow, name)
    return 0 if row is None else row.value


def next_number(session: Session, name: str) -> int:
    """Return the next number of a counter, from 1; it is given back if the transaction fails."""
    return next_numbers(session, name, 1)[0]


def next_numbers(session: Session, name: str, count: int) -> range:
    """Return the next `count` numbers of a counter; they are given back if the transaction fails."""
    row = session.get(CounterRow, name, with_for_update=True)
    if row is None:
        row = CounterRow(name=name, value=0)
        session.add(row)
    row.value += count
    session.flush()
    return range(row.value - count + 1, row.value + 1)
