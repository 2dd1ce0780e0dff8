"""What rows of a table take, step by step: each step's columns are computed from those of the one before."""

from collections.abc import Iterable

NARROW, WIDE = "DECIMAL(18, 9)", "DECIMAL(38, 18)"
NARROW_FRACTION = 9
_BARRIER = "LIMIT 4000000000000000000"  # keeps DuckDB from computing columns again where it filters by them
STEPS = ("value", "cast", "text", "output", "after")
"""Values as they stand, what they are cast to, those written out again, what becomes of them."""


class Steps:
    """Collects columns and what must hold of them for a row to be proven."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, str]] = {step: {} for step in STEPS}
        self._proofs: dict[str, None] = {}

    def add(self, step: str, column: str, expression: str) -> str:
        """Add a column to one of the steps and return its name."""
        self._columns[step][column] = expression
        return column

    def prove(self, *conditions: str) -> None:
        """Ask for conditions, over the columns of any step."""
        self._proofs |= dict.fromkeys(conditions)

    def query(self, lines: str, outputs: Iterable[str]) -> str:
        """Return the select of outputs, from rows with a line and cells, of the rows that are proven."""
        query = lines
        for place, step in enumerate(STEPS):
            columns = [f"{expression} AS {name}" for name, expression in self._columns[step].items()]
            kept = "line" if place == 0 else "*"
            query = f"SELECT {', '.join([kept, *columns])} FROM ({query})"  # noqa: S608 - made of our own names
        proof = " AND ".join(self._proofs) or "true"
        query = f"SELECT *, ({proof}) AS proven FROM ({query}) {_BARRIER}"  # noqa: S608 - likewise
        return f"SELECT line, {', '.join(outputs)} FROM ({query}) WHERE proven"  # noqa: S608 - likewise


def literal(text: str) -> str:
    """Quote a text."""
    return "'" + text.replace("'", "''") + "'"
