"""Running the interface: on a terminal, in a workspace."""

import os
import sys

from usagebill_tui.clock import Clock, system_clock
from usagebill_tui.config import read_settings
from usagebill_tui.errors import WrongCall
from usagebill_tui.extensions import Extensions
from usagebill_tui.homes import Home

_TURN = 0.0005
"""Seconds for which a thread at work may keep others from Python: the one that draws waits so long, often."""


def on_terminal() -> bool:
    """Tell whether there is a terminal, or a browser, to draw on and to read keys from."""
    return bool(os.environ.get("TEXTUAL_DRIVER")) or (sys.stdin.isatty() and sys.stdout.isatty())


def run_interface(home: Home, name: str, extensions: Extensions, clock: Clock = system_clock) -> None:
    """Run the interface until the user leaves; raises WrongCall where there is no terminal."""
    if not on_terminal():
        raise WrongCall("the interface needs a terminal", mend="`usagebill --help` lists the commands")
    sys.setswitchinterval(_TURN)
    from usagebill_tui.tui.app import UsagebillApp
    from usagebill_tui.tui.desk import Desk
    from usagebill_tui.tui.memory import remembered_theme

    settings = read_settings()
    theme = settings.theme or remembered_theme()
    UsagebillApp(Desk(name, home, extensions, clock), theme=theme, keys=dict(settings.keys)).run()
