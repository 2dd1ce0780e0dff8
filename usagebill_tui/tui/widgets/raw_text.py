"""Editing text as it came: what a terminal would obey is shown as a sign in its place, and stays as it is."""

from rich.text import Text
from textual.widgets import TextArea

from usagebill_tui.foreign_text import safe

_PICTURES = 0x2400
"""Unicode has a picture for each control character from here on."""


class RawTextArea(TextArea):
    """A text area that never lets a control character of its text reach the terminal."""

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is drawn: each character that is not safe as one sign."""
        line = self.document.get_line(line_index)
        return Text("".join(map(_sign, line)) if safe(line) != line else line, end="", no_wrap=True)


def _sign(character: str) -> str:
    if character == "\t" or safe(character) == character:
        return character
    return chr(_PICTURES + ord(character)) if ord(character) < ord(" ") else "�"
