"""The SQL of segments without some properties of some accounts' events."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from usagebill_tui.eventstore.erasing import Changes
from usagebill_tui.eventstore.parquet.contents import content_sql
from usagebill_tui.eventstore.parquet.layout import FIXED, layout_of_kinds
from usagebill_tui.eventstore.parquet.relation import quoted, text_literal, text_of
from usagebill_tui.store.manifest import Columns, Segment

PSEUDONYM = "erased-"
"""What the values of renamed properties begin with."""

_THEIRS = "account IN (SELECT name FROM erased_accounts)"
_KINDS = (("number", "DECIMAL(38, 18)"), ("text", "VARCHAR"), ("json", "VARCHAR"))
_DIGITS = 32


def load_accounts(connection: duckdb.DuckDBPyConnection, accounts: Iterable[str]) -> None:
    """Make the table `erased_accounts` of the accounts whose rows are meant."""
    connection.execute(
        "CREATE TEMP TABLE erased_accounts AS SELECT unnest($1::VARCHAR[]) AS name", [sorted(accounts)]
    )


def presence(
    connection: duckdb.DuckDBPyConnection, folder: Path, segment: Segment, *, theirs: bool = True
) -> tuple[int, dict[str, int]]:
    """Return how many rows of the accounts a segment has, and how many of them have each property.

    Not of the accounts but of all others, where it is not `theirs`. Properties that no row has are left out,
    and what an earlier erasure put in the place of values does not count.
    """
    paths = list(segment.layout)
    texts = [text_of(segment.layout[path]) for path in paths]
    values = [f"CASE WHEN NOT {_is_pseudonym(text)} THEN 1 END" for text in texts] if theirs else texts
    counts = ", ".join(["count(*)", *(f"count({value})" for value in values)])
    file = f"read_parquet({text_literal(str(folder / segment.file))})"
    where = _THEIRS if theirs else f"NOT {_THEIRS}"
    row = connection.execute(f"SELECT {counts} FROM {file} WHERE {where}").fetchone() or (0,)
    return int(row[0]), {path: int(n) for path, n in zip(paths, row[1:], strict=True) if n}


def rewriting(
    segment: Segment, folder: Path, changes: Changes, others: Iterable[str]
) -> tuple[str, dict[str, Columns]]:
    """Return the SQL of a segment's rows as they are to be, and their layout.

    `others` are the properties that rows of other accounts have: those keep their columns.
    """
    layout = _new_layout(segment.layout, changes, frozenset(others))
    columns = [name for name in FIXED if name != "content"]
    # What the delivery said is told by its digest ever after, so that the same again is a duplicate.
    content = f"CASE WHEN {_THEIRS} THEN {content_sql(segment.layout)} ELSE content END AS content"
    properties = [
        f"{_value(path, kind, segment.layout.get(path, Columns()), changes)} AS {quoted(name)}"
        for path, new in layout.items()
        for kind, _ in _KINDS
        if (name := getattr(new, kind)) is not None
    ]
    rows = f"SELECT {', '.join([*columns, content, *properties])} FROM "
    file = f"read_parquet({text_literal(str(folder / segment.file))})"
    return f"{rows}{file} ORDER BY metric, account, timestamp", layout


def _new_layout(old: Mapping[str, Columns], changes: Changes, others: frozenset[str]) -> dict[str, Columns]:
    kinds = [
        (path, kind)
        for path, columns in old.items()
        for kind, _ in _KINDS
        if getattr(columns, kind) is not None and (path not in changes.touched or path in others)
    ]
    return layout_of_kinds([*kinds, *((path, "text") for path in changes.renamed if path in old)])


def _value(path: str, kind: str, old: Columns, changes: Changes) -> str:
    """Return the SQL of one column: what it was, or, in the accounts' rows, what it is to be."""
    name = getattr(old, kind)
    was = f"CAST({'NULL' if name is None else quoted(name)} AS {dict(_KINDS)[kind]})"
    if path not in changes.touched:
        return was
    becomes = _pseudonym(old, changes.salt) if path in changes.renamed and kind == "text" else "NULL"
    return f"CASE WHEN {_THEIRS} THEN {becomes} ELSE {was} END"


def _pseudonym(old: Columns, salt: str) -> str:
    """Return the SQL of a text that is the same for the same value; null stays null."""
    text = text_of(old)
    digest = f"left(sha256(concat({text_literal(salt)}, {text})), {_DIGITS})"
    kept = f"{text} IS NULL OR {_is_pseudonym(text)}"
    return f"CASE WHEN {kept} THEN {text} ELSE concat('{PSEUDONYM}', {digest}) END"


def _is_pseudonym(text: str) -> str:
    return f"regexp_full_match({text}, '{PSEUDONYM}[0-9a-f]{{{_DIGITS}}}')"
