"""Which column becomes which field, as a shape, `--map`, `--set` and `--id-from` say."""

from collections.abc import Mapping
from dataclasses import dataclass

from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import WrongCall
from usagebill_tui.events.paths import canonical_path
from usagebill_tui.events.shapes import USAGEBILL, Names, Shape
from usagebill_tui.events.types import FIELDS, Options

_PROPERTY = "properties."


@dataclass(frozen=True)
class FieldMap:
    """Where fields come from.

    `columns` names the columns of each field that has some, the first with a value counting; `mapped` are
    those fields that were asked for, each with one column. `fixed` holds set texts. Properties are keyed by
    their path. `left_out` are columns that are nothing at all.
    """

    columns: Mapping[str, Names]
    mapped: frozenset[str]
    fixed: Mapping[str, str]
    property_columns: Mapping[str, str]
    property_fixed: Mapping[str, str]
    id_from: tuple[str, ...]
    left_out: frozenset[str]

    @property
    def asked_columns(self) -> tuple[str, ...]:
        """Every column that the options name."""
        fields = (self.columns[field][0] for field in FIELDS if field in self.mapped)
        return (*fields, *self.property_columns.values(), *self.id_from)

    def missing(self, field: str) -> str:
        """Say that a field has no value."""
        columns = self.columns.get(field, ())
        if columns in ((), (field,)):
            return f"{field} is missing"
        return f"{field} is missing (column {' or '.join(map(repr, columns))})"


def field_map(options: Options, shape: Shape = USAGEBILL) -> FieldMap:
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
    columns = {field: shape.names(field) for field in FIELDS if not (field == "id" and options.id_from)}
    columns |= {field: (column,) for field, column in mapped[0].items()}
    return FieldMap(
        columns={field: names for field, names in columns.items() if names and field not in fixed[0]},
        mapped=frozenset(mapped[0]),
        fixed=fixed[0],
        property_columns=mapped[1],
        property_fixed=fixed[1],
        id_from=options.id_from,
        left_out=shape.left_out,
    )


def given_fields(options: Options) -> frozenset[str]:
    """Return the fields whose column or value the options tell."""
    return frozenset(name for name in (*options.map, *options.set) if name in FIELDS)


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
