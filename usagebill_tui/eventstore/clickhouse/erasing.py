"""Taking personal data out of stored events: the one case in which rows are changed where they lie.

The server rewrites the parts that hold the accounts' rows, which it does part by part. What is to be recorded
with it is committed after that: a crash between the two leaves data erased and not yet recorded, and erasing
once more records it.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import msgspec
from sqlalchemy import Engine

from usagebill_tui.eventstore.clickhouse.sending import holdings
from usagebill_tui.eventstore.clickhouse.server import Server, Statement
from usagebill_tui.eventstore.clickhouse.verifying import altered_table, cluster_of
from usagebill_tui.eventstore.erasing import Also, Changes, Decide, Rewritten
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import Segment, SegmentKind, segments, snapshot
from usagebill_tui.store.rewriting import replace_segment

PSEUDONYM = "erased-"
"""What the values of renamed properties begin with."""
_KINDS: tuple[SegmentKind, ...] = ("events", "conflicts")
_TEXTS = "Map(LowCardinality(String), String)"
_KEYS = "arrayDistinct(arrayConcat(mapKeys(numbers), mapKeys(texts), mapKeys(others)))"
_IS_PSEUDONYM = f"match(%s, '^{PSEUDONYM}[0-9a-f]{{32}}$')"


class ClickHouseEraser:
    """Takes properties out of the rows on a server, of which the manifest lies behind `engine`."""

    def __init__(
        self, engine: Engine, server: Server, deciding: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._engine = engine
        self._server = server
        self._deciding = deciding

    def properties(self, accounts: frozenset[str]) -> dict[str, int]:
        """Return the properties, by path, that the accounts' rows have, and how many rows have each."""
        found: dict[str, int] = {}
        for kind in _KINDS:
            for path, rows in self._present(kind, accounts):
                found[path] = found.get(path, 0) + rows
        return dict(sorted(found.items()))

    def erase(self, accounts: frozenset[str], decide: Decide, also: Also) -> Rewritten:
        """Rewrite the accounts' rows, then what `also` does; where that cannot be done, neither is."""
        with self._deciding():
            changes = decide(self.properties(accounts))
            touched = {kind: self._touched(kind, accounts, changes) for kind in _KINDS}
            files = sum(len(batches) for batches in touched.values())
            rewritten = Rewritten(rows=sum(sum(b.values()) for b in touched.values()), files=files)
            with reading(self._engine) as session:
                listed = segments(session, _KINDS, snapshot(session))
            with writing(self._engine) as session:
                also(session, rewritten)
                for kind, batches in touched.items():
                    if batches:
                        self._rewrite(kind, accounts, changes)
                        for old, new in self._outdated(kind, batches, listed):
                            replace_segment(session, old, new, changes.touched)
        return rewritten

    def _present(self, kind: SegmentKind, accounts: Iterable[str]) -> list[tuple[str, int]]:
        sql = (
            "SELECT toString(path), count() FROM ("
            f"SELECT arrayJoin({_KEYS}) AS path, texts FROM {kind} WHERE account IN %(accounts)s) "
            f"WHERE NOT {_IS_PSEUDONYM % 'texts[path]'} GROUP BY path"
        )
        rows = self._server.rows(Statement(sql=sql, parameters={"accounts": _listed(accounts)}))
        return [(str(path), int(number)) for path, number in rows]

    def _touched(self, kind: SegmentKind, accounts: Iterable[str], changes: Changes) -> dict[int, int]:
        """Return how many rows of each batch have a property that changes."""
        if not changes.touched:
            return {}
        has = f"arrayExists(k -> has(%(touched)s, k) AND NOT {_IS_PSEUDONYM % 'texts[k]'}, {_KEYS})"
        sql = f"SELECT batch, count() FROM {kind} WHERE account IN %(accounts)s AND {has} GROUP BY batch"
        parameters = {"accounts": _listed(accounts), "touched": sorted(changes.touched)}
        return {
            int(batch): int(rows)
            for batch, rows in self._server.rows(Statement(sql=sql, parameters=parameters))
        }

    def _rewrite(self, kind: SegmentKind, accounts: Iterable[str], changes: Changes) -> None:
        parameters: dict[str, Any] = {
            "accounts": _listed(accounts),
            "touched": sorted(changes.touched),
            "salt": changes.salt,
        }
        kept = {name: f"mapFilter((k, v) -> NOT has(%(touched)s, k), {name})" for name in _MAPS}
        if changes.renamed:
            pairs = []
            for number, path in enumerate(sorted(changes.renamed)):
                parameters[f"path_{number}"] = path
                pairs.append(f"%(path_{number})s, {_pseudonym(f'%(path_{number})s')}")
            renamed = f"mapFilter((k, v) -> v != '', CAST(map({', '.join(pairs)}) AS {_TEXTS}))"
            kept["texts"] = f"mapUpdate({kept['texts']}, {renamed})"
        assigned = ", ".join(f"{name} = {value}" for name, value in kept.items())
        table = altered_table(kind, cluster_of(self._server))
        sql = f"ALTER TABLE {table} UPDATE {assigned} WHERE account IN %(accounts)s"
        self._server.run(sql, {"mutations_sync": 2}, parameters)

    def _outdated(
        self, kind: SegmentKind, batches: Mapping[int, int], listed: Iterable[Segment]
    ) -> Iterable[tuple[Segment, Segment]]:
        names = ", ".join(str(batch) for batch in batches)
        held = {one.batch: one for one in holdings(self._server, kind, f"batch IN ({names})")}
        for old in listed:
            if old.kind == kind and old.batch in held:
                new = msgspec.structs.replace(old, sums=held[old.batch].sums)
                yield old, new


_MAPS = ("numbers", "texts", "others")


def _pseudonym(path: str) -> str:
    """Return the SQL of a text that is the same for the same value; the empty one where there is none."""
    has = [f"mapContains({name}, {path})" for name in ("texts", "others", "numbers")]
    text = f"multiIf({has[0]}, texts[{path}], {has[1]}, others[{path}], toString(numbers[{path}]))"
    digest = f"concat('{PSEUDONYM}', substring(lower(hex(SHA256(concat(%(salt)s, {text})))), 1, 32))"
    known = _IS_PSEUDONYM % text
    return f"multiIf(NOT ({' OR '.join(has)}), '', {known}, {text}, {digest})"


def _listed(accounts: Iterable[str]) -> tuple[str, ...]:
    """Return accounts as they are bound; no account is like the one that stands for none."""
    return tuple(sorted(accounts)) or ("\x00",)
