"""Recipes: ready catalogues for common ways to sell, each with sample events and what they come to."""

from importlib.resources import files
from pathlib import Path

import msgspec

from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import NotFound, Refused, StorageFailed
from usagebill_tui.locations import write_private_file

CATALOGUE = "catalogue.toml"
EXPECTED = "expected.csv"


class Recipe(msgspec.Struct, frozen=True):
    """A recipe's name, what it is for, and its file of sample events, all of September 2025 or later."""

    name: str
    about: str
    events: str = "events.csv"

    @property
    def files(self) -> tuple[str, ...]:
        """Return the names of its files: the catalogue, the events, and what `parity` compares them with."""
        return CATALOGUE, self.events, EXPECTED

    def text(self, file: str) -> str:
        """Return the text of one of its files."""
        folder = files("usagebill_tui.billing.recipes").joinpath("data", self.name)
        return folder.joinpath(file).read_text(encoding="utf-8")


RECIPES = (
    Recipe("api-calls", "API calls: a monthly fee, calls included in it, prices that fall by tiers"),
    Recipe("storage", "Storage: gigabytes by the time for which they are held, and the largest backup"),
    Recipe("compute", "Compute: machine time by kind of machine, by volume and by the hour, with a minimum"),
    Recipe("seats", "Seats by the days for which they are taken, and active users, each once a month"),
    Recipe("llm-tokens", "Language-model tokens: input, output and cached, per model", "events.jsonl"),
    Recipe("bandwidth-95", "Bandwidth by the 95th percentile, with a committed rate and bursts"),
    Recipe("payments", "Payments by percentage: a rate and a fixed part, with a minimum and a cap"),
)
"""All recipes; their codes differ, so several can be applied to one workspace."""


def recipe(name: str) -> Recipe:
    """Return the recipe of this name; raises NotFound."""
    found = {one.name: one for one in RECIPES}
    if name not in found:
        raise NotFound(f"there is no recipe {name!r}", mend=suggestion(name, found))
    return found[name]


def write_recipe(chosen: Recipe, folder: Path) -> list[Path]:
    """Write a recipe's files to a folder, made where there is none; return them.

    Raises Refused, having written nothing, where a file of that name with other content is there.
    """
    wanted = {folder / file: chosen.text(file) for file in chosen.files}
    try:
        for path, text in wanted.items():
            if path.exists() and path.read_bytes() != text.encode():
                raise Refused("is there already", where=str(path), mend="write to another folder")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be written to: {error.strerror}"
        raise StorageFailed(what, where=str(folder), mend="choose another folder") from error
    for path, text in wanted.items():
        write_private_file(path, text)
    return list(wanted)
