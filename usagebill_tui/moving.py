"""Moving a workspace to other stores: a copy of all there is, proven to bill the same; the old one stays.

It goes in four steps, each of which is left out where it was done before: the new stores are made, events are
carried over, catalogue and ledger are copied in one transaction, and both workspaces are proven equal.
Only then is there a workspace of the new name. While it lasts, nothing is imported into the old one.
"""

import importlib
import shutil
import tomllib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from usagebill_tui.addresses import is_address
from usagebill_tui.billing.house import House
from usagebill_tui.billing.proofs.likeness import Proof, prove
from usagebill_tui.clock import Clock
from usagebill_tui.errors import InvalidInput, Refused, StorageFailed
from usagebill_tui.homes import Fixed, Home
from usagebill_tui.locations import make_private_folder, write_private_file
from usagebill_tui.plugin.registry import Registry
from usagebill_tui.store.transfer import copy_tables, is_copied
from usagebill_tui.stores import OpenStores, Servers, Stores, make_stores, open_stores, planned

_PLAN = "moving.toml"
CARRIED = "carried.jsonl"
"""What a carrier may note beside the events, in the new workspace's folder, until all is there."""
_CARRIERS = {
    ("folder", "folder"): "usagebill_tui.eventstore.parquet.carrying",
    ("folder", "clickhouse"): "usagebill_tui.eventstore.clickhouse.carrying",
    ("clickhouse", "folder"): "usagebill_tui.eventstore.clickhouse.carrying",
    ("clickhouse", "clickhouse"): "usagebill_tui.eventstore.clickhouse.carrying",
}
"""The module that carries events from one kind of store to another.

It has one function, `carry(source, target, step)`, which leaves alone what is there already. It returns the
entries that the manifest is to list there, or None where those of the old one hold as well.
"""

Say = Callable[[str, int], None]
"""Told of each part, by its name, how much of it is done by now."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Which workspace is moved, what it will be called, and where it goes; without servers to a folder."""

    name: str
    to: str
    servers: Servers = Servers()


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What both workspaces hold: the rows of each table, and the proof; what made the events' tables."""

    tables: dict[str, int]
    proof: Proof
    statements: Sequence[str] = ()


def move_workspace(
    home: Home,
    move: Move,
    *,
    registry: Registry,
    clock: Clock,
    step: Say = lambda _name, _count: None,
    stores: OpenStores = open_stores,
) -> Moved:
    """Copy a workspace to other stores, or go on with that.

    Raises Refused where there is a workspace of the new name, or another move to it was begun; StorageFailed
    where both do not come out equal.
    """
    fixed = home.fixed(move.name, clock())
    target = _target(fixed, move, clock())
    carry = _carrier(fixed, target)
    home.check_absent(move.to)
    statements = _prepared(home, move, target)
    old = stores(home.folder(move.name), fixed)
    try:
        new = stores(home.folder(move.to), target)
        try:
            tables, proof = _moved(old, new, carry, (registry, clock, step))
        finally:
            new.close()
    finally:
        old.close()
    home.put(move.to, target)
    for name in (_PLAN, CARRIED):
        (home.folder(move.to) / name).unlink(missing_ok=True)
    return Moved(tables=tables, proof=proof, statements=statements)


def _moved(
    old: Stores, new: Stores, carry: Callable[..., Any], given: tuple[Registry, Clock, Say]
) -> tuple[dict[str, int], Proof]:
    registry, clock, step = given
    with old.events.deciding():
        entries = carry(old.events, new.events, step)
        engines = old.database.engine, new.database.engine
        if not is_copied(*engines, whole=entries is None):
            copy_tables(*engines, entries=entries, step=step)
        ours, theirs = (prove(House(one, registry, clock, "")) for one in (old, new))
        rows = copied_rows(old)
    if ours != theirs:
        differing = [name for name in Proof.__struct_fields__ if getattr(ours, name) != getattr(theirs, name)]
        what = f"both do not come out the same: {', '.join(differing)}; the old workspace is as it was"
        raise StorageFailed(what, mend="report this")
    return rows, ours


def copied_rows(stores: Stores) -> dict[str, int]:
    """Return how many rows each table of a catalogue and ledger has."""
    from usagebill_tui.store.transfer import row_counts

    with stores.database.reading() as session:
        return row_counts(session)


def _target(fixed: Fixed, move: Move, now: datetime) -> Fixed:
    """Return the settings of the new workspace: what is the old one's own stays."""
    target = planned(move.to, now, move.servers)
    if is_address(fixed.events) and target.events == fixed.events:
        mend = "give the events another database on the server"
        raise Refused("both workspaces would write the same events", mend=mend)
    return msgspec.structs.replace(target, created=fixed.created, demo=fixed.demo, now=fixed.now)


def _kind(fixed: Fixed) -> str:
    return fixed.events.partition("://")[0].partition("+")[0] if is_address(fixed.events) else "folder"


def _carrier(fixed: Fixed, target: Fixed) -> Callable[..., Any]:
    kinds = _kind(fixed), _kind(target)
    if kinds not in _CARRIERS:
        what = f"events cannot be carried from {kinds[0]} to {kinds[1]} yet"
        raise Refused(what, mend="import the files that they came from into a workspace there")
    carry: Callable[..., Any] = importlib.import_module(_CARRIERS[kinds]).carry
    return carry


def _prepared(home: Home, move: Move, target: Fixed) -> Sequence[str]:
    """Make the new stores, unless the same move has made them before."""
    folder = home.folder(move.to)
    plan = folder / _PLAN
    text = f"# {move.name}\n{target.toml()}"
    if plan.is_file():
        if _read(plan) != (move.name, target):
            mend = f"finish that first, or remove {folder}"
            raise Refused(f"another move to {move.to!r} was begun", where=str(plan), mend=mend)
        return make_stores(target, move.servers, again=True)
    if folder.exists():
        raise Refused(f"the folder {folder} is in the way", mend="move it away, or use another name")
    make_private_folder(folder)
    try:
        if not is_address(target.events):
            make_private_folder(folder / target.events)
        write_private_file(plan, text)
        return make_stores(target, move.servers, again=False)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _read(plan: Path) -> tuple[str, Fixed]:
    try:
        text = plan.read_text(encoding="utf-8")
        return text.partition("\n")[0].removeprefix("# "), msgspec.convert(tomllib.loads(text), Fixed)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise InvalidInput(f"cannot be used: {error}", where=str(plan), mend="remove its folder") from error
