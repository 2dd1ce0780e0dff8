"""Rows of cells: every value a text under a column, an empty one missing."""

from collections.abc import Mapping

from usagebill_tui.domain.names import nearest
from usagebill_tui.domain.properties import Value, path_of
from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.fixed import fixed_properties, properties_of
from usagebill_tui.events.flatten import Flattener
from usagebill_tui.events.identity import joined_id
from usagebill_tui.events.mapping import FieldMap
from usagebill_tui.events.paths import canonical_path, split_path
from usagebill_tui.events.rows import Found, given_twice
from usagebill_tui.events.types import FIELDS
from usagebill_tui.events.values import Values


class CellRows:
    """Takes apart the rows under one header; raises InvalidInput where that lacks a column asked for."""

    def __init__(self, fields: FieldMap, columns: tuple[str, ...], values: Values) -> None:
        _check_columns(fields, columns)
        self._fields = fields
        self._values = values
        self._flattener = Flattener(values)
        self._fixed = fixed_properties(fields, values)
        present = {
            field: [name for name in fields.columns.get(field, ()) if name in columns] for field in FIELDS
        }
        self._has_properties = bool(present["properties"])
        self._sources = [(next(iter(present[field]), None), fields.fixed.get(field)) for field in FIELDS]
        self._choices = {
            place: [(name, self._path(name)) for name in present[field]]
            for place, field in enumerate(FIELDS)
            if len(present[field]) > 1
        }
        used = {name for names in present.values() for name in names}
        used |= {*fields.property_columns.values(), *fields.left_out}
        own = ((column, self._path(column)) for column in columns if column not in used)
        mapped = ((column, path) for path, column in fields.property_columns.items())
        self._properties = (*own, *mapped)

    def take_apart(self, row: Mapping[str, str]) -> Found:
        """Return a row's fields and properties; raises Unreadable with the reason."""
        cell, known = self._values.cell, self._values.known_cells
        properties = dict(self._fixed)
        for column, path in self._properties:
            text = row[column]
            if text:
                if path in properties:
                    raise given_twice(path)
                properties[path] = known.get(text) or cell(text)
        found = [(fixed if column is None else row[column]) or None for column, fixed in self._sources]
        for place, choice in self._choices.items():
            found[place] = self._chosen(row, choice, properties)
        identity, source, account, metric, timestamp, members = found
        if members is not None and self._has_properties:
            self._flattener.add(properties, properties_of(members))
        names = self._fields.id_from
        if names:
            identity = joined_id(names, [row[name] for name in names])
        return Found(identity, source, account, metric, timestamp, properties)

    def _chosen(
        self, row: Mapping[str, str], choice: list[tuple[str, str]], properties: dict[str, Value]
    ) -> str | None:
        """Return the first value that is there; the others are properties."""
        found: str | None = None
        for column, path in choice:
            text = row[column]
            if text and found is None:
                found = text
            elif text:
                if path in properties:
                    raise given_twice(path)
                properties[path] = self._values.cell(text)
        return found

    def _path(self, column: str) -> str:
        """Return a column's property: a member of the properties loses their name."""
        keys = split_path(column) or ()
        whole = self._fields.columns.get("properties", ())
        return path_of(keys[1:]) if len(keys) > 1 and keys[0] in whole else canonical_path(column)


def _check_columns(fields: FieldMap, columns: tuple[str, ...]) -> None:
    for column in fields.asked_columns:
        if column not in columns:
            near = nearest(column, columns)
            mend = f"did you mean {near!r}?" if near else f"its columns are {', '.join(columns[:12])}"
            raise InvalidInput(f"there is no column {column!r}", mend=mend)
