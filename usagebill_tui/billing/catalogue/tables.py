"""Tables of a catalogue file: every key is known and read, and none that is needed is missing."""

from collections.abc import Collection, Mapping
from typing import Any

from usagebill_tui.billing.catalogue.place import Place
from usagebill_tui.billing.catalogue.values import Reader, table
from usagebill_tui.domain.names import suggestion


def read_table(
    value: Any, readers: Mapping[str, Reader[Any]], place: Place, required: Collection[str] = ()
) -> dict[str, Any]:
    """Read a table's keys in their order by the reader of each.

    Raises InvalidInput for an unknown key, a value that its reader refuses, or a required key left out.
    """
    values = {}
    for key, given in table(value, place).items():
        if key not in readers:
            raise place.key(key).error(f"unknown key {key!r}", mend=suggestion(key, readers))
        values[key] = readers[key](given, place.key(key))
    for key in required:
        if key not in values:
            raise place.key(key).error(f"the key {key!r} is missing", mend=f"add {key} = …")
    return values


def unread(value: Any, _place: Place) -> Any:
    """Leave a value as it stands, to be read once the rest of its table is known."""
    return value
