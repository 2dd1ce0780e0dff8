"""Commands of which one system call is made to fail, or is where they end: see calls.c."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("calls.c")
COMPILER = shutil.which("cc")


class Fault(NamedTuple):
    """What happens (see KINDS) at which call, the K-th on the workspace's files, counted over all threads."""

    kind: str
    call: str
    when: int

    def __str__(self) -> str:
        return f"{self.kind} at {self.call} {self.when}"


KINDS = ("KILL", "TORN", "INT", "EIO", "ENOSPC")
"""Ended before the call; after half a write; interrupted; the call fails; the disk is and stays full."""

COPYING = {"KILL": "BEFORE", "TORN": "HALF"}
"""Kinds that copy the folder `scene` at every call, as these would leave it, below `copies`."""

LISTING = Fault("NONE", "any", 1)


class Run(NamedTuple):
    """How a command ended: its exit code (negative for a signal), what it wrote, what calls it made."""

    code: int
    output: str
    struck: str
    """The call that the fault came to, and its file; empty where it did not come."""
    seen: list[str]


class CannotStrikeError(Exception):
    """Faults cannot be injected here."""


class Zygote:
    """Runs commands in children of one process that has everything imported."""

    def __init__(self, folder: Path) -> None:
        """Raise CannotStrikeError where there is no compiler, or its library is not used."""
        self._folder = folder
        (folder / "tmp").mkdir()
        (folder / "copies").mkdir()
        environment = {"LD_PRELOAD": str(_library(folder)), "TMPDIR": str(folder / "tmp")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            cwd=ROOT,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if (said := self._line()) != "ready":
            raise CannotStrikeError(said or "the process that runs commands did not start")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=60)

    def warm(self, arguments: Sequence[str]) -> None:
        """Run a command in the process itself, so that its children have loaded what it loads."""
        self._order(arguments, None, warm=True)

    def run(self, arguments: Sequence[str], fault: Fault | None = None) -> Run:
        """Run one command in a child, with a fault or none."""
        output, told = self._folder / "output", self._folder / "told"
        code = int(self._order(arguments, fault))
        calls = [line.split(" ", 1) for line in told.read_text(errors="replace").splitlines()]
        struck = next((call for what, call in calls if what == "struck"), "")
        seen = [call for what, call in calls if what == "seen"]
        return Run(code, output.read_text(errors="replace"), struck, seen)

    def _order(self, arguments: Sequence[str], fault: Fault | None, *, warm: bool = False) -> str:
        order = {"arguments": list(arguments), "fault": fault, "folder": str(self._folder), "warm": warm}
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def _library(folder: Path) -> Path:
    """Compile what is laid before libc. Raises CannotStrikeError."""
    if sys.platform != "linux" or COMPILER is None:
        raise CannotStrikeError(
            "faults are injected on Linux, with a C compiler: apt-get install gcc libc6-dev"
        )
    library = folder / "calls.so"
    made = [COMPILER, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(made, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStrikeError(f"{SOURCE.name} cannot be compiled: {done.stderr.strip()}")
    return library
