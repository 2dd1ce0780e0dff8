"""The tabs of a screen, in one line."""

from collections.abc import Mapping, Sequence

from textual.content import Content

from usagebill_tui.tui.widgets.strip import ClickStrip

_SHORTER = ((4, "  "), (4, " "), (3, " "))
"""How many letters of a tab are left where there is less room, and what stands before them."""


class TabLine(ClickStrip):
    """Names the tabs and marks the one in front; a click runs the screen's action `call` with a name."""

    DEFAULT_CSS = "TabLine { height: 1; background: $surface; }"

    def __init__(self, tabs: Mapping[str, str], current: str, call: str = "tab") -> None:
        super().__init__()
        self._call = call
        self._tabs = tabs
        self._current = current

    @property
    def current(self) -> str:
        """Return the name of the tab in front."""
        return self._current

    def show_tab(self, name: str) -> None:
        """Mark another tab."""
        self._current = name
        self.refresh()

    def name_tabs(self, tabs: Mapping[str, str]) -> None:
        """Give the same tabs other titles."""
        self._tabs = tabs
        self.refresh()

    def neighbour(self, by: int) -> str:
        """Return the name of the tab so many places on, from the last to the first."""
        names = list(self._tabs)
        return names[(names.index(self._current) + by) % len(names)]

    def parts(self, room: int) -> list[tuple[Content, str]]:
        """Return the tabs; where they do not fit, only the one in front in full."""
        full = [self._part(name, title) for name, title in self._tabs.items()]
        if _width(full) <= room:
            return full
        for letters, before in _SHORTER:
            found = [self._part(name, title, letters, before) for name, title in self._tabs.items()]
            if _width(found) <= room:
                break
        return found

    def _part(
        self, name: str, title: str, letters: int | None = None, before: str = "  "
    ) -> tuple[Content, str]:
        current = name == self._current
        text = f" ▸{title} " if current else f"{before}{title[:letters]} "
        shown = Content.styled(text, "bold $primary" if current else "$foreground 80%")
        return shown, f"{self._call}({name!r})"


def _width(parts: Sequence[tuple[Content, str]]) -> int:
    return sum(part.cell_length for part, _ in parts)
