"""The real program on a pseudo-terminal, over a workspace full of hostile texts."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui import hostile
from tests.tui.terminals import Terminal

OWN = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|P=[12]s\x1b\\|\]22;[a-z-]+\x07)")
"""The sequences that Textual itself writes: CSI, the marks of a frame, the shape of the pointer."""
SCREENS = (
    ("2", r"1 metric\b", r"What it would measure"),
    ("3", r"1 product\b", r"Calculator"),
    ("4", r"1 plan\b", r"Products.*Versions.*Customers"),
    ("5", r"6 customers", r"Subscriptions"),
    ("6", r"11 events", r"esc close  c copy"),
    ("7", r"6 invoices", r"Subtotal"),
    ("8", r"rows|reports?", r""),
    ("9", r"No plugins", r""),
    ("0", r"you are here", r""),
    ("1", r"SANDBOX", r""),
)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    files = tmp_path / "files"
    files.mkdir()
    hostile.fill(tmp_path / "home", files)
    run = Terminal(["--home", str(tmp_path / "home"), "--workspace", "sandbox"], tmp_path / "config")
    yield run
    run.close()


def check_bytes(raw: bytes) -> None:
    """Fail where something foreign could have reached the terminal."""
    left = OWN.sub(b"", raw).decode("utf-8")
    foreign = re.search(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x1b\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", left)
    assert foreign is None, ascii(left[max(0, foreign.start() - 100) :][:200])
    assert b"9991m" not in b"".join(OWN.findall(raw))


def test_hostile_texts_pass_through_every_screen_as_text(terminal: Terminal) -> None:
    terminal.expect("SANDBOX")
    terminal.expect("INV|invoice")
    for key, listed, opened in SCREENS:
        # q would be typed into a form; escape and a digit, sent together, would be alt and the digit
        back = "\x1b" if key in "23" else "q"
        terminal.press(key)
        terminal.expect(listed)
        if opened:
            terminal.press("\r")
            terminal.expect(opened)
            terminal.press(back)
            terminal.expect(listed)
    for tab, listed in (("b", r"1 batch"), ("r", r"7 reject")):
        terminal.press("6")
        terminal.press(tab)
        terminal.expect(listed)
        terminal.press(" ")
        terminal.expect("The whole row")
        terminal.press("q")
        terminal.expect(listed)
    terminal.press("\x11")
    assert terminal.ended() == 0
    check_bytes(terminal.raw)
    shown = terminal.raw.decode("utf-8")
    assert r"\x1b[9991m" in shown
    assert "@click=app.quit" in shown
    assert shown.rindex("\x1b[?1049l") > shown.rindex("\x1b[?1049h")
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    for mode in ("1000", "1003", "2004"):
        assert shown.rindex(f"\x1b[?{mode}l") > shown.rindex(f"\x1b[?{mode}h")


@pytest.mark.parametrize("command", [[], ["demo"]])
def test_without_a_terminal_it_refuses_or_prints_and_draws_nothing(
    command: list[str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "usagebill_tui", "--home", str(tmp_path), *command],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "\x1b" not in done.stdout + done.stderr
    if not command:
        assert done.returncode == 2
        assert done.stdout == ""
        for name in ("demo", "import", "usage", "usagebill --help"):
            assert name in done.stderr
