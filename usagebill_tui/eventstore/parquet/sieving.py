"""The events that DuckDB sifts by a metric's conditions."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from sqlalchemy import column, func, table
from sqlalchemy.types import Text

from usagebill_tui.eventstore.conditions import QUANTITY, Property
from usagebill_tui.eventstore.funnel import Sieve
from usagebill_tui.eventstore.parquet.untouched import counting_sql
from usagebill_tui.eventstore.sieving import Sifted, sifted_paths
from usagebill_tui.store.manifest import Segment

_FIXED = ("batch", "source", "id", "account", "metric", "timestamp")


def create_view(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], sieve: Sieve
) -> None:
    """Make the view `sieved` of the events that count, with the properties that the metric looks at."""
    # A view, so that SQLAlchemy never reads the names of files and properties for its own marks.
    sql = counting_sql(connection, folder, segments, sieve.snapshot, sifted_paths(sieve))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW sieved AS {sql}")


def sifted(sieve: Sieve) -> Sifted:
    """Return the events of that view."""
    paths = sifted_paths(sieve)
    typed = [column(f"n{k}", QUANTITY) for k in range(len(paths))]
    texts = [column(f"t{k}", Text()) for k in range(len(paths))]
    events = table("sieved", *(column(name) for name in _FIXED), *typed, *texts).alias("e")
    return Sifted(
        columns=events.c,
        instant=func.epoch_us(events.c.timestamp),
        at=func.make_timestamp,
        properties={path: Property(events.c[f"n{k}"], events.c[f"t{k}"]) for k, path in enumerate(paths)},
    )
