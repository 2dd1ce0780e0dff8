"""A law, the laws of one thing, and what is raised where one is broken."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from usagebill_tui.domain.origin import described

MARK = "usagebill_laws"
"""The attribute by which a test function carries the laws that it is to be run with."""

_Case = TypeVar("_Case")
_Test = TypeVar("_Test", bound=Callable[..., object])


class LawBroken(AssertionError):
    """A thing does not hold to a law: `law` is its name, `what` goes wrong, `example` shows on what."""

    def __init__(self, law: str, what: str, example: str = "") -> None:
        super().__init__(law, what, example)
        self.law = law
        self.what = what
        self.example = example

    def __str__(self) -> str:
        """One line: `law: what; for example …`."""
        line = f"{self.law}: {self.what}"
        return f"{line}; for example {self.example}" if self.example else line


class Law(msgspec.Struct, frozen=True):
    """One law of one thing; calling it raises LawBroken unless the thing holds to it.

    `subject` is the thing (`pricing model volume`), `name` the law's, `says` what it demands.
    """

    subject: str
    name: str
    says: str
    check: Callable[[], None]

    def __call__(self) -> None:
        """Try it; whatever the thing itself raises breaks it as well."""
        try:
            self.check()
        except LawBroken:
            raise
        except (Exception, SystemExit) as error:
            raise LawBroken(self.name, f"failed ({described(error)})") from error


class Laws:
    """The laws of one thing: to go over, to `check` all at once, or to put above a test function.

    The test takes `law` and calls it. Several may stand above one test.
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self._laws: list[Law] = []

    def add(self, name: str, law: Callable[[_Case], None], case: Callable[[], _Case]) -> None:
        """Add a law: a function whose docstring says what it demands, and what makes its case."""
        says = " ".join((law.__doc__ or "").split())
        self._laws.append(Law(self.subject, name, says, lambda: law(case())))

    def __iter__(self) -> Iterator[Law]:
        """Go over the laws, simple ones first."""
        return iter(self._laws)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._laws)

    def __call__(self, test: _Test) -> _Test:
        """Mark a test function to be run with each law, by the pytest plugin."""
        setattr(test, MARK, (*self, *getattr(test, MARK, ())))
        return test

    def check(self) -> None:
        """Try all; raises LawBroken for the first that is broken."""
        for law in self:
            law()
