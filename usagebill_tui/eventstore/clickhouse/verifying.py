"""Verifying that the server holds what the manifest says, and finding rows that it does not list."""

from collections.abc import Iterator, Sequence

from usagebill_tui.eventstore.clickhouse.sending import LAYOUTS, batch_column, differs, holdings
from usagebill_tui.eventstore.clickhouse.server import Server, Statement
from usagebill_tui.store.manifest import Segment
from usagebill_tui.store.reached import Spans


def faults(server: Server, listed: Sequence[Segment]) -> Iterator[tuple[str, str]]:
    """Yield (part of a batch, what is wrong with it) for each that is not as it was sent."""
    for kind in LAYOUTS:
        held = {one.batch: one for one in holdings(server, kind)}
        for segment in listed:
            if segment.kind != kind:
                continue
            rows = held[segment.batch].rows if segment.batch in held else 0
            if rows != segment.rows:
                yield segment.file, f"has {rows:,} rows instead of {segment.rows:,}"
            elif differs(held[segment.batch], segment):
                yield segment.file, "its rows, times or sums are not those that the manifest says"


def unlisted(server: Server, listed: Spans) -> list[int]:
    """Return the batches of which the server holds rows that the manifest does not list."""
    found: set[int] = set()
    for kind, layout in LAYOUTS.items():
        rows = server.rows(Statement(sql=f"SELECT DISTINCT {batch_column(kind)} FROM {layout.name}"))
        found.update(int(batch) for (batch,) in rows)
    return sorted(batch for batch in found if not any(first <= batch <= last for first, last in listed))


def remove(server: Server, batches: Sequence[int], cluster: str | None) -> None:
    """Remove the rows of batches, and wait until they are gone."""
    names = ", ".join(str(batch) for batch in batches)
    for kind, layout in LAYOUTS.items():
        place = altered_table(layout.name, cluster)
        server.run(
            f"ALTER TABLE {place} DELETE WHERE {batch_column(kind)} IN ({names})", {"mutations_sync": 2}
        )


def altered_table(name: str, cluster: str | None) -> str:
    """Return how a table is named whose rows are to be changed: a `Distributed` one keeps none itself."""
    return name if cluster is None else f"{name}_local ON CLUSTER `{cluster}`"


def cluster_of(server: Server) -> str | None:
    """Return the cluster over which the tables are spread, None for one server."""
    found = server.value(
        Statement(
            sql="SELECT extract(engine_full, 'Distributed\\\\(\\'?([^\\',]+)') FROM system.tables "
            "WHERE database = currentDatabase() AND name = 'events' AND engine = 'Distributed'"
        )
    )
    return None if found is None else str(found)
