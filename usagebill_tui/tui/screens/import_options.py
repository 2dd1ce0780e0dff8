"""How files are to be read, as the fields of a form."""

from collections.abc import Mapping, Sequence
from typing import Any

from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.errors import WrongCall
from usagebill_tui.events.types import Options
from usagebill_tui.tui.forms.field import Field

_MAPPED = ("account", "metric", "timestamp")
OF_COLUMNS = (*_MAPPED, "id")
"""The fields in which a column of the file is named."""
_COLUMN = "A column, or =VALUE that holds for all rows"
_UNITS = (("s", "seconds"), ("ms", "milliseconds"), ("us", "microseconds"), ("ns", "nanoseconds"))
CONFLICTS = (
    ("keep-first", "keep what was stored first"),
    ("replace", "take what comes now"),
    ("fail", "import nothing"),
)
_RESOLUTIONS = (("earlier", "the earlier instant"), ("later", "the later instant"))


def fields_for(mappings: Sequence[str], formats: Sequence[str], columns: Sequence[str]) -> tuple[Field, ...]:
    """Return the fields, with the saved mappings, the known formats and the columns of the first file."""
    return (
        Field(
            key="mapping", title="Saved mapping", kind="choice", choices=tuple((m, m) for m in mappings),
            help="Fills in what was saved",
        ),
        Field(key="account", title="Account", help=_COLUMN, suggestions=columns, default="as recognised"),
        Field(key="metric", title="Metric", help=_COLUMN, suggestions=columns, default="as recognised"),
        Field(key="timestamp", title="Time", help=_COLUMN, suggestions=columns, default="as recognised"),
        Field(
            key="id", title="Id", suggestions=columns, default="as recognised",
            help="A column, or several with commas that make the id together",
        ),
        Field(
            key="more", title="More", kind="list", default="FIELD=COLUMN, …",
            help="source=COLUMN, properties.region=COLUMN; == instead of = for a fixed value",
        ),
        Field(key="timezone", title="Time zone", default="UTC", help="Of times without an offset"),
        Field(key="time_unit", title="Numeric times", kind="choice", choices=_UNITS,
              help="The unit of times that are numbers"),
        Field(
            key="ambiguous_time", title="Repeated times", kind="choice", choices=_RESOLUTIONS,
            help="When clocks go back; without a choice their rows are rejected",
        ),
        Field(
            key="nonexistent_time", title="Skipped times", kind="choice", choices=_RESOLUTIONS,
            help="When clocks go forward; without a choice their rows are rejected",
        ),
        Field(
            key="input_format", title="Format", kind="choice", choices=tuple((f, f) for f in formats),
            help="Without a choice: by the file's ending and its keys",
        ),
        Field(key="encoding", title="Encoding", default="utf-8"),
        Field(key="delimiter", title="Delimiter", help="A character, or tab", default="by the format"),
        Field(key="quote", title="Quote", help="A character, or none", default='"'),
        Field(key="on_conflict", title="Conflicts", kind="choice", choices=CONFLICTS, default="keep-first",
              help="An event that was delivered before with other content"),
        Field(key="again", title="Import again", kind="flag",
              help="The same file with other options; rows without an id count twice"),
        Field(key="save_as", title="Save mapping as", help="Keeps these options under a name"),
    )  # fmt: skip


def options_of(values: Mapping[str, Any]) -> Options:
    """Return how files are read; raises WrongCall for what cannot be meant."""
    columns: dict[str, str] = {}
    fixed: dict[str, str] = {}
    for field in _MAPPED:
        _put(columns, fixed, field, str(values.get(field, "")))
    for pair in values.get("more", ()):
        field, equals, value = str(pair).partition("=")
        if not equals:
            raise WrongCall(f"{pair!r} is not FIELD=COLUMN", mend="write it like properties.region=zone")
        _put(columns, fixed, field.strip(), value)
    ids = tuple(part.strip() for part in str(values.get("id", "")).split(",") if part.strip())
    if len(ids) == 1:
        _put(columns, fixed, "id", ids[0])
    chosen = {
        name: values[name]
        for name in ("input_format", "encoding", "delimiter", "quote", "timezone", "time_unit",
                     "ambiguous_time", "nonexistent_time")
        if values.get(name)
    }  # fmt: skip
    return Options(map=columns, set=fixed, id_from=ids if len(ids) > 1 else (), **chosen)


def request_of(values: Mapping[str, Any], *, dry_run: bool) -> ImportRequest:
    """Return what is to be imported and how."""
    return ImportRequest(
        options=options_of(values),
        on_conflict=values.get("on_conflict", "keep-first"),
        again=bool(values.get("again")),
        dry_run=dry_run,
    )


def values_of(options: Options) -> dict[str, Any]:
    """Return what a form shows for saved options."""
    given = {**options.map, **{field: f"={value}" for field, value in options.set.items()}}
    values: dict[str, Any] = {field: given.pop(field) for field in (*_MAPPED, "id") if field in given}
    if options.id_from:
        values["id"] = ", ".join(options.id_from)
    if given:
        values["more"] = [f"{field}={value}" for field, value in given.items()]
    usual = Options()
    for name in ("input_format", "encoding", "delimiter", "quote", "timezone", "time_unit",
                 "ambiguous_time", "nonexistent_time"):  # fmt: skip
        if getattr(options, name) != getattr(usual, name):
            values[name] = getattr(options, name)
    return values


def _put(columns: dict[str, str], fixed: dict[str, str], field: str, value: str) -> None:
    if value.startswith("="):
        fixed[field] = value[1:]
    elif value:
        columns[field] = value
