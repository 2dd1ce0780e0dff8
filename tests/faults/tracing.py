"""Commands run under strace, which makes one of their system calls fail or ends them there."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

ROOT = Path(__file__).parents[2]
STRACE = shutil.which("strace")


class Fault(NamedTuple):
    """What happens (`signal=KILL`, `error=EIO`, …) at which call (a system call's name), the K-th time."""

    what: str
    call: str
    when: int

    def __str__(self) -> str:
        return f"{self.what} at {self.call} {self.when}"


class Run(NamedTuple):
    """How a command ended: its exit code (negative for a signal), what it wrote, whether the fault came."""

    code: int
    output: str
    struck: bool
    trace: str


class CannotTraceError(Exception):
    """Faults cannot be injected here."""


class Zygote:
    """Runs commands in children of one process that has everything imported."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._line() != "ready":
            raise RuntimeError("the process that runs commands did not start")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=60)

    def run(self, arguments: Sequence[str], fault: Fault | None = None) -> Run:
        """Run one command; with a fault, under strace. Raises CannotTraceError."""
        output, trace = self._folder / "output", self._folder / "trace"
        self._say(json.dumps({"arguments": list(arguments), "output": str(output)}))
        child = int(self._line())
        tracer = None
        try:
            tracer = None if fault is None else _attached(child, fault, trace)
        finally:
            self._say("go")
            code = int(self._line())
        if tracer is not None:
            tracer.communicate(timeout=60)
        told = trace.read_text(errors="replace") if fault is not None else ""
        struck = "INJECTED" in told or "--- SIG" in told or "killed by" in told
        return Run(code, output.read_text(errors="replace"), struck, told)

    def try_tracing(self) -> None:
        """Raise CannotTraceError where faults cannot be injected."""
        self.run(["--version"], Fault("error=EIO", "fsync", 1))

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def _attached(child: int, fault: Fault, trace: Path) -> "subprocess.Popen[str]":
    """Trace a process, injecting the fault; return the tracer once it is there. Raises CannotTraceError."""
    if STRACE is None:
        raise CannotTraceError("strace is not installed: apt-get install strace")
    inject = f"inject={fault.call}:{fault.what}:when={fault.when}"
    tracer = subprocess.Popen(
        [STRACE, "-f", "-o", str(trace), "-e", f"trace={fault.call}", "-e", inject, "-p", str(child)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    if "attached" not in said:
        tracer.communicate(timeout=60)
        raise CannotTraceError(f"strace may not trace here: {said.strip()}")
    return tracer
