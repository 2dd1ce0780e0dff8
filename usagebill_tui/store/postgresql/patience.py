"""How often, and after which waits, a server is asked again that could not be reached."""

import time
from collections.abc import Callable

import msgspec


class Patience(msgspec.Struct, frozen=True):
    """`waits` are the seconds before each further attempt; `sleep` does the waiting."""

    waits: tuple[float, ...] = (0.1, 0.5, 2.0)
    sleep: Callable[[float], None] = time.sleep


PATIENCE = Patience()
"""What everybody has who says nothing else."""
