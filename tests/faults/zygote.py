"""A process with everything imported, which forks one command after the other, each held until it is traced.

It reads a line of JSON for each, answers with the child's process id, reads a line `go`, and answers with the
child's exit code.
"""

import ctypes
import json
import os
import sys
from contextlib import suppress
from typing import NoReturn

PR_SET_PTRACER, ANYBODY = 0x59616D61, ctypes.c_ulong(-1)


def main() -> None:
    """Serve until standard input ends."""
    preload()
    say("ready")
    for line in sys.stdin:
        order = json.loads(line)
        held, release = os.pipe()
        waiting, prepared = os.pipe()
        child = os.fork()
        if not child:
            os.close(release)
            perform(order, held, prepared)
        os.close(held)
        os.close(prepared)
        os.read(waiting, 1)
        os.close(waiting)
        say(child)
        sys.stdin.readline()
        os.write(release, b"g")
        os.close(release)
        _, status = os.waitpid(child, 0)
        say(os.waitstatus_to_exitcode(status))


def say(answer: object) -> None:
    """Write a line that is read at once."""
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def preload() -> None:
    """Import what the commands import, so that only their own system calls are counted."""
    # One thread of Python's, one of DuckDB's: the K-th call is the same in every run.
    with suppress(AttributeError, OSError):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import duckdb  # noqa: F401 - imported to be there
    import sqlalchemy.dialects.sqlite  # noqa: F401 - likewise

    from usagebill_tui.cli import batches, bill, erase, importing, watch  # noqa: F401 - likewise
    from usagebill_tui.eventstore.parquet import identities

    # Segments of two rows count as large, so that keys are written, and fail to be, too.
    identities.KEYED_ROWS = 2


def perform(order: dict[str, list[str] | str], held: int, prepared: int) -> NoReturn:
    """Run a command once somebody traces this process."""
    from usagebill_tui.cli.main import run

    # Where only descendants may be traced, this lets the tracer in.
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
    output = os.open(str(order["output"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.close(prepared)
    os.read(held, 1)
    os.close(held)
    try:
        run(list(order["arguments"]))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    # The interpreter's own end would run what the process that was forked has to do at its end.
    os._exit(code)


if __name__ == "__main__":
    main()
