"""What is made to fail: an import, the undoing of a batch, billing; and what must hold afterwards."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.faults.looking import State, likeness, looked_at
from tests.faults.striking import COPYING, LISTING, Fault, Run, Zygote
from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.config import DEFAULT_WORKSPACE
from usagebill_tui.eventstore.parquet.merging import MEMBERS
from usagebill_tui.homes import Fixed, Home
from usagebill_tui.workspace import Workspace

CATALOGUE = """
currency = "USD"
[[metric]]
code = "calls"
name = "Calls"
aggregation = "sum"
property = "n"
[[product]]
code = "calls"
name = "Calls"
metric = "calls"
price = { unit_amount = "0.25" }
[[plan]]
code = "basic"
name = "Basic"
products = ["calls"]
[[customer]]
id = "acme"
name = "Acme"
[[customer.subscription]]
plan = "basic"
start = 2023-11-01
[[customer]]
id = "globex"
name = "Globex"
[[customer.subscription]]
plan = "basic"
start = 2023-11-01
"""
NOW = "2024-01-01T00:00:00Z"
KILLED = -9
INTERRUPTED = 130
FAILED = 1
TOLD_NOBODY = 3
TWICE = 5


class Work(NamedTuple):
    """A command, its exit code when it succeeds, and those when it was done before."""

    name: str
    arguments: tuple[str, ...]
    success: int
    again: tuple[int, ...]
    imports: int
    """How many imports there are before it."""


_IMPORT = ("import", "second.jsonl", "--on-conflict", "replace")
_WATCH = ("watch", "in", "--once", "--settle", "0", "--on-conflict", "replace")
_PLACES = {"second.jsonl", "third.jsonl", "in"}
WORKS = (
    Work("import", _IMPORT, success=3, again=(3,), imports=1),
    Work("bulk", ("import", "third.jsonl"), success=0, again=(0,), imports=1),
    Work("merge", _IMPORT, success=3, again=(3,), imports=MEMBERS - 1),
    Work("watch", _WATCH, success=3, again=(0, 3), imports=1),
    Work("undo", ("batches", "undo", "2"), success=0, again=(TWICE,), imports=2),
    Work("erase", ("erase", "--customer", "acme", "--yes"), success=0, again=(0,), imports=2),
    Work("bill", ("bill", "2023-11", "--finalize"), success=0, again=(0,), imports=2),
)


def row(name: str, account: str, n: int) -> str:
    """Return an event as a line of JSON."""
    event = {
        "id": name,
        "account": account,
        "metric": "calls",
        "timestamp": "2023-11-05T10:00:00Z",
        "properties": {"n": n, "by": f"somebody at {account}"},
    }
    return msgspec.json.encode(event).decode() + "\n"


class Scene:
    """A folder with files to import and a home, as they are before a work."""

    def __init__(self, folder: Path, zygote: Zygote) -> None:
        self.folder = folder
        folder.mkdir()
        self._zygote = zygote
        self._templates: dict[int, Path] = {}
        self._states: dict[int, State] = {}
        self._wanted: dict[str, State] = {}
        self._known: dict[tuple[str, frozenset[tuple[str, str]]] | None, tuple[State, list[str]]] = {}
        (folder / "catalogue.toml").write_text(CATALOGUE)
        (folder / "first.jsonl").write_text(row("a", "acme", 1) + row("b", "globex", 2) + row("c", "acme", 3))
        # One new event, one duplicate, one that replaces another, one row that is rejected.
        (folder / "second.jsonl").write_text(
            row("d", "acme", 4) + row("a", "acme", 1) + row("b", "globex", 5) + "{}\n"
        )
        # New events alone: what DuckDB writes of them becomes a segment as it is, with keys beside it.
        (folder / "third.jsonl").write_text("".join(row(name, "acme", 7) for name in "fgh"))

    def tried(self, work: Work, fault: Fault) -> tuple[Run, list[str]]:
        """Do a work with a fault in a fresh home; return how it ended and what should not be.

        Faults mostly leave what an earlier one left too; then what came of it is not tried once more. Every
        eighth is tried whatever it left, just as it was left: telling what is alike rolls transactions back.
        """
        self._result(work)
        return self._judged(work, fault, self._run(self._fresh(work), work, fault))

    def copied(self, work: Work, kind: str, call: str) -> Iterator[tuple[Run, list[str]]]:
        """Do the same as `tried` for a kind that ends the process, at all such calls of a single run."""
        self._result(work)
        copies = self.folder.parent / "copies"
        for when, struck in enumerate(
            self._run(self._fresh(work), work, Fault(COPYING[kind], call, 1)).seen, start=1
        ):
            for name in ("home", "in"):
                shutil.rmtree(self.folder / name)
                (copies / str(when) / name).rename(self.folder / name)
            shutil.rmtree(copies / str(when))
            yield self._judged(work, Fault(kind, call, when), Run(KILLED, "", struck, []))

    def _judged(self, work: Work, fault: Fault, run: Run) -> tuple[Run, list[str]]:
        home = self.folder / "home"
        left = None if fault.when % 8 == 0 else (work.name, likeness(home, self.folder / "in"))
        if left is None or left not in self._known:
            self._known[left] = self._what_comes_of_it(work, home)
        found, wrong = self._known[left]
        wrong = [*self._after_the_fault(work, run, found), *wrong]
        return run, [f"{work.name}, {fault}: {what} ({run.output.strip()!r})" for what in wrong]

    def _what_comes_of_it(self, work: Work, home: Path) -> tuple[State, list[str]]:
        """Return what is there, and what should not be there or come of doing the work again."""
        found, wrong = looked_at(home)
        again = self._run(home, work)
        wrong += self._after_doing_it_again(work, again, home, done=found == self._result(work))
        if work.arguments == _WATCH:
            wrong += self._after_watching()
        return found, wrong

    def _after_the_fault(self, work: Work, run: Run, found: State) -> Iterable[str]:
        before, wanted = self._states[work.imports], self._result(work)
        if found not in (before, wanted):
            yield f"it is half done: {found}"
        if run.code == work.success and found != wanted:
            yield "it says that it is done, and is not"
        if run.code == FAILED and found != before:
            yield "it says that it failed, and is done"
        if run.code == TOLD_NOBODY and found != wanted:
            yield "it says that only its output is lost, and it is not done"
        if run.code not in {work.success, FAILED, TOLD_NOBODY, INTERRUPTED, KILLED}:
            yield f"it ends with {run.code}"

    def _after_doing_it_again(self, work: Work, run: Run, home: Path, *, done: bool) -> Iterable[str]:
        wanted = self._result(work)
        found, faults = looked_at(home, repair=True)
        yield from (f"done again: {fault}" for fault in faults)
        if run.code not in (work.again if done else (work.success,)):
            yield f"done again, it ends with {run.code}: {run.output.strip()!r}"
        # Imported once more, a file is one more batch, of duplicates and rejected rows.
        if found[:2] != wanted[:2] or (not done and found != wanted):
            yield f"done again, it is not as it should be: {found}"

    def _after_watching(self) -> Iterable[str]:
        if (self.folder / "in" / "second.jsonl").exists():
            yield "the file was not put away"
        done = {path.name for path in (self.folder / "in" / "done").iterdir()}
        if not any(name.endswith(".jsonl") and f"{name}.report.json" in done for name in done):
            yield f"the file is not there with its report: {done}"

    def _result(self, work: Work) -> State:
        if work.name not in self._wanted:
            self._zygote.warm(self._command(self._fresh(work), work))
            home = self._fresh(work)
            run = self._run(home, work)
            assert run.code == work.success, run.output
            self._wanted[work.name], _ = looked_at(home)
        return self._wanted[work.name]

    def calls(self, work: Work) -> list[str]:
        """Return the calls that a fault can come to, each with its file, in their order."""
        self._result(work)
        return self._run(self._fresh(work), work, LISTING).seen

    def _run(self, home: Path, work: Work, fault: Fault | None = None) -> Run:
        return self._zygote.run(self._command(home, work), fault)

    def _command(self, home: Path, work: Work) -> list[str]:
        arguments = [str(self.folder / a) if a in _PLACES else a for a in work.arguments]
        return ["--home", str(home), *arguments]

    def _fresh(self, work: Work) -> Path:
        if work.imports not in self._templates:
            self._templates[work.imports] = self._template(work.imports)
            self._states[work.imports], _ = looked_at(self._templates[work.imports])
        home = self.folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self._templates[work.imports], home)
        shutil.rmtree(self.folder / "in", ignore_errors=True)
        (self.folder / "in").mkdir()
        shutil.copy(self.folder / "second.jsonl", self.folder / "in")
        return home

    def _small_files(self, imports: int) -> list[str]:
        """Write files whose segments the next import merges; return their names, the first among them."""
        names = [f"small-{number}" for number in range(1, imports)]
        for name in names:
            (self.folder / f"{name}.jsonl").write_text(row(name, "acme", 1))
        return ["first", *names]

    def _template(self, imports: int) -> Path:
        home = self.folder.with_name(f"after-{imports}")
        # Its time stands still, so that homes can be alike.
        Home(home).add(DEFAULT_WORKSPACE, Fixed(created=NOW, now=NOW))
        with Workspace.open(home=home) as workspace:
            workspace.apply_catalogue(self.folder / "catalogue.toml")
            names = ["first", "second"][:imports] if imports < MEMBERS - 1 else self._small_files(imports)
            for name in names:
                workspace.import_events([self.folder / f"{name}.jsonl"], ImportRequest(on_conflict="replace"))
        return home
