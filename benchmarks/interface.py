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
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
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
_TO_IMPORT = (
    (b"6", b"Home"),
    (b"i", b"No files yet"),
    (b"a", b"Which files?"),
    (b"e.jsonl", b"l"),
    (b"\r", b"Columns"),
    (b"\x13", b"rows"),
)
"""The keys that import a file of the folder at hand by the screen for it, and what each draws."""
Steps = tuple[tuple[str, bytes, bytes], ...]
_STEPS: Steps = (
    ("help", b"?", b"Help"),
    ("esc", b"\x1b", _ANY),
    ("workspaces", b"w", b"sandbox"),
    ("q", b"q", _ANY),
    ("another screen", b"9", _ANY),
    ("and back", b"1", _ANY),
)
"""What a key does, the key, and what is drawn then."""
_BESIDE: Steps = (
    ("help", b"?", b"Help"),
    ("q", b"q", _ANY),
    ("another screen", b"9", b"Home"),
    ("and back", b"6", b"Home"),
)
"""The same while the application itself imports and draws how far it is; `esc` would cancel that."""


class Terminal:
    """A program in a pseudo-terminal of 120 × 40."""

    def __init__(self, arguments: list[str], folder: Path | None = None) -> None:
        self.started = time.perf_counter()
        self.process, self._end = pty.fork()
        if self.process == 0:
            for name in ("COLUMNS", "LINES"):
                os.environ.pop(name, None)
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled, as where the package is installed
            os.chdir(folder or Path.cwd())
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
    print(f"| keys while it imports {rows:,} events itself | {_keys_beside_own_import(folder)} | |")


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


def _keys_beside_own_import(folder: Path) -> str:
    """Import by the screen for it, in a new workspace, and press keys until that is done."""
    home = folder / "own"
    run(CLI, "--home", home, "catalog", "apply", folder / "catalogue.toml")
    terminal = Terminal(["-m", "usagebill_tui", "--home", str(home)], folder)
    terminal.until(b"Home")
    terminal.rest()
    _settle(terminal)
    for keys, words in _TO_IMPORT:
        terminal.press(keys, words)
        terminal.rest()
    told = _keys(terminal, _BESIDE, lambda: _imported(home))
    terminal.end()
    return told


def _imported(home: Path) -> bool:
    """Tell whether the import is stored by now."""
    with sqlite3.connect(f"file:{home}/production/catalogue.db?mode=ro", uri=True) as database:
        return bool(database.execute("SELECT count(*) FROM batches").fetchone()[0])


def _keys(terminal: Terminal, steps: Steps = _STEPS, is_over: Callable[[], bool] = lambda: False) -> str:
    """Press keys in turn, each once the one before is done with, and tell how long until each was drawn.

    Twenty times, or until what they are pressed beside `is_over`.
    """
    times: dict[str, list[float]] = {name: [] for name, _, _ in steps}
    for _ in range(20):
        if is_over():
            break
        for name, key, words in steps:
            times[name].append(terminal.press(key, words))
            terminal.rest()
    return "; ".join(
        f"{name} {statistics.median(each) * 1000:.0f}, {max(each) * 1000:.0f} ms"
        for name, each in times.items()
    )


if __name__ == "__main__":
    main()
