"""A page of the documentation: the files that it saves, the commands that it shows and what they print."""

import re
from collections.abc import Iterator
from pathlib import Path

SAVED = re.compile(r"`([\w.]+)`:\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page_named(name: str) -> str:
    return (Path(__file__).parents[2] / "docs" / name).read_text(encoding="utf-8")


def commands(page: str) -> Iterator[tuple[str, str]]:
    """Yield each command and what the page shows below it."""
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)


def matches(shown: str, printed: str) -> bool:
    """Compare, with `…` standing for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.rstrip("\n").split("…"))
    return re.fullmatch(pattern, printed.rstrip("\n"), re.DOTALL) is not None
