"""Rows that are JSON objects."""

from collections.abc import Mapping
from typing import Any

from usagebill_tui.domain.properties import Value, path_of
from usagebill_tui.events.fixed import fixed_properties, properties_of
from usagebill_tui.events.flatten import Flattener, Keys
from usagebill_tui.events.identity import joined_id
from usagebill_tui.events.mapping import FieldMap
from usagebill_tui.events.paths import split_path
from usagebill_tui.events.rows import Found, put
from usagebill_tui.events.types import FIELDS
from usagebill_tui.events.unreadable import Unreadable
from usagebill_tui.events.values import Values


class ObjectRows:
    """Takes apart objects, whose keys may differ from row to row."""

    def __init__(self, fields: FieldMap, values: Values) -> None:
        self._fields = fields
        self._values = values
        self._flattener = Flattener(values)
        self._fixed = fixed_properties(fields, values)
        columns = (*fields.asked_columns, *(name for names in fields.columns.values() for name in names))
        self._keys = {column: split_path(column) or (column,) for column in columns}
        self._left_out: frozenset[Keys] = frozenset((name,) for name in fields.left_out)
        self._own = self._left_out.union(
            (names[0],) for field, names in fields.columns.items() if field not in fields.mapped
        )
        self._plain = not fields.asked_columns and all(
            len(names) == len(self._keys[names[0]]) == 1 for names in fields.columns.values()
        )
        self._sources = [(next(iter(fields.columns.get(f, ())), None), fields.fixed.get(f)) for f in FIELDS]
        self._named = tuple(
            (split_path(path) or (path,), column) for path, column in fields.property_columns.items()
        )

    def take_apart(self, row: Mapping[str, Any]) -> Found:
        """Return a row's fields and properties; raises Unreadable with the reason."""
        properties = dict(self._fixed)
        if not self._plain:
            return self._take_mapped(row, properties)
        identity, source, account, metric, timestamp, members = [
            fixed if column is None else row.get(column) for column, fixed in self._sources
        ]
        at = self._sources[-1][0]
        if members is not None and at is not None:
            self._flattener.add(properties, _object(members, at), at=(at,))
        self._flattener.add(properties, row, taken=self._own)
        return Found(identity, source, account, metric, timestamp, properties)

    def _take_mapped(self, row: Mapping[str, Any], properties: dict[str, Value]) -> Found:
        """Take a row apart whose columns are to be looked for; what they hold is no property besides."""
        found = {field: self._look(row, field) for field in FIELDS}
        named = [(name, *self._stand(row, column)) for name, column in self._named]
        taken = self._left_out.union((at for at, _ in found.values()), (at for _, at, _ in named))
        at, members = found.pop("properties")
        if members is not None and at:
            self._flattener.add(properties, _object(members, path_of(at)), at=at, taken=taken)
        for name, at, value in named:
            if isinstance(value, dict):
                self._flattener.add_object(properties, value, at=at, name=name, taken=taken)
            elif value is not None:
                put(properties, path_of(name), self._values.of_json(value, len(at)))
        self._flattener.add(properties, row, taken=taken)
        values = {field: value for field, (_, value) in found.items()}
        if self._fields.id_from:
            names = self._fields.id_from
            values["id"] = joined_id(names, [self._stand(row, name)[1] for name in names])
        return Found(**values, properties=properties)

    def _look(self, row: Mapping[str, Any], field: str) -> tuple[Keys, Any]:
        """Return where a field stands (nowhere: no keys) and its value, None where that is missing."""
        columns = self._fields.columns.get(field)
        if columns is None:
            return (), self._fields.fixed.get(field)
        found: tuple[Keys, Any] = (), None
        for column in columns:
            at, value = self._stand(row, column)
            if at and not found[0]:
                found = at, value
            if value is not None and value != "":
                return at, value
        if field in self._fields.mapped and not found[0]:
            raise Unreadable(self._fields.missing(field))
        return found

    def _stand(self, row: Mapping[str, Any], column: str) -> tuple[Keys, Any]:
        """Return where a column stands, as a key of the row or as a path into it, and its value."""
        if column in row:
            return (column,), row[column]
        node: Any = row
        for key in self._keys[column]:
            if not isinstance(node, dict) or key not in node:
                return (), None
            node = node[key]
        return self._keys[column], node


def _object(members: object, name: str) -> dict[str, Any]:
    if isinstance(members, str):
        return properties_of(members, name)
    if not isinstance(members, dict):
        raise Unreadable(f"{name} is not an object")
    return members
