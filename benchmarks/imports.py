"""Imports beside DuckDB merely copying the file, a pandas script and a sqlite3 script."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from benchmarks.sample import write_csv, write_json_lines, write_parquet
from benchmarks.timing import Run, best, run

CLI = "from usagebill_tui.cli.main import run; run()"
COPY = (
    "import duckdb, sys; f, to = sys.argv[1:];"
    "read = {'l': 'read_json', 'v': 'read_csv', 't': 'read_parquet'}[f[-1]];"
    "duckdb.sql(f\"COPY (SELECT * FROM {read}('{f}')) TO '{to}' (FORMAT parquet)\")"
)
SQLITE = (
    "import json, sqlite3, sys; c = sqlite3.connect(sys.argv[2]);"
    "c.execute('CREATE TABLE e (id TEXT PRIMARY KEY, account TEXT, metric TEXT, at TEXT, units TEXT)');"
    "c.executemany('INSERT OR IGNORE INTO e VALUES (?,?,?,?,?)', ("
    "(e['id'], e['account'], e['metric'], e['timestamp'], str(e['properties']['units']))"
    " for e in map(json.loads, open(sys.argv[1])))); c.commit()"
)
PANDAS = (
    "import pandas, sys; e = pandas.read_json(sys.argv[1], lines=True).drop_duplicates('id');"
    "e['units'] = [p['units'] for p in e['properties']];"
    "e.drop(columns='properties').to_pickle(sys.argv[2])"
)
Row = Callable[[str, Run, Run], None]


def measure_imports(folder: Path, rows: int, row: Row) -> None:
    """Import the same events in every form, each into a store of its own."""
    lines = folder / "e.jsonl"
    write_json_lines(lines, rows)
    first = _beside_copy(folder, lines, "JSON Lines", row)
    row("the same (peer: a sqlite3 script)", first, run(SQLITE, lines, folder / "peer.db"))
    if find_spec("pandas"):
        row("the same (peer: a pandas script)", first, run(PANDAS, lines, folder / "peer.pickle"))
    else:
        print("| the same (peer: a pandas script: pandas is not installed) | | | | | |")
    write_csv(lines, folder / "e.csv")
    _beside_copy(folder, folder / "e.csv", "CSV", row)
    write_parquet(lines, folder / "e.parquet")
    _beside_copy(folder, folder / "e.parquet", "Parquet", row)
    for percent in (10, 100):
        write_json_lines(lines, rows, long=percent)
        _beside_copy(folder, lines, f"JSON Lines, {percent} % with 17 digits", row)


def _beside_copy(folder: Path, file: Path, form: str, row: Row) -> Run:
    ours = run(CLI, "--home", folder / f"home-{form}", "import", file)
    peer = best(COPY, file, folder / "copy.parquet", times=2)
    row(f"import {form} (peer: bare DuckDB COPY)", ours, peer)
    return ours
