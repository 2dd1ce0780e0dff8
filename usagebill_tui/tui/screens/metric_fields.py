"""What a metric's form asks for: the aggregation type decides which parameters."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from usagebill_tui.domain.metric import Operator
from usagebill_tui.plugin.registry import Registry
from usagebill_tui.tui.forms.declared import fields_of
from usagebill_tui.tui.forms.field import Field

if TYPE_CHECKING:
    from usagebill_tui.billing.usage.trying import Vocabulary

_HELPED = 6
_VALUES = Field(key="value", title="Values", kind="list")


class Offered(NamedTuple):
    """What there is to choose from: aggregation types, what each reads and asks for, words of real events."""

    aggregations: tuple[tuple[str, str], ...]
    reads: Mapping[str, str]
    params: Mapping[str, tuple[Field, ...]]
    words: "Vocabulary"


def offered(registry: Registry, words: "Vocabulary") -> Offered:
    """Return what there is to choose from."""
    types = registry.aggregations.values()
    return Offered(
        aggregations=tuple((one.name, f"{one.title} ({one.name})") for one in types),
        reads={one.name: one.reads for one in types},
        params={one.name: fields_of(one.parameters) for one in types},
        words=words,
    )


def typed_filters(filters: Sequence[Mapping[str, Any]], stored: Sequence[Any]) -> list[dict[str, Any]]:
    """Return filters with the values that their operators need; those that are stored stay as they are."""
    return [dict(one) if one in stored else _typed_filter(one) for one in filters]


def _typed_filter(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a typed filter, its value a list where its operator takes one, true or false where it is."""
    value, operator = one.get("value"), one.get("op", "eq")
    if not isinstance(value, str) or operator in {"contains", "not_contains"}:
        return dict(one)
    if operator in {"in", "not_in"}:
        return {**one, "value": _VALUES.value(value) or []}
    return {**one, "value": value == "true"} if value in {"true", "false"} else dict(one)


def _known(text: str, words: Sequence[str]) -> str:
    """Add the first words of real events to a field's help."""
    more = f" and {len(words) - _HELPED} more" if len(words) > _HELPED else ""
    return f"{text}; events have {', '.join(words[:_HELPED])}{more}" if words else text


def metric_fields(more: Offered, values: Mapping[str, Any]) -> list[Field]:
    """Return the fields for a metric with these values."""
    chosen = values.get("aggregation") or ""
    reads = more.reads.get(chosen)
    words = more.words
    fields = [
        Field(key="code", title="Code", required=True, help="Unique; products and events name it"),
        Field(key="name", title="Name", help="What people call it"),
        Field(
            key="aggregation",
            title="Aggregation",
            kind="choice",
            required=True,
            choices=more.aggregations,
            help="How events become one quantity",
        ),
    ]
    if reads != "nothing":
        fields.append(
            Field(
                key="property", title="Property", required=bool(reads), help="Path of the value that is read"
            )
        )
    fields += [
        Field(
            key="event",
            title="Event",
            default="the code",
            help=_known("The metric code that events carry", words.codes),
            suggestions=words.codes,
        ),
        Field(key="unit", title="Unit", help="One of what is measured, such as token"),
        Field(key="group_by", title="Group by", kind="list", help="Properties that break usage down"),
        Field(
            key="filters",
            title="Filters: all must hold",
            kind="rows",
            fields=(
                Field(key="property", title="Property"),
                Field(key="op", title="Operator", default="eq", help=", ".join(get_args(Operator))),
                Field(key="value", title="Value", default="true"),
            ),
        ),
        Field(
            key="rounding",
            title="Rounding",
            kind="table",
            fields=(
                Field(
                    key="mode",
                    title="Rounding",
                    kind="choice",
                    default="none",
                    choices=(("round", "half away from zero"), ("ceil", "up"), ("floor", "down")),
                ),
                Field(
                    key="digits", title="Digits", kind="whole", default="0", help="Negative: tens, hundreds"
                ),
            ),
        ),
        Field(
            key="recurring", title="Recurring", kind="flag", help="Carries its level from before the period"
        ),
        Field(key="params", title="Parameters", kind="table", fields=more.params.get(chosen, ())),
    ]
    return fields
