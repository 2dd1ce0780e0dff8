"""Another price for one product: what simulating it says is what a catalogue file with it would say."""

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import catalogue, fee, metered
from usagebill_tui.billing.simulating import SimulationRequest
from usagebill_tui.domain.periods import parse_period
from usagebill_tui.errors import InvalidInput, NotFound

TIERS = [{"up_to": 2, "unit_amount": "0.5"}, {"unit_amount": "0.333"}]
TEXT = catalogue(
    {"fee": fee("19.99"), "calls": metered("calls", model="tiered", tiers=TIERS)},
    plan={"minimum_spend": "1"},
    customer={"tax_percent": "8.25"},
)


def test_one_tier_is_changed_in_the_plan_that_sells_it(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    desk.events(*(("acme", "calls", f"2026-10-0{day}T00:00:00Z") for day in range(1, 8)))
    other = {"model": "tiered", "tiers": [TIERS[0], {"unit_amount": "0.111"}]}
    text = desk.workspace.repriced("calls", other)
    assert text.count("[[") == 1
    before = desk.workspace.export_catalogue()
    request = SimulationRequest(days=parse_period("2026-10"), text=text, name="calls")
    (row,) = desk.workspace.simulate(request).rows
    assert (str(row.before), str(row.after), str(row.difference)) == ("22.66", "21.55", "-1.11")
    assert desk.workspace.export_catalogue() == before


def test_what_cannot_be_priced_is_refused(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    with pytest.raises(NotFound, match="there is no product 'call'"):
        desk.workspace.repriced("call", {"unit_amount": "1"})
    text = desk.workspace.repriced("calls", {"model": "tiered", "tiers": [{"unit_amount": "x"}]})
    with pytest.raises(InvalidInput):
        desk.workspace.simulate(SimulationRequest(days=parse_period("2026-10"), text=text))
