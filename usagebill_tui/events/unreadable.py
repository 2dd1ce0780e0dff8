"""Why one row cannot be an event; it never leaves this package."""


class Unreadable(Exception):
    """A row, or a value in it, cannot be used: its text is the reason that people are shown."""


def shown(value: object) -> str:
    """Quote a value for a reason, cut to 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - said in the docstring
