"""Which plugin a thing comes from, so that whatever goes wrong in it is said by name."""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol

import msgspec

from usagebill_tui.errors import InvalidInput, UsagebillError


class Origin(msgspec.Struct, frozen=True):
    """A plugin: its name, its version where it has one, and the distribution or file that it lies in."""

    name: str
    version: str | None
    place: str

    def __str__(self) -> str:
        return f"plugin {self.name}" if self.version is None else f"plugin {self.name} {self.version}"


class Registered(Protocol):
    """What plugins register: named things that remember where they come from (None: built in)."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def origin(self) -> Origin | None:
        """The plugin that it comes from."""
        ...


def failure(kind: str, thing: Registered, what: str) -> InvalidInput:
    """Return the error that names a thing, its plugin and what it did wrong."""
    if thing.origin is None:
        return InvalidInput(f"the {kind} {thing.name!r} {what}")
    return InvalidInput(
        f"the {kind} {thing.name!r} of {thing.origin} {what}",
        mend=f"mend, update or disable it: usagebill plugins disable {thing.origin.name}",
    )


class contained:  # noqa: N801 - it is used like a function, and cheaper than one: thousands of times a second
    """Turn whatever the thing's own code raises within the block into InvalidInput that names it.

    `doing` may be what says it, so that nothing is put into words where nothing fails. Exceptions of the
    types of `passing` stay what they are: its protocol allows them.
    """

    __slots__ = ("_doing", "_kind", "_passing", "_thing")

    def __init__(
        self,
        kind: str,
        thing: Registered,
        doing: str | Callable[[], str] = "failed",
        *,
        passing: type[Exception] | tuple[type[Exception], ...] = (),
    ) -> None:
        self._kind = kind
        self._thing = thing
        self._doing = doing
        self._passing = passing

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, self._passing):
            return
        if not isinstance(error, Exception | SystemExit):
            return  # a plugin may raise anything, and nothing else stops
        if self._thing.origin is None and isinstance(error, UsagebillError):
            return
        doing = self._doing if isinstance(self._doing, str) else self._doing()
        raise failure(self._kind, self._thing, f"{doing} ({described(error)})") from error


def described(error: BaseException) -> str:
    """Return what was raised, in one line: its type and its message."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
