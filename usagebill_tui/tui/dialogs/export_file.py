"""Asking for the file to write to: its ending names the form."""

from collections.abc import Iterable
from pathlib import Path

from usagebill_tui.tui.dialogs.ask import AskDialog


def ask_file(title: str, suggested: str, endings: Iterable[str]) -> AskDialog:
    """Return the dialog that asks for a path whose ending is one of those that are known."""
    known = tuple(endings)
    *others, last = known
    words = f"{', '.join(others)} or {last}"

    def check(text: str) -> str | None:
        path = Path(text).expanduser()
        if path.suffix.lower() not in known:
            return f"end it in {words}"
        if not path.expanduser().parent.is_dir():
            return f"there is no folder {path.parent}"
        return None

    return AskDialog(title, f"The ending names the form: {words}.", value=suggested, check=check)
