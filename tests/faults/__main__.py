"""The whole: every work, every kind of fault, at every call until the work succeeds.

    python -m tests.faults [import] [bulk] [merge] [watch] [undo] [erase] [bill] [--call fsync] [--kind KILL]

Prints what was not as it should be, and exits with 1 where anything was. CONTRIBUTING.md says how long it
takes.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count, product
from pathlib import Path

from tests.faults.striking import COPYING, KINDS, CannotStrikeError, Fault, Zygote
from tests.faults.works import WORKS, Scene, Work

CALLS = (
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "ftruncate",
    "rename",
    "unlink",
    "open",
    "mkdir",
    "link",
    "chmod",
)
"""System calls that change what is stored; opening counts where it makes or empties a file."""

WRITES = ("write", "pwrite64")
"""Those of which there are most, and which can be half done: copies show what ending there would leave."""


def say(line: str) -> None:
    """Write a line that is read at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def series(scene: Scene, work: Work, kind: str, call: str, first: int) -> Iterator[list[str]]:
    """Yield, for each call that a fault struck, what was wrong afterwards."""
    if kind in COPYING and call in WRITES:
        for run, wrong in scene.copied(work, kind, call):
            yield [f"{line} [{run.struck}]" for line in wrong]
        return
    for when in count(first):
        run, wrong = scene.tried(work, Fault(kind, call, when))
        if not run.struck:
            return
        yield [f"{line} [{run.struck}]" for line in wrong]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the series of these works and calls, or of all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(work.name for work in WORKS))
    parser.add_argument("--call", action="append", choices=CALLS, help="only at this system call")
    parser.add_argument("--kind", action="append", choices=KINDS, help="only this fault")
    parser.add_argument("--first", type=int, default=1, help="begin at this call of each series")
    parser.add_argument("--list", action="store_true", help="only count the calls")
    asked = parser.parse_args(arguments)
    works = [work for work in WORKS if not asked.works or work.name in asked.works]
    every = [pair for pair in product(asked.call or CALLS, asked.kind or KINDS) if _may_be(*pair)]
    failures = 0
    try:
        with tempfile.TemporaryDirectory(dir=_memory()) as place, Zygote(Path(place)) as zygote:
            scene = Scene(Path(place) / "scene", zygote)
            for work in works:
                if asked.list:
                    say(f"{work.name}: {dict(Counter(call.split()[0] for call in scene.calls(work)))}")
                    continue
                failures += sum(tell(scene, work, kind, call, asked.first) for call, kind in every)
    except CannotStrikeError as error:
        say(str(error))
        return 2
    say(f"{failures} failures")
    return 1 if failures else 0


def tell(scene: Scene, work: Work, kind: str, call: str, first: int) -> int:
    """Say what is wrong after the faults of a series, and how many there were; return how much is wrong."""
    tried, failures = 0, 0
    for wrong in series(scene, work, kind, call, first):
        tried += 1
        failures += len(wrong)
        for line in wrong:
            say(line)
    say(f"{work.name}: {kind} at {call}: {tried} calls")
    return failures


def _may_be(call: str, kind: str) -> bool:
    return kind != "TORN" or call in WRITES


def _memory() -> str | None:
    """Return a folder in memory, where syncing costs nothing; None where there is none."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of our own is made in it


if __name__ == "__main__":
    sys.exit(main())
