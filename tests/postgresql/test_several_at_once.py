"""Several processes bill and finalise at once: one set of invoices, numbers without gaps, no error seen."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tests.billing.desk import Desk, Table, catalogue, fee, metered
from tests.postgresql.conftest import SharedDesk

ROOT = Path(__file__).parents[2]
CROWD: list[Table] = [
    {"id": f"c{number}", "subscription": [{"plan": "pro", "start": date(2026, 1, 1)}]} for number in range(11)
]
TEXT = catalogue({"fee": fee("49.00"), "calls": metered("calls", unit_amount="0.25")}, more=CROWD)


def process_of(command: Sequence[str]) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe)


def at_once(desk: Desk, *works: Sequence[str]) -> list[list[list[str]]]:
    """Do works in a process each, begun at the same time; return what each made."""
    command = [sys.executable, "-m", "tests.postgresql.working", str(desk.folder / "home")]
    started = [process_of([*command, *work]) for work in works]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    made = []
    for process in started:
        out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        made.append(json.loads(out))
    return made


def test_two_people_who_bill_the_same_period_make_one_set_of_invoices(shared_desk: SharedDesk) -> None:
    desk = shared_desk(TEXT)
    desk.events(*((name, "calls", "2026-10-09T00:00:00Z") for name in ("acme", "c1", "c2")))
    made = at_once(desk, ["bill", "2026-10"], ["bill", "2026-10"])
    drafts = desk.workspace.invoices()
    assert len(drafts) == len(CROWD) + 1
    assert sorted(one.id for one in drafts) == sorted({identity for some in made for identity, _ in some})
    assert len(desk.workspace.bill("2026-10").invoices) == 0
    assert [finding.status for finding in desk.workspace.verify()] == ["ok"]


def test_numbers_have_no_gaps_and_no_twins_when_four_finalise_at_once(shared_desk: SharedDesk) -> None:
    desk = shared_desk(TEXT)
    names = [invoice.id for invoice in desk.workspace.bill("2026-10").invoices]
    made = at_once(desk, *(["finalize", *names[first::4]] for first in range(4)))
    numbers = sorted(number for some in made for _, number in some)
    assert numbers == [f"INV-{number:04}" for number in range(1, len(names) + 1)]
    assert [entry.id for entry in desk.workspace.ledger_entries()] == list(range(1, len(names) + 1))
    assert [finding.status for finding in desk.workspace.verify()] == ["ok"]
