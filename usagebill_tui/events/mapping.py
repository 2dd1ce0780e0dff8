"""Which column becomes which field, as `--map`, `--set` and `--id-from` say."""

from collections.abc import Mapping
from dataclasses import dataclass

from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import WrongCall
from usagebill_tui.events.paths import canonical_path
from usagebill_tui.events.types import FIELDS, Options

_PROPERTY = "properties."


@dataclass(frozen=True)
class FieldMap:
    """Where fields come from.

    `columns` names the column of each field that has one, `mapped` those of them that were asked for;
    `fixed` holds set texts. Properties are keyed by their path.
    """

    columns: Mapping[str, str]
    mapped: frozenset[str]
    fixed: Mapping[str, str]
    property_columns: Mapping[str, str]
    property_fixed: Mapping[str, str]
    id_from: tuple[str, ...]

    @property
    def sources(self) -> list[tuple[str | None, str | None]]:
        """Where each of `FIELDS` comes from: its column, or else its fixed text."""
        return [(self.columns.get(field), self.fixed.get(field)) for field in FIELDS]

    @property
    def asked_columns(self) -> tuple[str, ...]:
        """Every column that the options name."""
        fields = (self.columns[field] for field in FIELDS if field in self.mapped)
        return (*fields, *self.property_columns.values(), *self.id_from)

    def missing(self, field: str) -> str:
        """Say that a field has no value."""
        column = self.columns.get(field, field)
        return f"{field} is missing" if column == field else f"{field} is missing (column {column!r})"


def field_map(options: Options) -> FieldMap:
    """Return the mapping that options ask for; raises WrongCall where they contradict themselves."""
    for name in (*options.map, *options.set):
        _check_field(name)
    mapped, fixed = _split(options.map), _split(options.set)
    both = [
        *(mapped[0].keys() & fixed[0].keys()),
        *(f"{_PROPERTY}{p}" for p in mapped[1].keys() & fixed[1].keys()),
    ]
    if both:
        raise WrongCall(f"{min(both)} is both mapped and set", mend="use one of --map and --set for it")
    if options.id_from and ("id" in mapped[0] or "id" in fixed[0]):
        raise WrongCall("the id is given by --id-from and again by --map or --set", mend="use one of them")
    own = {field: field for field in FIELDS if not (field == "id" and options.id_from)}
    columns = {field: column for field, column in {**own, **mapped[0]}.items() if field not in fixed[0]}
    return FieldMap(columns, frozenset(mapped[0]), fixed[0], mapped[1], fixed[1], options.id_from)


def _check_field(name: str) -> None:
    if name not in FIELDS and not (name.startswith(_PROPERTY) and name != _PROPERTY):
        raise WrongCall(f"unknown field {name!r}", mend=suggestion(name, (*FIELDS, "properties.NAME")))


def _split(pairs: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the fields and, by path, the properties; raises WrongCall for one path spelt in two ways."""
    fields: dict[str, str] = {}
    properties: dict[str, str] = {}
    for name, value in pairs.items():
        if name in FIELDS:
            fields[name] = value
            continue
        path = canonical_path(name.removeprefix(_PROPERTY))
        if path in properties:
            raise WrongCall(f"the property {path} is given twice")
        properties[path] = value
    return fields, properties
