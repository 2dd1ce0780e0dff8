"""The whole: every work, every kind of fault, at every call until the work succeeds.

    python -m tests.faults [import] [bulk] [merge] [watch] [undo] [erase] [bill] [--call fsync] […]

Prints what was not as it should be, and exits with 1 where anything was. Takes some minutes.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count, product
from pathlib import Path

from tests.faults.tracing import CannotTraceError, Fault, Zygote
from tests.faults.works import WORKS, Scene, Work

OPEN = "/^open"
NEVER = 65_535
CALLS = (
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "ftruncate",
    "/^rename",
    "/^unlink",
    OPEN,
    "/^mkdir",
    "/^link",
)
"""System calls that change what is stored, names as strace takes them; opening creates files."""

KINDS = ("signal=KILL", "signal=INT", "error=EIO", "error=ENOSPC")


def say(line: str) -> None:
    """Write a line that is read at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def series(scene: Scene, work: Work, what: str, call: str) -> Iterator[list[str]]:
    """Yield, for each call that a fault struck, what was wrong afterwards."""
    for when in creating(scene, work) if call == OPEN else count(1):
        run, wrong = scene.tried(work, Fault(what, call, when))
        if not run.struck:
            return
        yield wrong


@cache
def creating(scene: Scene, work: Work) -> list[int]:
    """Return which of the calls that open files create some: the others change nothing."""
    run, _ = scene.tried(work, Fault("error=EIO", OPEN, NEVER))
    calls: Counter[str] = Counter()
    places = set()
    for line in run.trace.splitlines():
        thread = line.partition(" ")[0]
        if "open" in line:
            calls[thread] += 1
            if "O_CREAT" in line:
                places.add(calls[thread])
    return sorted(places)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the series of these works and calls, or of all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(work.name for work in WORKS))
    parser.add_argument("--call", action="append", choices=CALLS, help="only at this system call")
    asked = parser.parse_args(arguments)
    failures = 0
    with tempfile.TemporaryDirectory() as place, Zygote(Path(place)) as zygote:
        try:
            zygote.try_tracing()
        except CannotTraceError as error:
            say(str(error))
            return 2
        scene = Scene(Path(place) / "scene", zygote)
        for work in [work for work in WORKS if not asked.works or work.name in asked.works]:
            for call, what in product(asked.call or CALLS, KINDS):
                tried = 0
                for wrong in series(scene, work, what, call):
                    tried += 1
                    failures += len(wrong)
                    for line in wrong:
                        say(line)
                say(f"{work.name}: {what} at {call}: {tried} calls")
    say(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
