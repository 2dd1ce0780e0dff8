"""Each stage of the funnel: what it counts as lost, the example it shows, the mend it names."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, metered
from tests.billing.why.closing import check_closing
from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.billing.why import Stage, Why, WhyRequest
from usagebill_tui.errors import NotFound, WrongCall

NOW = "2026-06-15T12:00:00Z"
GB: Table = {
    "code": "gb",
    "aggregation": "sum",
    "property": "gb",
    "filters": [{"property": "region", "op": "in", "value": ["us", "eu"]}],
    "exclude": [{"tier": "free"}],
}
METRICS: list[Table] = [
    GB,
    {"code": "calls", "aggregation": "count"},
    {"code": "spare", "aggregation": "count"},
]
PRODUCTS = {"gb": metered("gb", unit_amount="2"), "calls": metered("calls", unit_amount="0.10")}
US = {"gb": 3, "region": "us"}


def desk(open_desk: OpenDesk, now: str = NOW, **parts: Any) -> Desk:
    products = parts.pop("products", PRODUCTS)
    return open_desk(catalogue(products, **{"metrics": METRICS, **parts}), now)


def ask(
    one: Desk, metric: str = "gb", customer: str = "acme", first: str | None = None, last: str | None = None
) -> Why:
    answer = one.workspace.why(WhyRequest(customer=customer, metric=metric, first=first, last=last))
    check_closing(answer)
    return answer


def usage_row(
    day: str, account: str = "acme", metric: str = "gb", **data: Any
) -> tuple[str, str, str, Mapping[str, Any]]:
    return account, metric, f"{day}T10:00:00Z", {**US, **data}


def losing(answer: Why) -> list[str]:
    return [stage.name for stage in answer.stages if stage.lost]


def only(answer: Why, name: str) -> Stage:
    """Return the one stage that lost something."""
    assert losing(answer) == [name]
    return answer.stage(name)


def test_nothing_imported(open_desk: OpenDesk) -> None:
    answer = ask(desk(open_desk))
    assert (answer.counted, answer.answer) == (0, "No usage: 0 lines in 0 imports")
    assert answer.stage("read").mend == "`usagebill import FILE` brings events in"


def test_usage_that_counts_says_amount_and_invoice(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(usage_row("2026-06-02"), usage_row("2026-06-03"))
    answer = ask(one)
    assert answer.answer == "2 events count: gb: 6 = $12.00 on pro@1, on no invoice yet"
    assert losing(answer) == []
    (charge,) = answer.charges
    assert charge.steps == ("6 units × $2.00 = $12.00",)
    assert "has not ended" in (answer.stage("invoiced").mend or "")


def test_a_batch_taken_back(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    batch = one.events(usage_row("2026-06-02"), usage_row("2026-06-03")).batch
    assert batch is not None
    one.workspace.undo_batch(batch)
    stage = only(ask(one), "read")
    assert (stage.lost, stage.passed) == (2, 0)
    assert [reason.what for reason in stage.reasons] == [f"batch {batch} was taken back"]


def test_rejected_rows_that_name_the_customer(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(
        ("acme", "gb", "yesterday", US),
        ("acme-old", "gb", "yesterday", US),
        ("globex", "calls", "yesterday"),
        usage_row("2026-06-02"),
    )
    stage = only(ask(one), "rejected")
    assert (stage.lost, stage.suspect) == (3, True)
    assert stage.example is not None
    assert (stage.example.line, "yesterday" in stage.example.value) == (1, True)
    assert "usagebill rejects 1 --out FILE" in (stage.mend or "")
    # `acme-old` is another name than `acme`, but its row speaks of the metric.
    assert [(reason.what, reason.events) for reason in stage.reasons] == [("named here", 2), ("of others", 1)]


def test_rejected_rows_of_a_batch_taken_back_are_its_own_loss(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    batch = one.events(("acme", "gb", "yesterday", US), usage_row("2026-06-02")).batch
    assert batch is not None
    one.workspace.undo_batch(batch)
    answer = ask(one)
    assert losing(answer) == ["read"]
    assert answer.stage("rejected").example is None


def delivered(one: Desk, name: str, value: str, **request: Any) -> None:
    path = Path(one.folder / name)
    path.write_text(
        f"id,account,metric,timestamp,gb,region\nx,acme,gb,2026-06-02T00:00:00Z,{value},us\n",
        encoding="utf-8",
    )
    one.workspace.import_events([path], ImportRequest(**request))


def test_duplicates_are_set_apart_and_conflicts_lost(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    delivered(one, "a.csv", "3")
    delivered(one, "b.csv", "3 ")
    delivered(one, "c.csv", "3", again=True)
    stage = only(ask(one), "conflicts")
    assert (stage.entered, stage.passed, stage.apart, stage.lost) == (3, 1, 1, 1)
    assert stage.example is not None
    assert stage.example.event is not None
    assert (stage.example.event.id, stage.example.batch) == ("x", 2)
    assert "--on-conflict replace" in (stage.mend or "")


def test_a_replaced_event_is_a_conflict_too(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    delivered(one, "a.csv", "3")
    delivered(one, "b.csv", "4", on_conflict="replace")
    answer = ask(one)
    assert (answer.stage("conflicts").lost, answer.counted) == (1, 1)
    assert answer.charges[0].units == 4


def test_an_account_that_is_nearly_the_customers(open_desk: OpenDesk) -> None:
    one = desk(open_desk, more=[{"id": "globex"}])
    one.events(
        usage_row("2026-06-02", "ACME"), usage_row("2026-06-02", "other"), usage_row("2026-06-02", "globex")
    )
    stage = only(ask(one), "account")
    assert (stage.passed, stage.apart, stage.lost, stage.in_period, stage.suspected) == (0, 1, 2, 2, 1)
    assert [reason.what for reason in stage.reasons] == ["other customers' events", "'ACME'", "'other'"]
    assert stage.example is not None
    assert stage.example.event is not None
    assert stage.example.event.account == "ACME"
    assert "`aliases`" in (stage.mend or "")


def test_names_whose_numbers_differ_are_not_suspected(open_desk: OpenDesk) -> None:
    one = desk(open_desk, customer={"aliases": ["cust-17"]})
    one.events(
        usage_row("2026-06-02", "cust-18"), usage_row("2026-06-02", "Cust_17"), usage_row("2026-06-02")
    )
    stage = only(ask(one), "account")
    assert (stage.lost, stage.suspected) == (2, 1)


def test_an_unknown_customer_that_events_name(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(usage_row("2026-06-02", "acmee"), usage_row("2026-06-02"))
    answer = ask(one, customer="acmee")
    assert answer.answer == (
        "No usage: there is no customer 'acmee'; 1 event carries that account; the nearest customer is 'acme'"
    )
    assert answer.stage("account").verdict == "none"
    assert {stage.verdict for stage in answer.stages[4:]} == {"unreached"}


def test_an_alias_or_a_subscription_finds_its_customer(open_desk: OpenDesk) -> None:
    one = desk(open_desk, customer={"aliases": ["cus_1"]})
    one.events(usage_row("2026-06-02", "acme-pro"), usage_row("2026-06-02", "cus_1"))
    for name in ("acme-pro", "cus_1"):
        answer = ask(one, customer=name)
        assert (answer.customer, answer.counted) == ("acme", 2)
        bill = ask(one, customer=name, first="2026-06-01", last="2026-06-10").stage("invoiced")
        assert bill.apart == 2
    one.now = datetime(2026, 7, 2, tzinfo=UTC)
    waiting = ask(one, customer="cus_1", first="2026-06-01", last="2026-07-01").stage("invoiced")
    assert "usagebill bill 2026-06-01..2026-07-01 --customer acme" in (waiting.mend or "")


def test_without_dates_a_running_subscription_is_meant_before_one_to_come(open_desk: OpenDesk) -> None:
    following = {"id": "acme-next", "start": "2026-07-01"}
    one = desk(open_desk, subscription={"end": "2026-07-01"}, others=[following])
    one.events(usage_row("2026-06-02"))
    answer = ask(one)
    assert (answer.subscription, answer.period.start.month, answer.counted) == ("acme-pro", 6, 1)


def test_a_metric_code_that_is_nearly_right(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(("acme", "call", "2026-06-02T00:00:00Z"), ("acme", "spare", "2026-06-02T00:00:00Z"))
    answer = ask(one, "calls")
    stage = only(answer, "metric")
    assert (stage.apart, stage.lost, stage.suspected) == (1, 1, 1)
    assert "1 event carries 'call', to which no metric listens" in answer.answer
    assert 'event = "call"' in (stage.mend or "")


def test_an_unknown_metric_that_events_carry(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(("acme", "api_call", "2026-06-02T00:00:00Z"))
    assert ask(one, "api_call").answer == (
        "No usage: there is no metric 'api_call'; 1 event carries that code; the nearest metric is 'calls'"
    )


def test_no_mend_takes_a_metric_away_from_the_code_that_other_events_carry(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(usage_row("2026-06-02", metric="calls"), usage_row("2026-06-03", metric="Calls"))
    same = "if they are the same: write 'calls' in the file and import it again with --on-conflict replace"
    mend = f'{same}; if not: add a metric with `event = "Calls"`'
    assert only(ask(one, "calls"), "metric").mend == mend
    assert [stage.mend for stage in ask(one, "Calls").stages if stage.name == "metric"] == [mend]
    # Nobody's events carry a name that was mistyped.
    assert [s.mend for s in ask(one, "cals").stages if s.name == "metric"] == ["ask for --metric calls"]


def test_an_unknown_metric_near_to_what_events_carry(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(("acme", "tokens_in", "2026-06-02T00:00:00Z"))
    answer = ask(one, "tokens.in")
    assert "there is no metric 'tokens.in'; events carry 'tokens_in'" in answer.answer


def test_the_code_of_a_metrics_events_finds_the_metric(open_desk: OpenDesk) -> None:
    one = desk(open_desk, metrics=[{**GB, "event": "disk"}, *METRICS[1:]])
    one.events(usage_row("2026-06-02", metric="disk"))
    answer = ask(one, "disk")
    assert (answer.metric, answer.counted) == ("gb", 1)


@pytest.mark.parametrize(
    ("data", "reason", "value", "mend"),
    [
        ({"gb": None}, "gb is missing", "gb is missing", "(region)"),
        ({"gb": None, "GB": 3}, "gb is missing", "gb is missing", "'GB'"),
        ({"gb": "3 GB"}, "gb is not a number", "gb = 3 GB", "--on-conflict replace"),
        ({"gb": True}, "gb is not a number", "gb = true", "--on-conflict replace"),
    ],
)
def test_a_property_that_cannot_be_used(
    open_desk: OpenDesk, data: dict[str, Any], reason: str, value: str, mend: str
) -> None:
    one = desk(open_desk)
    one.events(usage_row("2026-06-02", **data), usage_row("2026-06-03"), usage_row("2026-05-03", **data))
    stage = only(ask(one), "property")
    assert (stage.lost, stage.in_period, stage.passed) == (2, 1, 1)
    assert [one.what for one in stage.reasons] == [reason]
    assert stage.example is not None
    assert stage.example.value == value
    assert stage.example.event is not None
    assert stage.example.event.timestamp == 1780394400000000
    assert mend in (stage.mend or "")


@pytest.mark.parametrize(
    ("data", "reason", "value"),
    [
        ({"region": "ap"}, "the filter region in us or eu does not hold", "region = ap"),
        ({"region": None}, "the filter region in us or eu does not hold", "region is missing"),
        ({"tier": "free"}, "excluded by tier = free", "tier = free"),
    ],
)
def test_filters_and_exclusions(open_desk: OpenDesk, data: dict[str, Any], reason: str, value: str) -> None:
    one = desk(open_desk)
    one.events(usage_row("2026-06-02", **data), usage_row("2026-06-03"))
    stage = only(ask(one), "filters")
    assert (stage.lost, stage.in_period) == (1, 1)
    assert stage.reasons[0].what == reason
    assert stage.example is not None
    assert stage.example.value == value


def test_usage_in_other_periods_says_where(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(
        *(usage_row(day) for day in ("2026-03-02", "2026-05-02", "2026-05-31", "2026-07-01", "2026-08-09"))
    )
    answer = ask(one)
    stage = answer.stage("period")
    assert (stage.verdict, stage.apart, stage.lost) == ("none", 5, 0)
    assert [(one.what, one.events) for one in stage.reasons] == [
        ("earlier", 1),
        ("in the period before", 2),
        ("in the period after", 1),
        ("later", 1),
    ]
    assert "from 2026-03-02T10:00:00Z to 2026-08-09T10:00:00Z" in answer.answer


def test_the_edges_of_a_period_are_half_open(open_desk: OpenDesk) -> None:
    one = desk(open_desk, customer={"timezone": "America/New_York"})
    times = (
        "2026-06-01T03:59:59.999999Z",
        "2026-06-01T04:00:00Z",
        "2026-06-15T11:59:59Z",
        "2026-06-15T12:00:00Z",
    )
    one.events(*(("acme", "gb", time, US) for time in times))
    answer = ask(one)
    assert answer.counted == 2
    assert [(one.what, one.events) for one in answer.stage("period").reasons] == [
        ("in the period before", 1),
        ("in the period, dated later than now", 1),
    ]


def test_explicit_dates_need_no_whole_period(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(*(usage_row(day) for day in ("2026-06-01", "2026-06-02", "2026-06-03", "2026-06-04")))
    answer = ask(one, first="2026-06-02", last="2026-06-04")
    assert answer.counted == 2
    assert [(r.what, r.events) for r in answer.stage("period").reasons] == [
        ("in the period before", 1),
        ("in the period after", 1),
    ]


def test_a_subscription_that_was_not_active(open_desk: OpenDesk) -> None:
    one = desk(open_desk, subscription={"start": "2026-06-03", "end": "2026-06-05"})
    one.events(
        *(usage_row(day) for day in ("2026-06-02", "2026-06-03", "2026-06-04", "2026-06-05", "2026-06-06"))
    )
    stage = only(ask(one), "subscription")
    assert (stage.passed, stage.lost, stage.in_period) == (2, 3, 3)
    assert [(one.what, one.events) for one in stage.reasons] == [
        ("after acme-pro ended on 2026-06-05", 2),
        ("before acme-pro starts on 2026-06-03", 1),
    ]


def test_a_customer_without_a_subscription(open_desk: OpenDesk) -> None:
    one = desk(open_desk, more=[{"id": "globex"}])
    one.events(usage_row("2026-06-02", "globex"))
    stage = only(ask(one, customer="globex"), "subscription")
    assert stage.reasons[0].what == "the customer has no subscription"


def test_without_dates_the_last_period_of_an_ended_subscription_is_meant(open_desk: OpenDesk) -> None:
    one = desk(open_desk, subscription={"end": "2026-03-10"})
    one.events(usage_row("2026-03-02"))
    answer = ask(one)
    assert (answer.period.start.month, answer.counted) == (3, 1)


def test_a_metric_that_is_on_no_product_of_the_plan(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(usage_row("2026-06-02", metric="spare"))
    answer = ask(one, "spare")
    assert only(answer, "plan").reasons[0].what == "pro@1 has no product for spare"
    assert answer.charges == ()


def test_two_subscriptions_that_price_a_metric_need_to_be_named(open_desk: OpenDesk) -> None:
    two = {"id": "acme-two", "aliases": ["two"]}
    one = desk(open_desk, subscription={"aliases": ["one"]}, others=[two])
    one.events(usage_row("2026-06-02"), usage_row("2026-06-03", "two"), usage_row("2026-06-04", "one"))
    answer = ask(one)
    stage = only(answer, "plan")
    assert (stage.lost, answer.counted) == (1, 2)
    assert "names neither" in stage.reasons[0].what
    assert "name the subscription" in (stage.mend or "")
    assert sorted(charge.subscription for charge in answer.charges) == ["acme-pro", "acme-two"]


def test_trial_days_are_free(open_desk: OpenDesk) -> None:
    one = desk(open_desk, plan={"trial_days": 10}, subscription={"start": "2026-06-01"})
    one.events(usage_row("2026-06-10"), usage_row("2026-06-11"))
    answer = ask(one)
    stage = only(answer, "priced")
    assert [(r.what, r.events) for r in stage.reasons] == [("free during the trial", 1)]
    assert (answer.counted, answer.charges[0].events) == (1, 1)


def test_a_recurring_metric_carries_events_from_before_the_period(open_desk: OpenDesk) -> None:
    stored: Table = {
        "code": "stored",
        "event": "gb",
        "aggregation": "sum",
        "property": "gb",
        "recurring": True,
    }
    one = desk(open_desk, metrics=[stored, *METRICS], products={"stored": metered("stored", unit_amount="1")})
    one.events(usage_row("2025-12-31"), usage_row("2026-02-02"), usage_row("2026-06-03"))
    answer = ask(one, "stored")
    assert (answer.counted, answer.charges[0].events, answer.charges[0].units) == (2, 2, Decimal(6))


@pytest.mark.parametrize(
    ("price", "note"),
    [
        ({"unit_amount": "2", "free_units": "100"}, "3 cost nothing: it lies within the free units"),
        (
            {"model": "tiered", "tiers": [{"up_to": 5, "unit_amount": "0"}, {"unit_amount": "1"}]},
            "3 cost nothing: the price there is 0",
        ),
        ({"unit_amount": "2", "minimum_amount": "10"}, "raised to the minimum charge by $4.00"),
        ({"unit_amount": "2", "maximum_amount": "5"}, "held at the maximum charge"),
        ({"unit_amount": "0.0001"}, "3 cost nothing: the steps say why (a discount, a maximum, rounding)"),
    ],
)
def test_how_an_amount_came_about(open_desk: OpenDesk, price: dict[str, Any], note: str) -> None:
    one = desk(open_desk, products={"gb": metered("gb", **price)})
    one.events(usage_row("2026-06-02"))
    answer = ask(one)
    assert note in answer.charges[0].notes
    assert note in answer.findings


def test_drafts_final_invoices_and_late_events(open_desk: OpenDesk) -> None:
    may = {"first": "2026-05-01", "last": "2026-06-01"}
    one = desk(open_desk)
    one.events(usage_row("2026-05-02"))
    waiting = ask(one, **may).stage("invoiced")
    assert (waiting.apart, waiting.passed) == (1, 0)
    assert "usagebill bill 2026-05-01..2026-06-01 --customer acme" in (waiting.mend or "")
    one.workspace.bill("2026-05")
    assert "(draft)" in ask(one, **may).stage("invoiced").said
    one.workspace.bill("2026-05", finalize=True)
    one.events(usage_row("2026-05-03"))
    answer = ask(one, **may)
    stage = only(answer, "invoiced")
    assert (stage.passed, stage.lost, answer.counted) == (1, 1, 2)
    assert "INV-0001 (final), which says 3 = $6.00: 1 event more now" in answer.answer
    assert "report adjustments" in (stage.mend or "")


def test_a_void_invoice_is_named(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(usage_row("2026-05-02"))
    one.workspace.bill("2026-05", finalize=True)
    one.workspace.void("INV-0001")
    stage = ask(one, first="2026-05-01", last="2026-06-01").stage("invoiced")
    assert stage.said == "on no invoice yet; INV-0001 is void"


def test_a_metric_of_an_earlier_plan_version_is_what_counts(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(usage_row("2026-06-02", region="ap"))
    one.apply(
        catalogue(PRODUCTS, metrics=[{**GB, "filters": []}, *METRICS[1:]], subscription={"plan": "pro@1"})
    )
    answer = ask(one)
    assert only(answer, "filters").lost == 1
    assert any("by an earlier definition" in finding for finding in answer.findings)


def test_the_events_that_a_stage_lost_can_be_listed(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(
        usage_row("2026-06-02", gb="x"),
        usage_row("2026-06-01", gb=None),
        usage_row("2026-06-04", region="ap"),
        usage_row("2026-05-04"),
        usage_row("2026-06-05"),
    )
    answer = ask(one)
    listed = {
        name: [event.id for event in one.workspace.events_lost(answer, name)]
        for name in ("property", "filters", "period", "invoiced", "account")
    }
    assert listed == {
        "property": ["1-1", "1-0"],
        "filters": ["1-2"],
        "period": ["1-3"],
        "invoiced": ["1-4"],
        "account": [],
    }
    assert [event.id for event in one.workspace.events_lost(answer, "property", 1)] == ["1-1"]


def test_names_that_nothing_knows_are_errors(open_desk: OpenDesk) -> None:
    one = desk(open_desk)
    one.events(usage_row("2026-06-02"))
    with pytest.raises(NotFound, match="did you mean 'acme'"):
        ask(one, customer="acmee")
    with pytest.raises(NotFound, match="did you mean 'calls'"):
        ask(one, "call")
    with pytest.raises(WrongCall, match="--to without --from"):
        ask(one, last="2026-06-01")
    with pytest.raises(WrongCall, match="--from comes first"):
        ask(one, first="2026-06-02", last="2026-06-01")
