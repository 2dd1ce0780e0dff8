"""The real program on a pseudo-terminal: keys in, bytes out, read until something is drawn."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

LIMIT = 120.0
"""Seconds after which what was waited for will not come; never reached where all is well."""
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|P[^\x1b]*\x1b\\|[=>78])")


class Terminal:
    """One run of the program; `text` is all that it drew since the last key, without its own sequences."""

    def __init__(self, arguments: Sequence[str], config: Path, size: tuple[int, int] = (120, 40)) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")},
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "XDG_CONFIG_HOME": str(config),
            "TEXTUAL_ANIMATIONS": "none",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "usagebill_tui", *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.raw = b""
        self._since = 0

    @property
    def text(self) -> str:
        return _SEQUENCE.sub("", self.raw[self._since :].decode("utf-8", "replace"))

    def press(self, keys: str) -> None:
        """Send keys as a terminal would; what is drawn from now on answers them."""
        self._since = len(self.raw)
        os.write(self._ours, keys.encode())

    def expect(self, pattern: str) -> None:
        """Read until something is drawn."""
        end = time.monotonic() + LIMIT
        while re.search(pattern, self.text) is None:
            if not self._read(end - time.monotonic()):
                raise AssertionError(f"{pattern!r} was not drawn, but {self.text[-3000:]!r}")

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(seconds, 0))
        if not ready:
            return False
        try:
            found = os.read(self._ours, 1 << 16)
        except OSError:  # how Linux says that the other side is closed
            return False
        self.raw += found
        return bool(found)

    def told_to_end(self) -> None:
        """Send what systems send to programs that they end."""
        self._process.terminate()

    def ended(self) -> int:
        """Read all that is left, and return the exit code."""
        while self._read(LIMIT):
            pass
        return self._process.wait(LIMIT)

    def close(self) -> None:
        """End the program if it still runs."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._ours)
