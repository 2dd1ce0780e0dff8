"""`python -m benchmarks.questions [--millions 10] [--home DIR]`: one customer in a large store.

All are asked in one process that is warm, as the interface asks them, beside the query by hand over the same
files in the same minute. Seconds of processor time, the best of several.
"""

import argparse
import resource
import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.imports import CLI
from benchmarks.sample import write_catalogue
from benchmarks.scale import MONTH, import_file
from benchmarks.timing import run

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace

_TIMES = 5
_CUSTOMER = "acct_00001"
_NOW = datetime(2024, 1, 31, 23, tzinfo=UTC)
_MONTH = f"timestamp >= TIMESTAMP '{MONTH[0]}' AND timestamp < TIMESTAMP '{MONTH[1]}'"
_ONE = f"account IN ('{_CUSTOMER}', '{_CUSTOMER}-all')"
_USED = 'SELECT account, metric, count(*), sum("s.units") FROM {files} WHERE'
_WHOLE = "SELECT * FROM {files} WHERE"
_OF_ONE = f"{_USED} {_ONE} AND {_MONTH} GROUP BY account, metric"
_OF_ALL = f"{_USED} {_MONTH} GROUP BY account, metric"
_EVENTS = f"{_WHOLE} {_ONE} AND metric = 'api' AND {_MONTH} ORDER BY timestamp"


def main() -> None:
    """Fill a store, or take one that is there, ask, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__)
    parser.add_argument("--millions", type=int, default=10, help="how many events to make")
    parser.add_argument("--home", type=Path, help="a home that a run of benchmarks made, kept as it is")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="usagebill-questions-"))
    try:
        home = chosen.home or _filled(folder, chosen.millions)
        print("| question | ours | by hand |\n|---|---|---|")
        _ask(home)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _filled(folder: Path, millions: int) -> Path:
    home = folder / "home"
    write_catalogue(folder / "catalogue.toml")
    run(CLI, "--home", home, "catalog", "apply", folder / "catalogue.toml")
    for number in range(millions):
        import_file(folder, home, number)
    return home


def _ask(home: Path) -> None:
    import duckdb

    from usagebill_tui.workspace import Workspace

    files = f"read_parquet('{home}/production/events/events-*.parquet')"
    with Workspace.open("production", home=home) as workspace, duckdb.connect() as hand:
        for name, ours, sql in _questions(workspace):
            peer = "" if sql is None else f"{_best(_query(hand, sql.format(files=files))):.2f}"
            print(f"| {name} | {_best(ours):.2f} | {peer} |", flush=True)


def _questions(workspace: "Workspace") -> Sequence[tuple[str, Callable[[], object], str | None]]:
    from usagebill_tui.billing.usage.answering import UsageRequest
    from usagebill_tui.billing.why import WhyRequest

    first, last = MONTH
    current = UsageRequest(customers=(_CUSTOMER,), at=_NOW)
    everybody = UsageRequest(first=first, last=last)
    asked = WhyRequest(customer=_CUSTOMER, metric="api", first=first, last=last)

    def all_events() -> object:
        return list(workspace.events(customer=_CUSTOMER, metric="api", first=first, last=last))

    return [
        ("one customer's current period", lambda: workspace.usage(current), _OF_ONE),
        ("its Usage tab: that period priced, and the one before", _compared(workspace), _OF_ONE),
        ("usage of everybody for a month", lambda: workspace.usage(everybody), _OF_ALL),
        ("its first 100 events", lambda: list(workspace.events(customer=_CUSTOMER, limit=100)), None),
        ("its events of a metric and a month", all_events, _EVENTS),
        ("why", lambda: workspace.why(asked), None),
    ]


def _compared(workspace: "Workspace") -> Callable[[], object]:
    return lambda: workspace.compare(_CUSTOMER, at=_NOW)


def _query(hand: Any, sql: str) -> Callable[[], object]:
    return lambda: hand.execute(sql).fetchall()


def _best(work: Callable[[], object]) -> float:
    def once() -> float:
        before = _used()
        work()
        return _used() - before

    work()
    return min(once() for _ in range(_TIMES))


def _used() -> float:
    """Return the seconds of all processors that this process has taken."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
