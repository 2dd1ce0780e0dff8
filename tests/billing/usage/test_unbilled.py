"""Usage that nobody is charged for: the reasons, the stretches of time, the sums and the mends."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Table, catalogue, metered
from usagebill_tui.billing.usage.unbilled import Unbilled, UnbilledRequest
from usagebill_tui.errors import NotFound, WrongCall

METRICS: list[Table] = [
    {"code": "gb", "aggregation": "sum", "property": "gb"},
    {"code": "peak", "event": "gb", "aggregation": "max", "property": "gb"},
    {"code": "calls", "aggregation": "count"},
    {"code": "spare", "aggregation": "count"},
]
PRODUCTS = {"gb": metered("gb", unit_amount="2"), "calls": metered("calls", unit_amount="0.10")}


def text(**parts: object) -> str:
    return catalogue(PRODUCTS, **{"metrics": METRICS, **parts})  # type: ignore[arg-type] # as the desk takes them


def told(found: list[Unbilled]) -> list[tuple[str, str, str, int]]:
    return [(one.account, one.metric, one.reason, one.events) for one in found]


def test_each_reason_with_counts_times_and_usage(open_desk: OpenDesk) -> None:
    desk = open_desk(text(subscription={"start": "2026-02-01", "end": "2026-03-01"}, more=[{"id": "globex"}]))
    desk.events(
        ("nobody", "gb", "2026-02-03T00:00:00Z", {"gb": "1.5"}),
        ("nobody", "gb", "2026-02-02T00:00:00Z", {"gb": 2}),
        ("acme", "cals", "2026-02-02T00:00:00Z"),
        ("acme", "calls", "2026-01-31T23:59:59Z"),
        ("acme", "calls", "2026-02-01T00:00:00Z"),
        ("acme", "calls", "2026-02-28T23:59:59Z"),
        ("acme", "calls", "2026-03-01T00:00:00Z"),
        ("acme", "calls", "2026-03-02T00:00:00Z"),
        ("acme", "spare", "2026-02-02T00:00:00Z"),
        ("globex", "calls", "2026-02-02T00:00:00Z"),
        ("ACME", "calls", "2026-02-02T00:00:00Z"),
    )
    found = desk.workspace.unbilled()
    assert told(found) == [
        ("ACME", "calls", "unknown account", 1),
        ("acme", "calls", "no subscription", 1),
        ("acme", "calls", "no subscription", 2),
        ("acme", "cals", "unknown metric", 1),
        ("acme", "spare", "not on the plan", 1),
        ("globex", "calls", "no subscription", 1),
        ("nobody", "gb", "unknown account", 2),
    ]
    assert found[-1].usage == {"gb": Decimal("3.5"), "peak": Decimal(2)}
    assert (found[-1].first.day, found[-1].last.day, found[-1].customer) == (2, 3, None)
    assert found[2].usage == {"calls": Decimal(2)}
    assert "of 'acme'?" in found[0].mend
    assert "did it mean 'calls'?" in found[3].mend


def test_a_code_that_any_metric_of_the_plan_reads_is_billed(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"peak": metered("peak", unit_amount="1")}, metrics=METRICS))
    desk.events(("acme", "gb", "2026-02-03T00:00:00Z", {"gb": 2}))
    assert desk.workspace.unbilled() == []


def test_two_subscriptions_that_price_it_leave_unnamed_events_unbilled(open_desk: OpenDesk) -> None:
    second = {"id": "acme-two", "aliases": ["two"], "start": "2026-03-01"}
    desk = open_desk(text(subscription={"aliases": ["one"]}, others=[second]))
    desk.events(
        ("acme", "calls", "2026-02-02T00:00:00Z"),
        ("acme", "calls", "2026-03-02T00:00:00Z"),
        ("one", "calls", "2026-03-02T00:00:00Z"),
        ("two", "calls", "2026-02-28T00:00:00Z"),
    )
    assert told(desk.workspace.unbilled()) == [
        ("acme", "calls", "names no subscription", 2),
        ("two", "calls", "no subscription", 1),
    ]


def test_events_count_as_unbilled_until_the_catalogue_knows_them(open_desk: OpenDesk) -> None:
    desk = open_desk(text())
    desk.events(("cus_9", "calls", "2026-02-02T00:00:00Z"))
    assert len(desk.workspace.unbilled()) == 1
    desk.apply(text(customer={"aliases": ["cus_9"]}))
    assert desk.workspace.unbilled() == []


def test_days_are_those_of_the_customer_asked_for(open_desk: OpenDesk) -> None:
    desk = open_desk(text(more=[{"id": "globex", "timezone": "America/New_York"}]))
    desk.events(
        ("globex", "calls", "2026-02-02T03:00:00Z"),
        ("globex", "calls", "2026-02-02T06:00:00Z"),
        ("nobody", "calls", "2026-02-02T06:00:00Z"),
    )
    ask = desk.workspace.unbilled
    assert told(ask(UnbilledRequest(customers=("globex",), first="2026-02-02"))) == [
        ("globex", "calls", "no subscription", 1)
    ]
    assert [one.events for one in ask(UnbilledRequest(first="2026-02-02", last="2026-02-03"))] == [2, 1]
    assert ask(UnbilledRequest(last="2026-02-02")) == []
    with pytest.raises(NotFound, match="did you mean 'globex'"):
        ask(UnbilledRequest(customers=("globx",)))
    with pytest.raises(WrongCall, match="--from comes first"):
        ask(UnbilledRequest(first="2026-02-02", last="2026-02-02"))


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "parquet"])
def test_it_is_written_in_every_form(open_desk: OpenDesk, tmp_path: Path, ending: str) -> None:
    desk = open_desk(text())
    desk.events(
        ("nobody", "gb", "2026-02-03T00:00:00Z", {"gb": "1.50"}), ("nobody", "x", "2026-02-03T00:00:00Z")
    )
    path = tmp_path / f"unbilled.{ending}"
    assert desk.workspace.report_unbilled(UnbilledRequest(), path) == 2
    assert path.stat().st_size > 100
    if ending == "json":
        first, second = json.loads(path.read_bytes())
        assert first["usage"] == {"gb": "1.5", "peak": "1.5"}
        assert (second["customer"], second["usage"]) == (None, {})


def test_what_is_unbilled_is_not_in_any_invoice(open_desk: OpenDesk) -> None:
    desk = open_desk(text(subscription={"start": "2026-02-10"}))
    days = ("2026-02-01", "2026-02-09", "2026-02-10", "2026-02-28", "2026-03-01")
    desk.events(*(("acme", "calls", f"{day}T12:00:00Z") for day in days))
    run = desk.workspace.bill("2026")
    billed = sum(line.events for invoice in run.invoices for line in invoice.lines)
    assert billed + sum(one.events for one in desk.workspace.unbilled()) == len(days)
