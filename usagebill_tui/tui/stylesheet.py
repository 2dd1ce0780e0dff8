"""The stylesheet, parsed once for each theme: Textual would parse all of it anew for every new screen."""

from collections.abc import Mapping
from typing import Any

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

_SOURCES = 256
"""More than there are kinds of widgets with a style of their own."""
_parsed: dict[frozenset[tuple[str, str]], LRUCache[tuple[Any, ...], Any]] = {}


class KeptStylesheet(Stylesheet):
    """A stylesheet that keeps what it parsed, by the variables of the theme."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._keep(self._variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take the variables of another theme; nothing is done where they are the same."""
        if variables != self._variables:
            self._parse_cache = LRUCache(1)  # Textual empties it, and others go on with what was parsed
            super().set_variables(variables)
            self._keep(variables)

    def reparse(self) -> None:
        """Take the rules of all sources again."""
        self.parse()

    def _keep(self, variables: Mapping[str, str]) -> None:
        self._parse_cache = _parsed.setdefault(frozenset(variables.items()), LRUCache(_SOURCES))
