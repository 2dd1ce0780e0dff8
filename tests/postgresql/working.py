"""Work of another process on the same workspace: `python -m tests.postgresql.working HOME WHAT …`.

It says `ready`, waits for a line, so that several begin at once, and prints what it did as JSON.
"""

import json
import sys
from datetime import UTC, datetime

from usagebill_tui.stores import open_apart
from usagebill_tui.workspace import Workspace

LATER = datetime(2027, 6, 15, 12, tzinfo=UTC)


def main(home: str, what: str, *given: str) -> None:
    with Workspace.open("sandbox", home=home, clock=lambda: LATER, who=what, stores=open_apart) as workspace:
        workspace.snapshot()
        tell("ready")
        sys.stdin.readline()
        if what == "bill":
            made = workspace.bill(given[0]).invoices
        else:
            made = tuple(workspace.finalize(name) for name in given)
        tell(json.dumps([[one.id, one.number] for one in made]))


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
