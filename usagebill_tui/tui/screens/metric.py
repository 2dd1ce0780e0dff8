"""One metric: its form, and what it would measure."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.editor import EditorPage, Prepared
from usagebill_tui.tui.screens.metric_fields import metric_fields, offered, typed_filters
from usagebill_tui.tui.widgets.metric_preview import MetricPreview

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace


class MetricPage(EditorPage):
    """Edits a metric; the parameters asked for are those of the chosen aggregation type."""

    PAGE = "metrics"
    NOUN = "metric"
    KEPT = ("exclude",)

    def prepare(self, workspace: "Workspace") -> Prepared:
        """Return the fields for the stored metric, with the parameters of every aggregation type at hand."""
        from usagebill_tui.billing.catalogue.layout import metric_table

        more = offered(workspace.registry, workspace.vocabulary())
        metric = workspace.catalogue_around().metrics.get(self.key)
        values = {} if metric is None else metric_table(metric)
        return Prepared(metric_fields(more, values), values, more)

    def preview(self) -> Widget:
        """Return what the metric would measure."""
        return MetricPreview()

    def show_preview(self, values: dict[str, Any]) -> None:
        """Try the metric on the events that are there."""
        self.query_one(MetricPreview).show_metric(self.tables(values)["metric"][0])

    def tables(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the table of the metric, the values of its filters as their operators need them."""
        filters = typed_filters(values.get("filters", ()), self.stored.get("filters", ()))
        return {"metric": [{**values, **({"filters": filters} if filters else {})}]}

    def fields_for(self, values: Mapping[str, Any]) -> Sequence[Field] | None:
        """Ask for the parameters of the aggregation type that is chosen."""
        chosen = values.get("aggregation")
        if self.more is None or chosen == getattr(self, "_chosen", ""):
            return None
        self._chosen = chosen
        return metric_fields(self.more, values)
