"""`python -m benchmarks.interface`: how soon the interface is there, and how soon it answers.

It runs in a pseudo-terminal as it would on a real one; times end when the expected words are drawn.
"""

import argparse
import fcntl
import os
import pty
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from benchmarks.sample import write_catalogue, write_json_lines
from benchmarks.timing import run

EMPTY = (
    "from textual.app import App\n"
    "from textual.widgets import Label\n"
    "class Empty(App):\n"
    "    def compose(self):\n"
    "        yield Label('Home')\n"
    "Empty().run()\n"
)
CLI = "from usagebill_tui.cli.main import run; run()"
_PATIENCE = 60.0
_REST = 0.15
_ANY = b"\x1b["
_STEPS = (
    ("help", b"?", b"Help"),
    ("esc", b"\x1b", _ANY),
    ("workspaces", b"w", b"sandbox"),
    ("q", b"q", _ANY),
    ("another screen", b"9", _ANY),
    ("and back", b"1", _ANY),
)
"""What a key does, the key, and what is drawn then."""


class Terminal:
    """A program in a pseudo-terminal of 120 × 40."""

    def __init__(self, arguments: list[str]) -> None:
        self.started = time.perf_counter()
        self.process, self._end = pty.fork()
        if self.process == 0:
            for name in ("COLUMNS", "LINES"):
                os.environ.pop(name, None)
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", TEXTUAL_ANIMATIONS="none")
            os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own program
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.drawn = b""

    def until(self, words: bytes) -> float:
        """Read until words are drawn; return the seconds since the program was started."""
        while words not in self.drawn:
            ready, _, _ = select.select([self._end], [], [], _PATIENCE)
            if not ready:
                sys.exit(f"{words!r} was not drawn")
            self.drawn += os.read(self._end, 65536)
        return time.perf_counter() - self.started

    def press(self, key: bytes, words: bytes) -> float:
        """Press a key; return the seconds until words are drawn."""
        self.drawn = b""
        start = time.perf_counter()
        os.write(self._end, key)
        self.until(words)
        return time.perf_counter() - start

    def rest(self) -> None:
        """Wait until nothing more is drawn."""
        while select.select([self._end], [], [], _REST)[0]:
            os.read(self._end, 65536)

    def end(self) -> None:
        """Stop the program."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self._end)


def main() -> None:
    """Make the data, measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.interface", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="events imported while keys are pressed")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="usagebill-bench-"))
    try:
        _measure(folder, asked.rows)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, rows: int) -> None:
    home = folder / "home"
    write_catalogue(folder / "catalogue.toml")
    run(CLI, "--home", home, "catalog", "apply", folder / "catalogue.toml")
    write_json_lines(folder / "e.jsonl", rows)
    print("| work | ours | peer |\n|---|---|---|")
    ours = min(_first_frame(["-m", "usagebill_tui", "--home", str(home)]) for _ in range(5))
    peer = min(_first_frame(["-c", EMPTY]) for _ in range(5))
    print(f"| first frame (peer: an empty Textual app) | {ours:.2f} s | {peer:.2f} s |")
    terminal = Terminal(["-m", "usagebill_tui", "--home", str(home)])
    terminal.until(b"Home")
    terminal.rest()
    _settle(terminal)
    print(f"| keys at rest, median and slowest of 20 | {_keys(terminal)} | |")
    importing = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", CLI, "--home", str(home), "import", str(folder / "e.jsonl")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    print(f"| keys while {rows:,} events are imported by another process | {_keys(terminal)} | |")
    importing.wait()
    terminal.end()


def _first_frame(arguments: list[str]) -> float:
    terminal = Terminal(arguments)
    try:
        return terminal.until(b"Home")
    finally:
        terminal.end()


def _settle(terminal: Terminal) -> None:
    """Open every screen once: what is imported then is not a key's delay."""
    for key in (b"5", b"9", b"0", b"1"):
        terminal.press(key, _ANY)
        terminal.rest()


def _keys(terminal: Terminal) -> str:
    """Press keys in turn, each once the one before is done with, and tell how long until each was drawn."""
    times: dict[str, list[float]] = {name: [] for name, _, _ in _STEPS}
    for _ in range(20):
        for name, key, words in _STEPS:
            times[name].append(terminal.press(key, words))
            terminal.rest()
    return "; ".join(
        f"{name} {statistics.median(each) * 1000:.0f}, {max(each) * 1000:.0f} ms"
        for name, each in times.items()
    )


if __name__ == "__main__":
    main()
