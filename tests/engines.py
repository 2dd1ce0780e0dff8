"""Which engine keeps the events that tests work on: DuckDB over files, or, with `--events clickhouse`, chDB.

chDB is ClickHouse's own engine in this process. Each store gets a database of it.
"""

import pytest

every_event_store = pytest.mark.every_event_store
"""Marks what is run on each engine."""
parquet_only = pytest.mark.parquet_only
"""Marks what looks into the folder of segments; left out on ClickHouse."""
needs_chdb = pytest.mark.needs_chdb
"""Marks what is about ClickHouse, and needs its engine."""

_chosen = ["parquet"]


def choose(name: str) -> None:
    """Let tests work on an engine."""
    _chosen[0] = name


def chosen_events() -> str:
    """Return the engine: `parquet` or `clickhouse`."""
    return _chosen[0]


def examples(number: int) -> int:
    """Return how many made-up examples to try, where a store of files would be tried on so many."""
    return number if chosen_events() == "parquet" else max(2, number // 4)


def is_left_out(item: pytest.Item) -> bool:
    """Tell whether a test is not for the engine that was chosen."""
    if chosen_events() == "parquet":
        return item.get_closest_marker("needs_chdb") is not None
    if item.get_closest_marker("parquet_only") is not None:
        return True
    return not any(item.get_closest_marker(name) for name in ("every_event_store", "needs_chdb"))
