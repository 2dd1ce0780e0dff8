"""Long works as processes of their own, killed at random: nothing half-done, and again completes them.

    python -m tests.faults.killing [import] [merge] [undo] [erase] [bill] [final] [backup] [move] [--times 5]

Prints what was not as it should be, and exits with 1 where anything was. It takes minutes: hundreds of
thousands of events are imported, billed and copied each time.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from benchmarks.sample import write_catalogue, write_json_lines
from tests.faults.striking import ROOT
from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.workspace import Workspace

JANUARY = UsageRequest(first="2024-01-01", last="2024-02-01")
SMALL = 15
TWICE = 5
_COMMAND = (sys.executable, "-m", "usagebill_tui")


class State(NamedTuple):
    """What people would see of a workspace, the long parts as digests."""

    batches: list[tuple[object, ...]]
    usage: str
    invoices: str
    names: str


class Work(NamedTuple):
    """A command, where it begins, and its exit codes when it was done before."""

    name: str
    arguments: tuple[str, ...]
    begins: str
    again: tuple[int, ...] = (0,)
    in_steps: bool = False
    """Whether part of it may be done, each step whole, as where customers are billed one by one."""


WORKS = (
    Work("import", ("import", "events.jsonl"), "empty"),
    Work("merge", ("import", "events.jsonl"), "small"),
    Work("undo", ("batches", "undo", "1"), "full", again=(TWICE,)),
    Work("erase", ("erase", "--customer", "acct_00001", "--yes"), "full"),
    Work("bill", ("bill", "2024-01"), "full", in_steps=True),
    Work("final", ("bill", "2024-01", "--finalize"), "full", in_steps=True),
    Work("backup", ("backup", "copy.backup"), "full"),
    Work("move", ("move", "--to", "other"), "full", again=(0, TWICE)),
)


def looked_at(home: Path, name: str = "production") -> tuple[State, list[str]]:
    """Return what people would see, and what `verify` and `doctor` find; what was left is removed."""
    with Workspace.open(name, home=home) as workspace:
        state = State(
            [(batch.kind, batch.undoes, batch.counts) for batch in workspace.batches()],
            _digest(workspace.usage(JANUARY)),
            _digest([(i.id, i.number, i.status, str(i.total)) for i in workspace.invoices()]),
            _digest(sorted((one.id, one.name) for one in workspace.catalogue().customers.values())),
        )
        workspace.doctor(repair=True)
        findings = [*workspace.verify(), *workspace.doctor()]
    return state, [f"{one.check}: {one.detail}" for one in findings if one.status != "ok"]


def _digest(found: Sequence[object]) -> str:
    return f"{len(found)}:{sha256(repr(found).encode()).hexdigest()[:12]}"


def say(line: str) -> None:
    """Write a line that is read at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Yard:
    """A folder with events to import and homes as they are before a work."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.folder = folder
        write_json_lines(folder / "events.jsonl", rows)
        write_catalogue(folder / "catalogue.toml")
        self.command(folder / "empty", "catalog", "apply", "catalogue.toml")
        for begins in ("full", "small"):
            shutil.copytree(folder / "empty", folder / begins)
        self.command(folder / "full", "import", "events.jsonl")
        for number in range(SMALL):
            line = f'{{"id":"s{number}","account":"acct_00001","metric":"api","timestamp":"2024-01-05"}}\n'
            (folder / "small.jsonl").write_text(line)
            self.command(folder / "small", "import", "small.jsonl")

    def command(self, home: Path, *arguments: str, killed_after: float | None = None) -> int:
        """Run a command in the folder; return its exit code, negative for a signal."""
        process = subprocess.Popen(
            [*_COMMAND, "--home", str(home), *arguments],
            cwd=self.folder,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            _, said = process.communicate(timeout=killed_after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, said = process.communicate()
        if process.returncode > 0:
            say(said.decode(errors="replace").strip())
        return process.returncode

    def fresh(self, work: Work) -> Path:
        """Return a home as it is before a work."""
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        (self.folder / "copy.backup").unlink(missing_ok=True)
        return Path(shutil.copytree(self.folder / work.begins, home))


def tried(yard: Yard, work: Work, times: int, draw: random.Random) -> list[str]:
    """Kill a work at random instants; return what was wrong afterwards, or after doing it again."""
    home = yard.fresh(work)
    before, _ = looked_at(home)
    began = time.monotonic()
    yard.command(home, *work.arguments)
    lasts = time.monotonic() - began
    wanted, wrong = looked_at(home)
    wrong += copies(yard, work, home, wanted)
    for _ in range(times):
        home = yard.fresh(work)
        instant = draw.uniform(0, lasts)
        code = yard.command(home, *work.arguments, killed_after=instant)
        found, faults = looked_at(home)
        if found not in (before, wanted) and not work.in_steps:
            faults.append(f"it is half done: {found}")
        again = yard.command(home, *work.arguments)
        # A backup is never written over: what the killed one left, if anything, is whole.
        if again not in ((*work.again, 0) if found == wanted else (0,)):
            faults.append(f"done again, it ends with {again}")
        after, left = looked_at(home)
        faults += left + copies(yard, work, home, wanted)
        # Imported once more, a file is one more batch, of duplicates.
        if after[1:] != wanted[1:] or (wanted not in (found, after)):
            faults.append(f"done again, it is not as it should be: {after}")
        say(f"{work.name}: {code} after {instant:.1f} of {lasts:.1f} s, {len(faults)} wrong")
        wrong += [f"{work.name} killed after {instant:.2f} s: {fault}" for fault in faults]
    return wrong


def copies(yard: Yard, work: Work, home: Path, wanted: State) -> list[str]:
    """Return what is wrong with the copy that a work made of the workspace."""
    if work.name not in ("backup", "move"):
        return []
    if work.name == "backup":
        yard.command(home, "--workspace", "other", "restore", "copy.backup")
    found, wrong = looked_at(home, "other")
    return wrong if found == wanted else [*wrong, f"the copy is another: {found}"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill these works, or all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.killing")
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(work.name for work in WORKS))
    parser.add_argument("--times", type=int, default=5, help="how often each is killed")
    parser.add_argument("--rows", type=int, default=500_000, help="how many events there are")
    parser.add_argument("--seed", type=int, default=1, help="of the instants")
    asked = parser.parse_args(arguments)
    draw = random.Random(asked.seed)  # noqa: S311 - instants, not secrets
    with tempfile.TemporaryDirectory() as place:
        yard = Yard(Path(place), asked.rows)
        works = [work for work in WORKS if not asked.works or work.name in asked.works]
        wrong = [line for work in works for line in tried(yard, work, asked.times, draw)]
    say("\n".join([*wrong, f"{len(wrong)} failures"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
