"""Start-up is a feature: which slow modules a command imports is held, not how long it takes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from usagebill_tui.cli.main import YOUNG_OBJECTS

SLOW = (
    "alembic",
    "babel",
    "clickhouse_connect",
    "duckdb",
    "filelock",
    "importlib.metadata",
    "msgspec",
    "multiprocessing",
    "obstore",
    "platformdirs",
    "pluggy",
    "psycopg",
    "reportlab",
    "rich",
    "sqlalchemy",
    "sqlalchemy.dialects.postgresql",
    "textual",
    "traceback",
    "usagebill_tui.billing",
    "usagebill_tui.eventstore.parquet.store",
    "usagebill_tui.tui",
    "usagebill_tui.workspace",
    "xlsxwriter",
)
"""What takes more than some milliseconds to import, or would be a sign of something that does."""

OPENING = {
    "importlib.metadata",
    "msgspec",
    "platformdirs",
    "pluggy",
    "sqlalchemy",
    "traceback",
    "usagebill_tui.billing",
    "usagebill_tui.workspace",
}
"""What opening a workspace needs, whether it exists or is made by it."""

EVENTS = {"duckdb", "usagebill_tui.eventstore.parquet.store"}

NEEDED: dict[str, set[str]] = {
    "--help": set(),
    "--version": set(),
    "invoices": OPENING,
    "customers": OPENING,
    "usage": OPENING | EVENTS,
    "import one.jsonl": OPENING | EVENTS | {"filelock"},
}

ROW = '{"id": "1", "account": "acme", "metric": "calls", "timestamp": "2026-10-01T00:00:00Z"}\n'

SCRIPT = f"""
import gc, sys
from usagebill_tui.cli.main import run
try:
    run(sys.argv[1:])
except SystemExit as left:
    print(left.code, *sorted({{name for name in {SLOW!r} if name in sys.modules}}), file=sys.stderr)
print(gc.get_threshold()[0], gc.isenabled(), file=sys.stderr)
"""


def slow_modules_of(command: str, folder: Path) -> set[str]:
    """Run a command in a folder as its home; return which of the slow modules are imported when it ends."""
    (folder / "one.jsonl").write_text(ROW, encoding="utf-8")
    home = {"HOME": str(folder), "USAGEBILL_HOME": str(folder / "home")}
    home |= {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command.split()],
        cwd=folder,
        env=os.environ | home,
        capture_output=True,
        text=True,
        check=True,
    )
    # Nothing else is said, at the end of the process neither: DuckDB would tell of what was not collected.
    imported, collecting = done.stderr.splitlines()
    assert collecting == f"{YOUNG_OBJECTS} True"
    code, *modules = imported.split()
    assert code == "0"
    return set(modules)


@pytest.mark.parametrize("command", NEEDED)
def test_a_command_imports_no_slow_module_that_it_does_not_need(command: str, tmp_path: Path) -> None:
    assert slow_modules_of(command, tmp_path) == NEEDED[command]


def test_a_workspace_that_exists_needs_no_more_than_a_new_one(tmp_path: Path) -> None:
    first = slow_modules_of("import one.jsonl", tmp_path)
    assert slow_modules_of("import --again one.jsonl", tmp_path) == first
    assert slow_modules_of("invoices", tmp_path) == OPENING
