"""Where plugins are: installed packages and single files. Nothing is imported to find them."""

import hashlib
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

import msgspec

from usagebill_tui.domain.origin import Origin
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.markers import PROJECT
from usagebill_tui.plugin.single_file import loaded_file
from usagebill_tui.plugin.trust import check_trusted

_VERSION = re.compile(rb"""^__version__\s*=\s*["']([^"'\n]{1,64})["']""", re.MULTILINE)
_DIGITS = 8


class Installed(msgspec.Struct, frozen=True):
    """A plugin of an installed package, by its entry point; with a `flaw` it must not be imported."""

    origin: Origin
    entry_point: EntryPoint
    flaw: str | None = None

    @property
    def fingerprint(self) -> str:
        """Return its version."""
        return self.origin.version or ""

    def load(self) -> object:
        """Import it."""
        return self.entry_point.load()


class SingleFile(msgspec.Struct, frozen=True):
    """A plugin in a file of its own; its version is its `__version__`, else the start of its digest.

    With a `flaw` it must not be imported; a folder with one stands for all in it.
    """

    origin: Origin
    fingerprint: str
    content: bytes
    flaw: str | None = None

    def load(self) -> object:
        """Run the very bytes that were checked, as a module."""
        return loaded_file(Path(self.origin.place), self.content)


Candidate = Installed | SingleFile
"""A plugin that was found and is not imported yet."""


def installed() -> list[Candidate]:
    """Return the plugins of installed packages, by name; the current directory is not looked into.

    What is installed while this process runs may be seen by the next one only.
    """
    return list(_installed(tuple(_path())))


@lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> tuple[Candidate, ...]:
    # A distribution's metadata take long to parse, so only those are asked that may hold plugins.
    holders: dict[str, Distribution] = {}
    for distribution in distributions(path=list(path)):
        if _may_hold_plugins(distribution):
            holders.setdefault(_named(distribution), distribution)
    first = {name: _first_named(name, path, holder) for name, holder in holders.items()}
    every = (candidate for name, one in first.items() for candidate in _entry_points(one, name))
    return tuple(sorted(every, key=lambda candidate: (candidate.origin.name, candidate.origin.place)))


def single_files(folders: Iterable[Path]) -> Iterator[Candidate]:
    """Yield the plugins `*.py` in folders, by name; those beginning with `_` or `.` are no plugins."""
    for folder in dict.fromkeys(path.absolute() for path in folders):
        flaw = _flaw(folder)
        if flaw is not None:
            yield SingleFile(Origin(folder.name, None, str(folder)), "", b"", flaw)
            continue
        for path in sorted(folder.glob("*.py")):
            if not path.name.startswith(("_", ".")):
                yield _file(path)


def same_name(one: str, other: str) -> bool:
    """Tell whether two plugin names are alike but for case and `-`, `_` and `.`."""
    return normal_name(one) == normal_name(other)


def normal_name(name: str) -> str:
    """Return the one form of a plugin's name that `-`, `_`, `.` and case make no difference to."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _file(path: Path) -> Candidate:
    flaw = _flaw(path)
    try:
        content = b"" if flaw else path.read_bytes()
    except OSError as error:
        content, flaw = b"", f"{path}: cannot be read: {error.strerror}"
    digest = hashlib.sha256(content).hexdigest()
    said = _VERSION.search(content)
    version = said[1].decode(errors="replace") if said else digest[:_DIGITS]
    return SingleFile(Origin(path.stem, None if flaw else version, str(path)), digest, content, flaw)


def _flaw(path: Path) -> str | None:
    try:
        check_trusted(path)
    except InvalidInput as error:
        return f"{error}"
    except OSError as error:
        return f"{path}: cannot be read: {error.strerror}"
    return None


def _path() -> list[str]:
    """Return where packages are imported from, but the current directory: anyone's files may be there."""
    here = Path.cwd().resolve()
    own = {Path(sysconfig.get_path(scheme)).resolve() for scheme in ("purelib", "platlib")}
    return [entry for entry in sys.path if entry and (Path(entry).resolve() != here or here in own)]


def _may_hold_plugins(distribution: Distribution) -> bool:
    return f"[{PROJECT}]" in (distribution.read_text("entry_points.txt") or "")


def _named(distribution: Distribution) -> str:
    return normal_name(distribution.metadata["Name"] or "")


def _first_named(name: str, path: Sequence[str], holder: Distribution) -> Distribution:
    """Return the first distribution of a name on the path, since that one imports; `holder` has the name."""
    return next(iter(distributions(name=name, path=list(path))), holder) if name else holder


def _entry_points(distribution: Distribution, name: str) -> Iterator[Candidate]:
    for entry_point in distribution.entry_points:
        if entry_point.group == PROJECT:
            yield Installed(Origin(entry_point.name, distribution.version, f"package {name}"), entry_point)
