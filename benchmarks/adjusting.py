"""Late events after a month is billed: reporting what they change, accepting it, proving all invoices."""

import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from usagebill_tui.workspace import Workspace

CUSTOMERS = 1_000
_LATE = """
COPY (
    SELECT 'late' || i AS id, 'c' || lpad((i % {customers})::VARCHAR, 5, '0') AS account, 'use' AS metric,
        TIMESTAMP '2023-11-01' + to_seconds((hash(i) % 2591999)::BIGINT) AS timestamp,
        (hash(i * 3) % 1000)::DECIMAL(18, 3) / 8 AS n
    FROM range(100000) t(i)
) TO '{path}' (FORMAT parquet)
"""


def measure_adjustments(workspace: Workspace, folder: Path, say: Callable[[str, float], None]) -> None:
    """Say what 100,000 late events of November cost, once it is billed, in seconds of processor time."""
    path = folder / "late.parquet"
    duckdb.execute(_LATE.format(customers=CUSTOMERS, path=path))
    workspace.import_events([path])
    start = time.process_time()
    count = workspace.report_adjustments(folder / "adjustments.csv")
    say(f"report adjustments after 100,000 late events, {count:,} lines", time.process_time() - start)
    start = time.process_time()
    accepted = len(workspace.accept_adjustments().accepted)
    say(f"accept adjustments of {accepted:,} invoices", time.process_time() - start)
    start = time.process_time()
    workspace.verify()
    say("verify, all final invoices recomputed", time.process_time() - start)
