"""Divided prices on invoices against a plain model: each event to its part and group, each priced alone."""

import tempfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.desk import Desk, Table, catalogue, metered
from tests.model.events import ModelEvent, properties
from tests.model.pricing_parts import place_of
from usagebill_tui.billing.simulating import SimulationRequest
from usagebill_tui.domain.periods import parse_period
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import PricedEvent, charge, price_from_table
from usagebill_tui.plugin.registry import builtin_registry

MODELS = builtin_registry().pricing_models
D = Decimal
PLAIN: list[Table] = [
    {"model": "per_unit", "unit_amount": "0.335"},
    {"model": "per_unit", "unit_amount": "2", "free_units": "3", "minimum_amount": "1.5"},
    {"model": "per_unit", "unit_amount": "2", "maximum_amount": "7", "discount_percent": "12.5"},
    {
        "model": "tiered",
        "tiers": [{"up_to": "2", "unit_amount": "1", "flat_amount": "0.7"}, {"unit_amount": "0.1"}],
    },
    {"model": "volume", "tiers": [{"up_to": "4", "unit_amount": "1"}, {"unit_amount": "0.5"}]},
    {"model": "percentage", "rate_percent": "2.5", "free_events": 1, "fixed_amount_per_event": "0.1"},
]
VALUES: dict[str, list[Any]] = {"region": ["eu", "us", None], "size": [1, "1.0", "2", None]}
prices = st.sampled_from(PLAIN)
whens = st.fixed_dictionaries(
    {}, optional={"region": st.sampled_from(["eu", "us", ["eu", "us"]]), "size": st.sampled_from([1, "2"])}
).filter(bool)


@st.composite
def divided(draw: st.DrawFn) -> Table:
    by = [{"when": when, **draw(prices)} for when in draw(st.lists(whens, max_size=3, unique_by=str))]
    groups = draw(st.sampled_from([[], ["region"], ["size"], ["size", "region"]]))
    return {**draw(prices), "by": by, "group_by": groups}


EVENTS = st.lists(
    st.tuples(*(st.sampled_from(values) for values in VALUES.values()), st.integers(0, 5)), max_size=9
)


def expected(price: Price, events: list[ModelEvent]) -> Decimal:
    """Return what all events come to: each part and group charged by itself, and what is charged for none."""
    alone: dict[tuple[int | None, tuple[str | None, ...]], list[Decimal]] = defaultdict(list)
    if not price.group_by:
        alone |= {(place, ()): [] for place in (*range(len(price.by)), None)}
    for event in sorted(events, key=lambda one: one.order):
        values = [event.value(path) for path in price.group_by]
        group = tuple(None if value is None else value.as_text() for value in values)
        amount = event.value("gb")
        assert amount is not None
        alone[place_of(price, event), group].append(amount.number or D(0))
    total = D(0)
    for (place, _), amounts in alone.items():
        own = price if place is None else price.by[place].price
        walked = [PricedEvent(amount) for amount in amounts]
        total += charge(sum(amounts, D(0)), own, MODELS[own.model], "USD", walked).rounded
    return total if events or not price.group_by else D(0)


def usable(table: Table) -> bool:
    """Tell whether no entry is for all that an earlier one is for: the catalogue refuses that."""
    seen = [{path: [str(v) for v in _listed(w)] for path, w in one["when"].items()} for one in table["by"]]
    return not any(
        earlier.keys() == later.keys() and all(set(later[k]) <= set(earlier[k]) for k in later)
        for place, later in enumerate(seen)
        for earlier in seen[:place]
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@settings(max_examples=6, deadline=None)
@given(divided().filter(usable), EVENTS, EVENTS)
def test_invoice_simulation_and_adjustment_come_to_what_the_model_says(
    table: Table, early: list[tuple[Any, ...]], late: list[tuple[Any, ...]]
) -> None:
    price = price_from_table(table)
    text = catalogue({"gb": metered("gb", **table)})
    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder), text) as desk:
        known = deliver(desk, early, 0)
        (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
        assert invoice.total == expected(price, known)
        assert sum(line.events for line in invoice.lines) == len(known)
        groups = [(line.kind, str(line.group)) for line in invoice.lines]
        assert len(set(groups)) == len(groups)
        known += deliver(desk, late, len(early))
        now = expected(price, known)
        (row,) = desk.workspace.simulate(
            SimulationRequest(days=parse_period("2026-10"), text=text, name="same.toml")
        ).rows
        assert row.after == now
        proposed = [one.rest.total for one in desk.workspace.adjustment_proposals()]
        assert sum(proposed, D(0)) == now - invoice.total


def deliver(desk: Desk, rows: list[tuple[Any, ...]], first: int) -> list[ModelEvent]:
    events, known = [], []
    for place, (region, size, gb) in enumerate(rows, first):
        data = {"region": region, "size": size, "gb": gb}
        events.append(("acme", "gb", f"2026-10-05T00:00:{place:02}Z", data))
        known.append(ModelEvent(place, "", str(place), properties(data)))
    if events:
        desk.events(*events)
    return known
