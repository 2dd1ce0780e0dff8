"""The counts of all stages, and what is unbilled, against a plain model that looks at one event at a time."""

import json
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.desk import Desk, catalogue, metered
from tests.billing.why.closing import check_closing
from usagebill_tui.billing.usage.unbilled import UnbilledRequest
from usagebill_tui.billing.why import WhyRequest

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
START, END, TRIAL_ENDS = date(2026, 5, 20), date(2026, 6, 12), date(2026, 6, 2)
TEXT = catalogue(
    {"gb": metered("gb", unit_amount="1")},
    metrics=[
        {
            "code": "gb",
            "aggregation": "sum",
            "property": "gb",
            "filters": [{"property": "region", "op": "ne", "value": "ap"}],
            "exclude": [{"tier": "free", "region": "us"}],
        },
        {"code": "calls", "aggregation": "count"},
    ],
    plan={"trial_days": 13},
    subscription={"start": START, "end": END},
    more=[{"id": "globex"}],
)


class Row(NamedTuple):
    """One delivery: None for a timestamp that cannot be read."""

    id: int
    account: str
    metric: str
    at: datetime | None
    properties: dict[str, Any]


ROWS = st.builds(
    Row,
    id=st.integers(0, 20),
    account=st.sampled_from(["acme", "acme", "acme", "acme-pro", "globex", "nobody", "Acme"]),
    metric=st.sampled_from(["gb", "gb", "gb", "calls", "g.b", "rows"]),
    at=st.one_of(
        st.none(),
        st.integers(-70 * 24, 70 * 24).map(
            lambda hours: datetime(2026, 6, 1, tzinfo=UTC) + timedelta(hours=hours)
        ),
        st.sampled_from([datetime(2026, 5, 20, tzinfo=UTC), datetime(2026, 6, 12, tzinfo=UTC), NOW]),
    ),
    properties=st.fixed_dictionaries(
        {},
        optional={
            "gb": st.sampled_from([1, 2, "3", "many", True, None]),
            "region": st.sampled_from(["us", "ap", None]),
            "tier": st.just("free"),
        },
    ),
)


def ending(row: Row, metric: str) -> tuple[str, str]:
    """Return the stage at which a plain reading of the rules ends an event, and how."""
    if row.account not in {"acme", "acme-pro"}:
        return "account", "apart" if row.account == "globex" else "lost"
    if row.metric != metric:
        return "metric", "apart" if row.metric in {"gb", "calls"} else "lost"
    if metric == "gb" and not is_number(row.properties.get("gb")):
        return "property", "lost"
    if metric == "gb" and is_filtered(row.properties):
        return "filters", "lost"
    return dated(row.at or NOW, metric)


def is_number(value: object) -> bool:
    return value is not True and value in {1, 2, "3"}


def is_filtered(properties: dict[str, Any]) -> bool:
    region = properties.get("region")
    return region == "ap" or (region == "us" and "tier" in properties)


def dated(at: datetime, metric: str) -> tuple[str, str]:
    """Return where an event ends that only its time decides about."""
    if not datetime(2026, 6, 1, tzinfo=UTC) <= at < NOW:
        return "period", "apart"
    if not START <= at.date() < END:
        return "subscription", "lost"
    if metric == "calls":
        return "plan", "lost"
    return "priced", "lost" if at.date() < TRIAL_ENDS else "counted"


def unbilled_reason(row: Row) -> str | None:
    """Return why nobody is charged for an event."""
    assert row.at is not None
    if row.account in {"nobody", "Acme"}:
        return "unknown account"
    if row.metric in {"g.b", "rows"}:
        return "unknown metric"
    if row.account == "globex" or not START <= row.at.date() < END:
        return "no subscription"
    return None if row.metric == "gb" else "not on the plan"


def content(row: Row) -> tuple[object, ...]:
    present = {name: (type(value), value) for name, value in row.properties.items() if value is not None}
    return row.account, row.metric, row.at, present


def deliver(desk: Desk, name: str, rows: list[Row]) -> None:
    lines = [
        {
            "id": f"e{row.id}",
            "account": row.account,
            "metric": row.metric,
            "timestamp": "never" if row.at is None else row.at.isoformat(),
            "properties": row.properties,
        }
        for row in rows
    ]
    path = desk.folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    desk.workspace.import_events([path])


def expected(first: list[Row], second: list[Row], metric: str) -> dict[tuple[str, str], int]:
    """Return how many deliveries end at each stage, and how."""
    counts: Counter[tuple[str, str]] = Counter()
    counting: dict[int, Row] = {}
    for row in [*first, *second]:
        if row.at is None:
            counts["rejected", "lost"] += 1
        elif row.id in counting:
            same = content(counting[row.id]) == content(row)
            counts["conflicts", "apart" if same else "lost"] += 1
        else:
            counting[row.id] = row
            counts[ending(row, metric)] += 1
    return dict(counts)


BATCH = st.lists(ROWS, unique_by=lambda row: row.id, min_size=1, max_size=14)


@settings(max_examples=7)
@given(first=BATCH, again=st.integers(0, 5), more=BATCH, metric=st.sampled_from(["gb", "gb", "calls"]))
def test_every_delivery_ends_where_a_plain_reading_of_the_rules_ends_it(
    first: list[Row], again: int, more: list[Row], metric: str
) -> None:
    repeated = first[:again]
    second = repeated + [row for row in more if row.id not in {one.id for one in repeated}]
    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder), TEXT, NOW.isoformat()) as desk:
        deliver(desk, "first.jsonl", first)
        deliver(desk, "second.jsonl", [*second, Row(99, "acme", metric, None, {})])
        answer = desk.workspace.why(
            WhyRequest(customer="acme", metric=metric, first="2026-06-01", last="2026-07-01")
        )
        check_closing(answer)
        found = {(s.name, "lost"): s.lost for s in answer.stages if s.name != "invoiced"}
        found |= {(s.name, "apart"): s.apart for s in answer.stages if s.name != "invoiced"}
        found["priced", "counted"] = answer.counted
        second = [*second, Row(99, "acme", metric, None, {})]
        wanted = expected(first, second, metric)
        assert {key: count for key, count in found.items() if count} == wanted
        assert sum(charge.events for charge in answer.charges) == answer.counted
        for stage in ("property", "filters", "period", "subscription", "plan", "priced"):
            listed = list(desk.workspace.events_lost(answer, stage))
            assert len(listed) == answer.stage(stage).lost + answer.stage(stage).apart
            assert listed == sorted(listed, key=lambda event: (event.timestamp, event.source, event.id))


@settings(max_examples=5)
@given(rows=BATCH)
def test_what_is_unbilled_is_what_nobody_is_charged_for(rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder), TEXT, NOW.isoformat()) as desk:
        deliver(desk, "rows.jsonl", rows)
        wanted: Counter[tuple[str, str, str]] = Counter()
        for row in rows:
            if row.at is not None and (reason := unbilled_reason(row)) is not None:
                wanted[row.account, row.metric, reason] += 1
        found: Counter[tuple[str, str, str]] = Counter()
        for one in desk.workspace.unbilled(UnbilledRequest()):
            found[one.account, one.metric, one.reason] += one.events
        assert found == wanted
