"""What can go wrong, as one tree. Every error says what, where and how to mend it, in one line.

UsagebillError            something failed and nothing was changed            exit code 1
├── WrongCall             the call itself makes no sense                     exit code 2
├── InvalidInput          a file or a value in it cannot be used             exit code 1
├── StorageFailed         the disk, its permissions or its contents are bad  exit code 1
├── NotFound              what was named does not exist                      exit code 4
└── Refused               a billing rule forbids it                          exit code 5
"""

from typing import ClassVar


class UsagebillError(Exception):
    """Something failed and nothing was changed.

    `what` is the problem, `where` the file, table, key or line, `mend` what to do about it.
    """

    exit_code: ClassVar[int] = 1
    key: str | None = None
    """The path of the key in a table that cannot be used, for a form to show the error at its field."""

    def __init__(self, what: str, *, where: str | None = None, mend: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        """One line: `where: what; mend`."""
        line = self.what if self.where is None else f"{self.where}: {self.what}"
        line = line if self.mend is None else f"{line}; {self.mend}"
        return " ".join(line.split())


class WrongCall(UsagebillError):
    """The call itself makes no sense, whatever is stored."""

    exit_code = 2


class InvalidInput(UsagebillError):
    """A file, or a value in it, cannot be used."""


class StorageFailed(UsagebillError):
    """The disk, its permissions or what lies on it is not as it must be."""


class NotFound(UsagebillError):
    """What was named does not exist."""

    exit_code = 4


class Refused(UsagebillError):
    """A billing rule forbids it: a final invoice, a used plan version, an unfinished period."""

    exit_code = 5
