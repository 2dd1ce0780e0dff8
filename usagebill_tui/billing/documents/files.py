"""Files that people asked for: the form is named by the ending, and a file is whole or not there."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from usagebill_tui.errors import WrongCall
from usagebill_tui.locations import write_private_file

Form = TypeVar("Form")


def form_of(path: Path, forms: Mapping[str, Form]) -> Form:
    """Return what the ending of a path stands for; raises WrongCall, naming the endings, for others."""
    ending = path.suffix.lower()
    if ending not in forms:
        *others, last = forms
        raise WrongCall(
            f"{path.name!r} does not say in which form to write",
            mend=f"let the file's name end in {', '.join(others)} or {last}",
        )
    return forms[ending]


def write_file(path: Path, content: bytes) -> None:
    """Write a file for its owner only, replacing one that is there; raises StorageFailed."""
    write_private_file(path, content, mend="name a file in a folder that exists and may be written to")
