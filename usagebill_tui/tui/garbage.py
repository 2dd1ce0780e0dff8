"""Garbage: looked for while nobody types, so that no key waits for it."""

import gc
from time import monotonic

_THRESHOLDS = (2_000, 15, 50)
"""So often are young objects looked through; all of them as good as never while keys come."""
_AT_REST = 1.0


class Garbage:
    """Looks through all objects in moments of rest; a full search takes longer than a key may.

    What is there once everything is loaded (modules, tables, styles) stays to the end, and is looked through
    no more.
    """

    def __init__(self) -> None:
        self._before = gc.get_threshold()
        self._typed = monotonic()
        self._is_loaded = False
        gc.set_threshold(*_THRESHOLDS)

    def key_came(self) -> None:
        """Note that the user is at work."""
        self._typed = monotonic()

    def loaded(self) -> None:
        """Leave out, from now on, what is there by now."""
        if not self._is_loaded:
            self._is_loaded = True
            gc.freeze()

    def look(self) -> None:
        """Look through everything where enough is new and nobody has typed for a while."""
        if gc.get_count()[2] and monotonic() - self._typed > _AT_REST:
            gc.collect()

    def end(self) -> None:
        """Leave the rest of the program as it was."""
        if self._is_loaded:
            gc.unfreeze()
        gc.set_threshold(*self._before)
