"""Parquet: whether DuckDB makes a row by itself or Python does makes no difference to anything."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.events.parquet_files import parquet
from tests.eventstore.bulk import Imported, import_file
from tests.eventstore.stores import temporary_store
from usagebill_tui.events.types import Options

POOLS = {
    "VARCHAR": ("NULL", "'eu'", "'us'", "'5'", "'5.0'", "'007'", "''", "'a\"b'", "'é'", "'x\ty'", "'a\\b'"),
    "DOUBLE": ("NULL", "5", "0.1", "1e-5", "1e22", "'nan'", "-0.0", "12345678.125", "1e300"),
    "FLOAT": ("NULL", "0.1", "16777216", "3.4e38"),
    "DECIMAL(38, 20)": ("NULL", "1.5", "0.12345678901234567891", "100000000000000000.00000000000000000001"),
    "DECIMAL(9, 2)": ("NULL", "5.10", "0", "-3.25"),
    "BIGINT": ("NULL", "7", "-9223372036854775808", "0"),
    "HUGEINT": ("NULL", "99999999999999999999", "100000000000000000000"),
    "BOOLEAN": ("NULL", "true", "false"),
    "DATE": ("DATE '2024-01-02'",),
    "INTEGER[]": ("[1, 2]",),
}
TIMES = {
    "TIMESTAMP": (
        "'2024-01-16 17:17:33.97'",
        "'0001-01-01'",
        "'infinity'",
        "'9999-12-31 23:59:59'",
        "'10000-01-01'",
        "NULL",
    ),
    "TIMESTAMPTZ": ("'2024-01-16 17:17:33.97+02'", "'10000-01-01 00:00:00+00'"),
    "VARCHAR": ("'2024-01-16T17:17:33.970Z'", "'2024-01-16'", "'10000-01-01'", "'x'"),
    "BIGINT": ("1705425453", "0", "-5"),
}
OPTIONS = (
    Options(),
    Options(time_unit="s"),
    Options(timezone="Europe/Berlin"),
    Options(map={"metric": "p0"}),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[str], list[list[str]]]:
    """Return names, types and rows of values, in SQL."""
    time = draw(st.sampled_from(list(TIMES)))
    types = draw(st.lists(st.sampled_from(list(POOLS)), min_size=1, max_size=3))
    names = ["id", "account", "metric", "timestamp", *(f"p{n}" for n in range(len(types)))]
    if draw(st.booleans()):
        names[-1] = "usage.output"
    count = draw(st.integers(1, 10))
    strange = draw(st.booleans())
    rows = []
    for _ in range(count):
        moment = draw(st.sampled_from(TIMES[time])) if strange else TIMES[time][0]
        row = [f"'id{draw(st.integers(0, 20))}'", draw(st.sampled_from(["'a'", "'b'"])), "'m'", moment]
        if strange and not draw(st.integers(0, 5)):
            row[draw(st.integers(0, 2))] = draw(st.sampled_from(["NULL", "''", "' '"]))
        rows.append([*row, *(draw(st.sampled_from(POOLS[kind])) for kind in types)])
    return names, ["VARCHAR", "VARCHAR", "VARCHAR", time, *types], rows


def written(names: Sequence[str], types: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return the Parquet file that holds a table."""
    columns = ", ".join(f'CAST(c{n} AS {kind}) AS "{names[n]}"' for n, kind in enumerate(types))
    cells = ", ".join(
        "(" + ", ".join(f"CAST({cell} AS {kind})" for cell, kind in zip(row, types, strict=True)) + ")"
        for row in rows
    )
    aliases = ", ".join(f"c{n}" for n in range(len(types)))
    return parquet(columns, f"(VALUES {cells}) AS t({aliases})")


def told(data: bytes, options: Options, *, bulk: bool) -> Imported | str:
    """Return what importing comes to, or the error."""
    with temporary_store() as store:
        try:
            return import_file(store, data, bulk=bulk, name="e.parquet", options=options, block_bytes=600)
        except Exception as error:  # noqa: BLE001 - whatever it is, it has to be the same
            return f"{type(error).__name__}: {error}"


@settings(max_examples=7, deadline=None)
@given(tables(), st.sampled_from(OPTIONS))
def test_both_ways_come_to_the_same(
    table: tuple[list[str], list[str], list[list[str]]], options: Options
) -> None:
    data = written(*table)
    exact, bulk = told(data, options, bulk=False), told(data, options, bulk=True)
    if isinstance(exact, Imported) and isinstance(bulk, Imported):
        assert bulk._replace(taken=0) == exact
    else:
        assert bulk == exact


@pytest.mark.parametrize("kind", ["DOUBLE", "DECIMAL(9, 2)", "BIGINT", "VARCHAR"])
def test_plain_rows_are_taken(kind: str) -> None:
    names = ["id", "account", "metric", "timestamp", "units", "usage.output"]
    types = ["VARCHAR", "VARCHAR", "VARCHAR", "TIMESTAMP", kind, "BOOLEAN"]
    rows = [[f"'e{n}'", "'a'", "'m'", "'2024-01-16 17:17:33.97'", f"{n}.5", "true"] for n in range(9)]
    with temporary_store() as store:
        found = import_file(store, written(names, types, rows), bulk=True, name="e.parquet", block_bytes=600)
        assert (found.taken, found.counts.accepted) == (9, 9)
