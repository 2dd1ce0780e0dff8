"""Running a command as a whole process and reading what the system says of it."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple


class Run(NamedTuple):
    """Wall seconds, peak memory in MiB and seconds of all processors (0 where the system does not tell)."""

    seconds: float
    peak: float
    cpu: float = 0.0


def run(script: str, *arguments: str | Path) -> Run:
    """Run a Python script in a process of its own, to its end; a failure ends the benchmark.

    Compiled modules are kept, as they are wherever the package is installed.
    """
    command = [sys.executable, "-c", script, *(str(argument) for argument in arguments)]
    start = time.perf_counter()
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(  # noqa: S603 - our own scripts
        command, stdout=subprocess.DEVNULL, env=environment
    )
    if sys.platform == "win32":
        code, peak, cpu = process.wait(), 0.0, 0.0
    else:
        _, status, usage = os.wait4(process.pid, 0)
        code, peak = os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024
        cpu = usage.ru_utime + usage.ru_stime
        process.returncode = code
    if code:
        sys.exit(f"a benchmark failed with exit code {code}")
    return Run(time.perf_counter() - start, peak, cpu)


def best(script: str, *arguments: str | Path, times: int = 3) -> Run:
    """Return the quickest of several runs: what the machine can do when nobody disturbs it."""
    return min((run(script, *arguments) for _ in range(times)), key=lambda one: one.seconds)
