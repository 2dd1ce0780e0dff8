"""A new plugin: an installable package with one thing in it, and a test that holds it to the laws."""

import keyword
import re
import sys
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Literal

import msgspec

from usagebill_tui import __version__
from usagebill_tui.errors import InvalidInput, StorageFailed
from usagebill_tui.plugin.markers import API_VERSION

Kind = Literal["aggregation", "pricing", "reader"]
"""What a plugin can add."""

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_MOST_CHARACTERS = 31
"""As many as the ending of a file may have, since a reader's files end in its name."""
_DESCRIPTIONS: dict[Kind, str] = {
    "aggregation": "An aggregation type",
    "pricing": "A pricing model",
    "reader": "An event reader",
}


class NewPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: the package's name, its module, its folder and the files in it."""

    name: str
    kind: Kind
    module: str
    folder: Path
    files: tuple[str, ...]


def write_plugin(name: str, kind: Kind, parent: Path) -> NewPlugin:
    """Write a package of this name into a new folder of the same name below `parent`.

    Raises InvalidInput where the name cannot be one, or the folder is there already; StorageFailed where
    it cannot be written.
    """
    module = _module(name)
    folder = parent / name
    texts = {
        "pyproject.toml": "pyproject",
        "README.md": "readme",
        "LICENSE": "license",
        f"src/{module}/__init__.py": kind,
        f"src/{module}/py.typed": None,
        "tests/test_laws.py": f"{kind}_tests",
    }
    words = _words(name, module, kind)
    words["usage"] = _text(f"{kind}_usage", words)
    _write(folder, {path: "" if text is None else _text(text, words) for path, text in texts.items()})
    return NewPlugin(name=name, kind=kind, module=module, folder=folder, files=tuple(texts))


def _module(name: str) -> str:
    """Return the module of a package; raises InvalidInput where the name cannot be one."""
    module = name.replace("-", "_")
    if _NAME.fullmatch(name) is None or len(name) >= _MOST_CHARACTERS:
        what = f"{name!r} cannot be the name of a plugin"
        mend = f"use up to {_MOST_CHARACTERS - 1} of a-z and 0-9, words joined by -, such as acme-peak"
        raise InvalidInput(what, mend=mend)
    taken = {*sys.stdlib_module_names, "usagebill", "usagebill_tui", "pytest", "msgspec", "tests"}
    if keyword.iskeyword(module) or module in taken or module in _builtin_names():
        raise InvalidInput(f"the name {name!r} is taken", mend=f"put your own before it: acme-{name}")
    return module


def _builtin_names() -> set[str]:
    """Return the names of all that is built in but the readers, which no module here may know."""
    from usagebill_tui.plugin.registry import builtin_registry

    known = builtin_registry()
    return {*known.aggregations, *known.pricing_models, "csv", "tsv", "json", "jsonl", "parquet"}


def _words(name: str, module: str, kind: Kind) -> dict[str, str]:
    parts = name.split("-")
    return {
        "name": name,
        "module": module,
        "class_name": "".join(part.capitalize() for part in parts),
        "title": " ".join(parts).capitalize(),
        "description": _DESCRIPTIONS[kind],
        "api": str(API_VERSION),
        "needed": __version__,
    }


def _text(template: str, words: dict[str, str]) -> str:
    path = files("usagebill_tui.plugin").joinpath("templates", f"{template}.txt")
    return Template(path.read_text(encoding="utf-8")).substitute(words)


def _write(folder: Path, texts: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True)
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except FileExistsError:
        what = "is there already, and nothing was written"
        raise InvalidInput(what, where=str(folder), mend="choose another name, or another --dir") from None
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise StorageFailed(what, where=str(folder), mend="choose another --dir") from error
