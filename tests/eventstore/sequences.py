"""Sequences of imports and undos to try on a store."""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.eventstore.stores import AUTHOR, Store, deliver, event
from usagebill_tui.domain.event import Event
from usagebill_tui.eventstore.types import OnConflict
from usagebill_tui.store.manifest import Counts

Step = tuple[OnConflict, list[Event]] | int
"""An import, or which of the imports that stand to take back."""

_events = st.lists(
    st.builds(
        lambda name, source, n: event(name, n, source=source, n=n),
        st.sampled_from("abc"),
        st.sampled_from(["", "s"]),
        st.integers(1, 3),
    ),
    max_size=4,
)
_policies: st.SearchStrategy[OnConflict] = st.sampled_from(["keep-first", "replace"])
_imports = st.tuples(_policies, _events)
sequences: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(_imports, _imports, st.integers(0, 5)), min_size=4, max_size=9
)


def done(store: Store, sequence: Sequence[Step]) -> list[Counts | tuple[int, int]]:
    """Do a sequence; return the counts of each import and what each undo changed."""
    standing: list[int] = []
    results: list[Counts | tuple[int, int]] = []
    for step in sequence:
        if not isinstance(step, int):
            outcome = deliver(store, step[1], on_conflict=step[0])
            standing.append(outcome.batch or 0)
            results.append(outcome.counts)
        elif standing:
            results.append(store.undo(standing.pop(step % len(standing)), AUTHOR))
    return results
