"""Chance that is the same each time."""

from random import Random


def dice(*seed: object) -> Random:
    """Return a source of chance; the same seed gives the same examples, on any machine."""
    return Random("|".join(map(str, seed)))  # noqa: S311 - examples are to be repeatable, not secret
