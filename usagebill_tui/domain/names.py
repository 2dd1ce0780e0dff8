"""Names that people type: which one they may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST = 20
"""So many names are listed: all formats of event files are."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, None where none is alike."""
    lowered = {candidate.lower(): candidate for candidate in known}
    matches = get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[matches[0]] if matches else None


def suggestion(name: str, known: Iterable[str]) -> str | None:
    """Return the mend for an unknown name: the nearest one, or the choice, None where there is none."""
    names = sorted(known)
    match = nearest(name, names)
    if match is not None:
        return f"did you mean {match!r}?"
    more = ", …" if len(names) > _MOST else ""
    return f"known: {', '.join(names[:_MOST])}{more}" if names else None
