"""Billing, adjusting and simulating: invoices a second after aggregation, a year of other prices."""

import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import patch

import duckdb

from benchmarks.adjusting import measure_adjustments
from usagebill_tui.billing.simulating import SimulationRequest
from usagebill_tui.domain.periods import Days
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.types import Answer, Question
from usagebill_tui.workspace import Workspace

CUSTOMERS = 10_000
NOW = datetime(2024, 1, 5, tzinfo=UTC)
YEAR = Days(date(2023, 1, 1), date(2024, 1, 1))
_SOLD = """
currency = "USD"
[[metric]]
code = "tokens"
event = "use"
aggregation = "sum"
property = "n"
[[metric]]
code = "calls"
event = "use"
aggregation = "count"
[[product]]
code = "tokens"
metric = "tokens"
[product.price]
model = "tiered"
tiers = [
    { up_to = 1000, unit_amount = "0" },
    { up_to = 10000, unit_amount = "0.01" },
    { unit_amount = "0.005" },
]
[[product]]
code = "calls"
metric = "calls"
price = { unit_amount = "0.02", free_units = 10 }
[[product]]
code = "packs"
metric = "calls"
price = { model = "package", package_size = 100, package_amount = "3" }
[[product]]
code = "volume"
metric = "tokens"
price = { unit_amount = "0.0001" }
[[product]]
code = "platform"
fee = "recurring"
price = { unit_amount = "49.00" }
[[plan]]
code = "pro"
products = ["tokens", "calls", "packs", "volume", "platform"]
minimum_spend = "10"
[[plan]]
code = "lean"
products = ["tokens", "calls", "platform"]
"""
_CUSTOMER = """
[[customer]]
id = "c{place:05}"
tax_percent = "19"
[[customer.subscription]]
plan = "pro"
start = 2023-01-01
"""
_EVENTS = """
COPY (
    SELECT 'e' || i AS id, 'c' || lpad((hash(i) % {customers})::VARCHAR, 5, '0') AS account, 'use' AS metric,
        TIMESTAMP '2023-01-01' + to_seconds((hash(i * 7) % 31535999)::BIGINT) AS timestamp,
        (hash(i * 3) % 1000)::DECIMAL(18, 3) / 8 AS n
    FROM range({rows}) t(i)
) TO '{path}' (FORMAT parquet)
"""


def measure_billing(folder: Path, rows: int) -> None:
    """Print, in seconds of processor time, what a month's invoices and a year of other prices take."""
    path = folder / "year.parquet"
    duckdb.execute(_EVENTS.format(customers=CUSTOMERS, rows=rows, path=path))
    with Workspace.open(home=folder / "billing", clock=lambda: NOW, who="benchmark") as workspace:
        customers = "".join(_CUSTOMER.format(place=place) for place in range(CUSTOMERS))
        workspace.apply_catalogue_text(_SOLD + customers, "catalogue.toml")
        workspace.import_events([path])
        start = time.process_time()
        workspace.simulate(SimulationRequest(days=YEAR, plan="lean"))
        _say(f"simulate {CUSTOMERS:,} customers over 12 months, two metrics", time.process_time() - start)
        _bill(workspace)
        measure_adjustments(workspace, folder, _say)


def _bill(workspace: Workspace) -> None:
    aggregating, usage = 0.0, ParquetEventStore.usage

    def timed(store: ParquetEventStore, question: Question) -> list[Answer]:
        nonlocal aggregating
        start = time.process_time()
        answers = usage(store, question)
        aggregating += time.process_time() - start
        return answers

    with patch.object(ParquetEventStore, "usage", timed):
        start = time.process_time()
        made = len(workspace.bill("2023-11", finalize=True).invoices)
        spent = time.process_time() - start - aggregating
    _say(f"bill and finalize {made:,} invoices of 5 products after aggregation", spent)
    _say("their aggregation", aggregating)
    sys.stdout.write(f"that is {made / spent:,.0f} invoices a second\n")


def _say(work: str, seconds: float) -> None:
    sys.stdout.write(f"{work}: {seconds:.2f} s of processor time\n")
    sys.stdout.flush()
