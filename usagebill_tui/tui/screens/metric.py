"""One metric: its form, and what it would measure."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

from textual.widget import Widget

from usagebill_tui.domain.metric import Operator
from usagebill_tui.tui.forms.declared import fields_of
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.editor import EditorPage, Prepared
from usagebill_tui.tui.widgets.metric_preview import MetricPreview

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace


_HELPED = 6
_VALUES = Field(key="value", title="Values", kind="list")


class MetricPage(EditorPage):
    """Edits a metric; the parameters asked for are those of the chosen aggregation type."""

    PAGE = "metrics"
    NOUN = "metric"
    KEPT = ("exclude",)

    def prepare(self, workspace: "Workspace") -> Prepared:
        """Return the fields for the stored metric, with the parameters of every aggregation type at hand."""
        from usagebill_tui.billing.catalogue.layout import metric_table

        types = workspace.registry.aggregations.values()
        more = {
            "aggregations": tuple((one.name, f"{one.title} ({one.name})") for one in types),
            "reads": {one.name: one.reads for one in types},
            "words": workspace.vocabulary(),
            "params": {one.name: fields_of(one.parameters) for one in types},
        }
        metric = workspace.catalogue().metrics.get(self.key)
        values = {} if metric is None else metric_table(metric)
        return Prepared(_fields(more, values), values, more)

    def preview(self) -> Widget:
        """Return what the metric would measure."""
        return MetricPreview()

    def show_preview(self, values: dict[str, Any]) -> None:
        """Try the metric on the events that are there."""
        self.query_one(MetricPreview).show_metric(self.tables(values)["metric"][0])

    def tables(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the table of the metric, the values of its filters as their operators need them."""
        stored = self.stored.get("filters", ())
        filters = [one if one in stored else _filter(one) for one in values.get("filters", ())]
        return {"metric": [{**values, **({"filters": filters} if filters else {})}]}

    def fields_for(self, values: Mapping[str, Any]) -> Sequence[Field] | None:
        """Ask for the parameters of the aggregation type that is chosen."""
        chosen = values.get("aggregation")
        if self.more is None or chosen == getattr(self, "_chosen", ""):
            return None
        self._chosen = chosen
        return _fields(self.more, values)


def _filter(one: Mapping[str, Any]) -> dict[str, Any]:
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


def _fields(more: Mapping[str, Any], values: Mapping[str, Any]) -> list[Field]:
    chosen = values.get("aggregation") or ""
    reads = more["reads"].get(chosen)
    words = more["words"]
    fields = [
        Field(key="code", title="Code", required=True, help="Unique; products and events name it"),
        Field(key="name", title="Name", help="What people call it"),
        Field(
            key="aggregation",
            title="Aggregation",
            kind="choice",
            required=True,
            choices=more["aggregations"],
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
        Field(key="params", title="Parameters", kind="table", fields=more["params"].get(chosen, ())),
    ]
    return fields
