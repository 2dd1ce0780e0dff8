"""A plan's dialect: part of its version, on the invoice's record, and named by parity where it matches."""

from datetime import date
from typing import Any

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, amounts, catalogue, metered
from usagebill_tui.billing.parity import Difference, ParityRequest, read_statement
from usagebill_tui.domain.dialect import Dialect
from usagebill_tui.domain.invoice import invoice_json
from usagebill_tui.domain.periods import parse_period
from usagebill_tui.errors import InvalidInput

TIERED = metered(
    "calls",
    model="volume",
    tiers=[{"up_to": "3", "unit_amount": "2", "flat_amount": "5"}, {"unit_amount": "1"}],
)


def text(dialect: Any = None, **more: Any) -> str:
    return catalogue({"calls": TIERED}, plan={} if dialect is None else {"dialect": dialect}, **more)


def calls(desk: Desk, count: int) -> None:
    desk.events(*(("acme", "calls", f"2026-10-{day:02}T00:00:00Z") for day in range(1, count + 1)))


def billed(desk: Desk) -> dict[str, Any]:
    (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
    return {**amounts(invoice), "dialect": invoice_json(invoice).get("dialect")}


def test_an_invoice_follows_its_plans_dialect_and_records_it(open_desk: OpenDesk) -> None:
    assert billed(open_desk(text())) == {"calls": "5.00", "dialect": None}
    assert billed(open_desk(text("usagebill"))) == {"calls": "5.00", "dialect": None}
    assert billed(open_desk(text("flexprice"))) == {"calls": "0.00", "dialect": "flexprice"}
    own = {"name": "flexprice", "zero_usage_flat": "first_tier"}
    expected = {"calls": "5.00", "dialect": "flexprice, zero_usage_flat first_tier"}
    assert billed(open_desk(text(own))) == expected


def test_usage_at_a_bound_may_lie_in_the_next_tier(open_desk: OpenDesk) -> None:
    desk = open_desk(text({"bounds": "lower_inclusive"}))
    calls(desk, 3)
    assert billed(desk)["calls"] == "3.00"
    assert desk.workspace.adjustment_proposals() == []


def test_the_files_dialect_is_that_of_plans_that_say_none(open_desk: OpenDesk) -> None:
    plans: list[Table] = [{"code": "own", "products": ["calls"], "dialect": "usagebill"}]
    desk = open_desk('dialect = "killbill"\n' + text(plans=plans))
    known = desk.workspace.catalogue().plans
    assert (known["pro"].dialect, known["own"].dialect) == (Dialect(name="killbill"), None)


def test_another_dialect_is_another_version_and_the_catalogue_carries_it(open_desk: OpenDesk) -> None:
    desk = open_desk(text())
    desk.apply(text({"name": "lago", "rounding": "tier"}))
    versions = desk.workspace.catalogue().versions
    assert [versions["pro", number].plan.dialect for number in (1, 2)] == [
        None,
        Dialect(name="lago", rounding="tier"),
    ]
    copy = open_desk(desk.workspace.export_catalogue())
    assert copy.workspace.catalogue().versions == versions


@pytest.mark.parametrize(
    ("dialect", "said"),
    [("openmetre", "did you mean 'openmeter'"), ({"rounding": "never"}, "never"), ({"flat": "x"}, "flat")],
)
def test_an_unknown_dialect_is_refused_with_the_nearest(open_desk: OpenDesk, dialect: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        open_desk(text(dialect))


def difference(desk: Desk, amount: str) -> Difference:
    stated = read_statement(f"customer,product,amount\nacme,calls,{amount}", "f.csv", parse_period("2026-10"))
    (found,) = desk.workspace.parity(ParityRequest(stated=stated)).differences
    return found


def test_parity_names_the_dialect_that_would_match(open_desk: OpenDesk) -> None:
    found = difference(open_desk(text()), "0.00")
    assert found.cause == "dialect"
    assert found.evidence.startswith(
        "the dialect flexprice or killbill or meteroid matches, where usage of zero"
    )
    desk = open_desk(text())
    calls(desk, 3)
    found = difference(desk, "3.00")
    assert 'a dialect with bounds = "lower_inclusive" matches' in found.evidence
    assert difference(desk, "7.77").cause != "dialect"


def test_parity_under_a_dialect_compares_with_that(open_desk: OpenDesk) -> None:
    desk = open_desk(text("flexprice", subscription={"start": date(2026, 1, 1)}))
    found = difference(desk, "5.00")
    assert (found.cause, found.evidence.split(" matches")[0]) == (
        "dialect",
        "the dialect usagebill or alguna or lago or orb",
    )
