"""JSON objects as properties by path."""

from collections.abc import Mapping
from typing import Any

from usagebill_tui.domain.properties import Value, path_of
from usagebill_tui.events.rows import put
from usagebill_tui.events.unreadable import Unreadable, shown
from usagebill_tui.events.values import EMPTY_OBJECT, NAME_CHARACTERS, Values, check_nesting

Keys = tuple[str, ...]
_NONE: frozenset[Keys] = frozenset()
_CACHED = 10_000


class Flattener:
    """Turns the members of objects into properties; null is missing, an empty object is kept as one."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._paths: dict[Keys, str] = {}

    def add(
        self,
        into: dict[str, Value],
        members: Mapping[str, Any],
        *,
        at: Keys = (),
        name: Keys = (),
        taken: frozenset[Keys] = _NONE,
    ) -> None:
        """Add the members of an object that stands `at` some keys of its row and is called `name`.

        What stands at `taken` keys is left out. Raises Unreadable for a name given twice.
        """
        depth = len(at) + 1
        check_nesting(depth)
        of_json, paths = self._values.of_json, self._paths
        for key, value in members.items():
            if value is None or (taken and (*at, key) in taken):
                continue
            keys = (*name, key)
            if isinstance(value, dict):
                self.add_object(into, value, at=(*at, key), name=keys, taken=taken)
            else:
                put(into, paths.get(keys) or self._path(keys), of_json(value, depth))

    def add_object(
        self,
        into: dict[str, Value],
        members: Mapping[str, Any],
        *,
        at: Keys,
        name: Keys,
        taken: frozenset[Keys] = _NONE,
    ) -> None:
        """Add what an object with a name holds; itself where it holds nothing."""
        if members:
            self.add(into, members, at=at, name=name, taken=taken)
        else:
            check_nesting(len(at) + 1)
            put(into, self._path(name), EMPTY_OBJECT)

    def _path(self, keys: Keys) -> str:
        path = path_of(keys)
        if len(path) > NAME_CHARACTERS:
            raise Unreadable(f"property {shown(path)} has a name of over {NAME_CHARACTERS:,} characters")
        if len(self._paths) >= _CACHED:
            self._paths.clear()
        self._paths[keys] = path
        return path
