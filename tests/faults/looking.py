"""What people would see of a workspace, and whether two are alike."""

import re
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from usagebill_tui.workspace import Workspace

CHOSEN_AT_RANDOM = re.compile(r"-[0-9a-f]{16}\b|(?<=import-)\w{8}\b")
"""Parts of the names of segments and of folders in which imports work."""


class State(NamedTuple):
    """What people would see of a workspace."""

    events: list[tuple[str, ...]]
    invoices: list[tuple[str, ...]]
    batches: list[tuple[object, ...]]
    rejects: list[tuple[int, str]]
    customers: list[tuple[str, str]]


def looked_at(home: Path, *, repair: bool = False) -> tuple[State, list[str]]:
    """Return what people would see, and what `verify` finds; after a repair, also what it left."""
    with Workspace.open(home=home) as workspace:
        state = State(
            sorted((e.id, e.account, str(e.properties)) for e in workspace.events()),
            [(i.id, i.number or "", i.status, str(i.total)) for i in workspace.invoices()],
            [(batch.kind, batch.undoes, batch.counts) for batch in workspace.batches()],
            [(reject.line, reject.raw) for reject in workspace.rejects()],
            sorted((one.id, one.name) for one in workspace.catalogue().customers.values()),
        )
        findings = workspace.verify()
        if repair:
            workspace.doctor(repair=True)
            findings += workspace.doctor()
    return state, [f"{one.check}: {one.detail}" for one in findings if one.status != "ok"]


def likeness(*folders: Path) -> frozenset[tuple[str, str]]:
    """Return what is the same for folders of which nobody could tell the difference.

    A database is what its tables hold (for that, unfinished transactions are rolled back), another file its
    content.
    """
    return frozenset(
        (CHOSEN_AT_RANDOM.sub("-…", str(path.relative_to(folder))), _content(path))
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith("-journal")
    )


def _content(path: Path) -> str:
    if path.is_dir():
        return "folder"
    if path.suffix != ".db":
        return sha256(path.read_bytes()).hexdigest()
    with closing(sqlite3.connect(path)) as connection:
        return sha256(CHOSEN_AT_RANDOM.sub("-…", "\n".join(connection.iterdump())).encode()).hexdigest()
