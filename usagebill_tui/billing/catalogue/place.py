"""Where in a catalogue file something stands, as an error names it."""

import msgspec

from usagebill_tui.domain.properties import path_of
from usagebill_tui.errors import InvalidInput, Refused


class Place(msgspec.Struct, frozen=True):
    """A file, a table in it and the path of a key in that; empty parts are not known.

    Written `catalogue.toml, [[product]] "output", price.tiers[1].up_to`.
    """

    file: str = ""
    table: str = ""
    path: str = ""

    def in_table(self, noun: str, name: str) -> "Place":
        """Return the place of the `[[noun]]` table with this code or id."""
        return Place(self.file, f'[[{noun}]] "{name}"')

    def key(self, name: str) -> "Place":
        """Return the place of a key in the table at this place."""
        return self.within(path_of((name,)))

    def item(self, index: int) -> "Place":
        """Return the place of the element of a list, counted from 0."""
        return Place(self.file, self.table, f"{self.path}[{index}]")

    def within(self, path: str | None) -> "Place":
        """Return the place of a path that starts here; the place itself for no path."""
        return Place(self.file, self.table, ".".join(part for part in (self.path, path) if part))

    def error(self, what: str, mend: str | None = None) -> InvalidInput:
        """Make the error that something here cannot be used."""
        error = InvalidInput(what, where=str(self) or None, mend=mend)
        error.key = self.path or None
        return error

    def refusal(self, what: str, mend: str | None = None) -> Refused:
        """Make the error that a billing rule forbids what stands here."""
        error = Refused(what, where=str(self) or None, mend=mend)
        error.key = self.path or None
        return error

    def __str__(self) -> str:
        return ", ".join(part for part in (self.file, self.table, self.path) if part)


NOWHERE = Place()
"""The place of a value that does not come from a file, such as a form's."""
