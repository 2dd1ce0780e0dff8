"""`python -m benchmarks.scale [--millions 1 10 100]`: what each stage costs as a store grows.

Events arrive as a team's would: a file of a million each, one after the other through a year. At each size
the stages are run as commands of their own; seconds of processor time are what to compare, start-up included.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.imports import CLI
from benchmarks.sample import ACCOUNTS, METRICS, write_catalogue
from benchmarks.timing import Run, run

_FILE = 1_000_000
_FILES_A_YEAR = 100
_YEAR = 366 * 86_400
MONTH = ("2024-01-01", "2024-02-01")


def main() -> None:
    """Fill a store step by step, run every stage at each size, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 10, 100], help="sizes to stop at")
    sizes = sorted(parser.parse_args().millions)
    folder = Path(tempfile.mkdtemp(prefix="usagebill-scale-"))
    try:
        home = folder / "home"
        write_catalogue(folder / "catalogue.toml")
        run(CLI, "--home", home, "catalog", "apply", folder / "catalogue.toml")
        print("| events | stage | processor s | seconds | peak |\n|---|---|---|---|---|")
        done = 0
        for size in sizes:
            imports = [import_file(folder, home, number) for number in range(done, size)]
            done = size
            _measure(home, size, imports)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_file(path: Path, number: int) -> None:
    """Write the events of one file of the year: about 190 bytes a line, every account and metric in it."""
    import duckdb

    start = number * _YEAR // _FILES_A_YEAR
    span = _YEAR // _FILES_A_YEAR
    metrics = ", ".join(f"'{code}'" for code in METRICS)
    duckdb.sql(
        f"""
        COPY (
            SELECT '{{"id":"' || uuid() || '","account":"acct_' || lpad((h % {ACCOUNTS})::VARCHAR, 5, '0')
                || '","metric":"' || [{metrics}][1 + h // 7919 % {len(METRICS)}] || '","timestamp":"'
                || strftime(TIMESTAMP '2024-01-01' + to_seconds({start} + h // 31337 % {span}),
                    '%Y-%m-%dT%H:%M:%S.') || lpad((h // 13 % 1000)::VARCHAR, 3, '0')
                || 'Z","properties":{{"units":' || (1 + h // 101 % 999) || '.'
                || lpad((1 + h // 17 % 99)::VARCHAR, 2, '0')
                || ',"region":"' || ['eu-west-1', 'us-east-1', 'ap-south-1'][1 + h // 3 % 3]
                || '","usage":{{"output":' || h // 23 % 5000 || '}}}}}}'
            FROM (SELECT (hash(i + {number * _FILE}) // 2)::BIGINT AS h FROM range({_FILE}) t(i))
        ) TO '{path}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')
        """  # noqa: S608 - our own numbers and codes
    )


def import_file(folder: Path, home: Path, number: int) -> Run:
    """Make a file of the year, import it, and remove it."""
    path = folder / f"day-{number:03}.jsonl"
    write_file(path, number)
    try:
        return run(CLI, "--home", home, "import", path)
    finally:
        path.unlink()


def _measure(home: Path, size: int, imports: list[Run]) -> None:
    last = imports[-10:]
    _row(size, "import of a million (mean of the last ones)", _mean(last))
    stored = sum(file.stat().st_size for file in home.rglob("*.parquet"))
    print(f"| {size} M | stored | {stored / size / 1e6:.1f} bytes an event | | |")
    dates = ("--from", MONTH[0], "--to", MONTH[1])
    _row(size, "usage of a month, every customer and metric", run(CLI, "--home", home, "usage", *dates))
    everything = ("--from", "2024-01-01", "--to", "2025-01-01")
    _row(
        size, "usage of all events, every customer and metric", run(CLI, "--home", home, "usage", *everything)
    )
    one = (*dates, "--customer", "acct_00001")
    _row(size, "usage of a month, one customer", run(CLI, "--home", home, "usage", *one))
    _row(size, "bill a month", run(CLI, "--home", home, "bill", "2024-01", "--dry-run", "--format", "csv"))
    why = ("why", *dates, "--customer", "acct_00001", "--metric", "api")
    _row(size, "why, one customer and metric", run(CLI, "--home", home, *why))
    _row(size, "verify", run(CLI, "--home", home, "verify"))


def _mean(runs: list[Run]) -> Run:
    count = len(runs)
    return Run(
        sum(r.seconds for r in runs) / count, max(r.peak for r in runs), sum(r.cpu for r in runs) / count
    )


def _row(size: int, stage: str, one: Run) -> None:
    print(f"| {size} M | {stage} | {one.cpu:.2f} | {one.seconds:.2f} | {one.peak:.0f} MiB |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
