"""Events of the model as the columns that aggregation types are given."""

from collections.abc import Iterable, Sequence

from tests.model.events import ModelEvent
from usagebill_tui.domain.aggregation import Batch


def columns_of(events: Sequence[ModelEvent], paths: Iterable[str]) -> Batch:
    """Return events in the order that matters as one batch, with these properties by their path."""
    ordered = sorted(events, key=lambda event: event.order)
    values = {path: [event.value(path) for event in ordered] for path in paths}
    return Batch(
        [event.timestamp for event in ordered],
        {path: [None if v is None else v.number for v in column] for path, column in values.items()},
        {path: [None if v is None else v.as_text() for v in column] for path, column in values.items()},
    )
