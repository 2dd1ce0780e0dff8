"""The options that say how event files are read, and the saved mappings that they build on."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import click
import msgspec

from usagebill_tui.billing.imports.mappings import check_mapping_name
from usagebill_tui.errors import WrongCall
from usagebill_tui.events.types import Options, Resolution, TimeUnit
from usagebill_tui.workspace import Workspace

_RESOLUTION = click.Choice(["reject", "earlier", "later"])


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """What was said on the command line; None for what was not."""

    mapping: str | None
    save_mapping: str | None
    input_format: str | None
    encoding: str | None
    delimiter: str | None
    quote: str | None
    maps: tuple[str, ...]
    sets: tuple[str, ...]
    timezone: str | None
    time_unit: TimeUnit | None
    ambiguous_time: Resolution | None
    nonexistent_time: Resolution | None
    id_from: str | None

    def options(self, workspace: Workspace) -> Options:
        """Return the options asked for: those of the saved mapping, where what was said does not differ."""
        if self.save_mapping is not None:
            check_mapping_name(self.save_mapping)
        saved = Options() if self.mapping is None else workspace.mapping(self.mapping)
        return self.over(saved)

    def over(self, saved: Options) -> Options:
        """Return options with what was said in the place of what they say."""
        maps, sets = _pairs(self.maps, "--map"), _pairs(self.sets, "--set")
        id_from = tuple(self.id_from.split(",")) if self.id_from else None
        said = {*maps, *sets, *(["id"] if id_from else [])}
        new: dict[str, Any] = {
            "map": {**_without(saved.map, said), **maps},
            "set": {**_without(saved.set, said), **sets},
            "id_from": id_from or (() if "id" in said else saved.id_from),
        }
        names = ("input_format", "encoding", "delimiter", "quote", "timezone", "time_unit")
        for name in (*names, "ambiguous_time", "nonexistent_time"):
            value = getattr(self, name)
            if value is not None:
                new[name] = value
        return msgspec.structs.replace(saved, **new)


_OPTIONS = (
    click.option(
        "--mapping", metavar="NAME", help="Read as a saved mapping says; other options win over it."
    ),
    click.option(
        "--save-mapping", metavar="NAME", help="Keep these options under a name once the import is done."
    ),
    click.option(
        "--input-format",
        metavar="NAME",
        help="A format (csv, tsv, jsonl, json, parquet; default: by the file's ending), a system that wrote "
        "the events (lago, stripe, …; default: by their keys), or both: csv:lago.",
    ),
    click.option("--encoding", metavar="NAME", help="Encoding of text files (default: utf-8)."),
    click.option("--delimiter", metavar="CHARACTER", help="What separates CSV fields: a character, or tab."),
    click.option(
        "--quote", metavar="CHARACTER", help="What CSV fields are quoted with: a character, or none."
    ),
    click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Where a field comes from."),
    click.option("--set", "sets", multiple=True, metavar="FIELD=VALUE", help="A field's value for all rows."),
    click.option("--timezone", metavar="ZONE", help="Zone of times without an offset (default: UTC)."),
    click.option("--time-unit", type=click.Choice(["s", "ms", "us", "ns"]), help="Unit of numeric times."),
    click.option(
        "--ambiguous-time",
        type=_RESOLUTION,
        help="Local times that exist twice (default: reject their rows).",
    ),
    click.option(
        "--nonexistent-time",
        type=_RESOLUTION,
        help="Local times that are skipped (default: reject their rows).",
    ),
    click.option("--id-from", metavar="COLUMN,…", help="Columns that together make the id."),
)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options; it gets them as `flags`."""

    @wraps(command)
    def with_flags(*arguments: Any, **options: Any) -> Any:
        flags = Flags(**{name: options.pop(name) for name in Flags.__struct_fields__})
        return command(*arguments, flags=flags, **options)

    decorated: Callable[..., Any] = with_flags
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        field, equals, value = text.partition("=")
        if not equals or not field:
            raise WrongCall(f"{option} {text!r} is not FIELD=…", mend=f"write it like {option} account=acme")
        if field in pairs:
            raise WrongCall(f"{option} {field}= is given twice", mend="give it once")
        pairs[field] = value
    return pairs


def _without(pairs: "dict[str, str] | Any", said: set[str]) -> dict[str, str]:
    return {field: value for field, value in pairs.items() if field not in said}
