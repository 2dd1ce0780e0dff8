"""`python -m benchmarks [--rows N]`: our speeds beside a peer's, in one run."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.billing import measure_billing
from benchmarks.imports import CLI, COPY, measure_imports
from benchmarks.plugin import write_idle_plugins, write_metrics, write_plugin
from benchmarks.sample import write_catalogue, write_json_lines
from benchmarks.timing import Run, best, run

NOTHING = "pass"
QUERY = (
    "import duckdb, sys;"
    "duckdb.sql(f\"SELECT account, metric, sum(properties.units::DECIMAL(38,18)) FROM '{sys.argv[1]}' "
    "WHERE timestamp >= '2024-01-01' AND timestamp < '2024-02-01' GROUP BY ALL\").fetchall()"
)


def main() -> None:
    """Make the data, run everything, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="events to import (default: 500,000)")
    parser.add_argument("--imports", action="store_true", help="measure imports alone")
    parser.add_argument("--billing", action="store_true", help="measure billing and simulating alone")
    asked = parser.parse_args()
    rows = asked.rows
    folder = Path(tempfile.mkdtemp(prefix="usagebill-bench-"))
    try:
        if asked.billing:
            measure_billing(folder, rows)
            return
        print(f"{rows:,} events; seconds of the whole process, ratio to the peer, peak memory")
        print("| work | ours | peer | ratio | of processor time | peak |\n|---|---|---|---|---|---|")
        measure_imports(folder, rows, _row)
        if not asked.imports:
            _measure(folder, rows)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, rows: int) -> None:
    lines, parquet = folder / "e.jsonl", folder / "copied.parquet"
    write_json_lines(lines, rows)
    run(COPY, lines, parquet)
    write_catalogue(folder / "catalogue.toml")
    home = folder / "home"
    _row("`usagebill --help` (peer: `python -c pass`)", best(CLI, "--help"), best(NOTHING))
    run(CLI, "--home", home, "catalog", "apply", folder / "catalogue.toml")
    first = run(CLI, "--home", home, "import", lines)
    _row(
        "import the JSON Lines again (peer: the first time)", run(CLI, "--home", home, "import", lines), first
    )
    dates = ("--from", "2024-01-01", "--to", "2024-02-01")
    usage = best(CLI, "--home", home, "usage", *dates)
    _row("usage of every customer and metric (peer: the query by hand)", usage, best(QUERY, parquet))
    one = best(CLI, "--home", home, "usage", *dates, "--customer", "acct_00001")
    _row("usage of one customer (peer: the same query)", one, best(QUERY, parquet))
    _measure_plugins(folder, home, dates)
    billed = run(CLI, "--home", home, "bill", "2024-01", "--format", "csv")
    _row("bill 2,000 customers, 4 products each (peer: their usage alone)", billed, usage)


def _measure_plugins(folder: Path, home: Path, dates: tuple[str, ...]) -> None:
    """Compare a metric of a plugin with the same metric built in, by a measure and by a fold."""
    write_plugin(folder / "plugins")
    write_idle_plugins(folder / "idle", 20)
    write_metrics(folder / "metrics.toml")
    with_plugin = ("--home", home, "--plugins-dir", folder / "plugins")
    run(CLI, *with_plugin, "catalog", "apply", folder / "metrics.toml")
    built_in = best(CLI, *with_plugin, "usage", *dates, "--metric", "api")
    for name in ("pushed_sum", "folded_sum"):
        own = best(CLI, *with_plugin, "usage", *dates, "--metric", name)
        _row(f"usage of a plugin's `{name}` (peer: the built-in `sum`)", own, built_in)
    plain = best(CLI, "--home", home, "metrics")
    loaded = best(CLI, "--home", home, "--plugins-dir", folder / "idle", "metrics")
    _row("a command with twenty plugins (peer: with none)", loaded, plain)


def _row(work: str, ours: Run, peer: Run) -> None:
    ratio = ours.seconds / peer.seconds
    cpu = f"{ours.cpu / peer.cpu:.1f}" if peer.cpu else "-"
    print(f"| {work} | {ours.seconds:.2f} | {peer.seconds:.2f} | {ratio:.1f} | {cpu} | {ours.peak:.0f} MiB |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
