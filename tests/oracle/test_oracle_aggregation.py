import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.model.columns import columns_of
from tests.model.conditions import matches
from tests.model.reference import CARRIED, ModelEvent, aggregate, properties
from usagebill_tui.domain.aggregation import MeasuredPeriod
from usagebill_tui.domain.aggregation.evaluating import evaluate_all
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.quantity import round_to
from usagebill_tui.plugin.registry import builtin_registry

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("aggregation.json").read_text("utf-8"))
KNOWN = builtin_registry().aggregations


def microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def metric_of(case: dict[str, Any]) -> Metric:
    return msgspec.convert({"code": case["id"], **case["metric"]}, Metric)


def events_of(case: dict[str, Any]) -> list[ModelEvent]:
    return [
        ModelEvent(microseconds(event["timestamp"]), "", f"{place:03}", properties(event["properties"]))
        for place, event in enumerate(case["events"])
    ]


def expected_of(case: dict[str, Any], metric: Metric) -> dict[tuple[str | None, ...], Decimal]:
    if "expected_value" in case:
        return {(): Decimal(case["expected_value"])}
    return {
        tuple(each["group"][key] for key in metric.group_by): Decimal(each["value"])
        for each in case["expected_groups"]
    }


def compared(case: dict[str, Any], units: Decimal | None) -> Decimal | None:
    """Round a value to what the peer states."""
    decimals = case.get("compare_rounded_to_decimals")
    return units if units is None or decimals is None else round_to(units, decimals)


def test_no_case_is_passed_over() -> None:
    assert {case["metric"]["aggregation"] for case in CASES} <= set(KNOWN)
    assert len(CASES) == 17


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_peer_agrees_with_the_model(case: dict[str, Any]) -> None:
    metric = metric_of(case)
    start, end = (microseconds(case["period"][key]) for key in ("from", "to_exclusive"))
    outcome = aggregate(metric, events_of(case), start, end, metric.group_by)
    found = {group: compared(case, units) for group, (units, _, _) in outcome.items()}
    assert found == expected_of(case, metric)


@pytest.mark.parametrize(
    "case", [case for case in CASES if "expected_value" in case], ids=lambda case: case["id"]
)
def test_a_peer_agrees_with_the_measures(case: dict[str, Any]) -> None:
    metric, aggregation = metric_of(case), KNOWN[case["metric"]["aggregation"]]
    start, end = (microseconds(case["period"][key]) for key in ("from", "to_exclusive"))
    carried = metric.recurring and metric.aggregation in CARRIED
    events = [
        event
        for event in events_of(case)
        if event.timestamp < end and (carried or event.timestamp >= start) and matches(metric, event)
    ]
    params = msgspec.convert(metric.params, aggregation.parameters)
    paths = [metric.property or "", "operation_type"]
    period = MeasuredPeriod(start=start, until=end, length=end - start)
    columns = [columns_of(events, paths)]
    units = evaluate_all(aggregation, metric.property or "", params, columns, period)
    if metric.rounding is not None and units is not None:
        units = metric.rounding.apply(units)
    assert compared(case, units) == Decimal(case["expected_value"])
