"""Prices that differ by a property's value, and prices of each group: every event is charged exactly once."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, metered
from usagebill_tui.billing.parity import ParityRequest, read_statement
from usagebill_tui.billing.simulating import SimulationRequest
from usagebill_tui.billing.why import WhyRequest
from usagebill_tui.billing.why.charging import said_of
from usagebill_tui.domain.invoice import Invoice, invoice_json, read_invoice
from usagebill_tui.domain.narrowing import Narrowing
from usagebill_tui.domain.periods import parse_period

BY_REGION = {
    "model": "per_unit",
    "unit_amount": "1",
    "by": [
        {"when": {"region": "eu"}, "model": "per_unit", "unit_amount": "2"},
        {"when": {"region": "eu", "tier": ["gold", "silver"]}, "model": "per_unit", "unit_amount": "3"},
    ],
}
AT = "2026-10-05T00:00:00Z"


def gb(amount: str, **properties: object) -> tuple[str, str, str, Table]:
    return "acme", "gb", AT, {"gb": amount, **properties}


def october(desk: Desk) -> Invoice:
    (invoice,) = desk.workspace.bill("2026-10").invoices
    return invoice


def told(invoice: Invoice) -> list[tuple[str, dict[str, str | None] | None, str, str]]:
    return [
        (
            line.description,
            None if line.group is None else dict(line.group),
            str(line.units),
            str(line.amount),
        )
        for line in invoice.lines
    ]


def test_the_most_specific_price_counts_and_the_rest_has_the_default(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"storage": metered("gb", **BY_REGION)}))
    desk.events(
        gb("1", region="us"),
        gb("10"),
        gb("100", region=None),
        gb("1000", region="eu"),
        gb("10000", region="eu", tier="bronze"),
        gb("100000", region="eu", tier="gold"),
        gb("1000000", region="eu", tier="silver"),
        gb("10000000", region="us", tier="gold"),
    )
    invoice = october(desk)
    assert told(invoice) == [
        ("storage (region: eu)", {"region": "eu"}, "11000", "22000.00"),
        (
            "storage (region: eu, tier: gold, silver)",
            {"region": "eu", "tier": "gold, silver"},
            "1100000",
            "3300000.00",
        ),
        ("storage (other)", None, "10000111", "10000111.00"),
    ]
    assert [line.events for line in invoice.lines] == [2, 2, 4]


def test_numbers_match_as_numbers_and_true_as_true(open_desk: OpenDesk) -> None:
    price = {
        "unit_amount": "1",
        "model": "per_unit",
        "by": [
            {"when": {"size": 2}, "unit_amount": "10"},
            {"when": {"spot": True}, "unit_amount": "100"},
        ],
    }
    desk = open_desk(catalogue({"storage": metered("gb", **price)}))
    desk.events(
        gb("1", size=2), gb("1", size="2.0"), gb("1", size="two"), gb("1", spot=True), gb("1", spot="true")
    )
    assert [str(line.amount) for line in october(desk).lines] == ["20.00", "200.00", "1.00"]


def test_of_equally_specific_prices_the_first_written_counts(open_desk: OpenDesk) -> None:
    price = {
        "model": "per_unit",
        "unit_amount": "1",
        "by": [
            {"when": {"tier": "gold"}, "unit_amount": "10"},
            {"when": {"region": ["eu", "uk"]}, "unit_amount": "100"},
        ],
    }
    desk = open_desk(catalogue({"storage": metered("gb", **price)}))
    desk.events(gb("1", tier="gold", region="eu"), gb("1", region="uk"))
    invoice = october(desk)
    assert [str(line.amount) for line in invoice.lines] == ["10.00", "100.00"]
    assert invoice.lines[1].part == Narrowing(
        when={"region": ("eu", "uk")}, without=({"tier": "gold"},), group_by=()
    )


def test_each_group_is_priced_by_itself_with_its_own_free_units(open_desk: OpenDesk) -> None:
    price = {"model": "per_unit", "unit_amount": "1", "free_units": "5", "group_by": ["project"]}
    desk = open_desk(catalogue({"storage": metered("gb", **price)}))
    desk.events(
        gb("4", project="a"), gb("4", project="a"), gb("4", project="b"), gb("9"), gb("1", project=None)
    )
    invoice = october(desk)
    assert told(invoice) == [
        ("storage (project: none)", {"project": None}, "10", "5.00"),
        ("storage (project: a)", {"project": "a"}, "8", "3.00"),
        ("storage (project: b)", {"project": "b"}, "4", "0.00"),
    ]
    assert str(invoice.subtotal) == "8.00"


def test_groups_are_told_apart_by_their_texts(open_desk: OpenDesk) -> None:
    price = {"model": "per_unit", "unit_amount": "1", "group_by": ["version"]}
    desk = open_desk(catalogue({"storage": metered("gb", **price)}))
    desk.events(gb("1", version="1"), gb("2", version="1.0"), gb("4", version=1))
    invoice = october(desk)
    assert [(line.group, str(line.units)) for line in invoice.lines] == [
        ({"version": "1"}, "5"),
        ({"version": "1.0"}, "2"),
    ]
    explanation = desk.workspace.explain(invoice.id)
    behind = [
        sorted(event.properties["gb"].as_text() for event in desk.workspace.events_behind(explanation, one))
        for one in explanation.lines
    ]
    assert behind == [["1", "4"], ["2"]]


def test_parts_and_groups_go_together(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"storage": metered("gb", **BY_REGION, group_by=["project"])}))
    desk.events(
        gb("1", region="eu", project="a"),
        gb("1", region="eu", tier="gold", project="a"),
        gb("1", project="a"),
        gb("1", region="eu"),
    )
    assert told(october(desk)) == [
        ("storage (region: eu, project: none)", {"region": "eu", "project": None}, "1", "2.00"),
        ("storage (region: eu, project: a)", {"region": "eu", "project": "a"}, "1", "2.00"),
        (
            "storage (region: eu, tier: gold, silver, project: a)",
            {"region": "eu", "tier": "gold, silver", "project": "a"},
            "1",
            "3.00",
        ),
        ("storage (other, project: a)", {"project": "a"}, "1", "1.00"),
    ]


def test_each_price_has_its_own_flat_amount_minimum_maximum_and_discount(open_desk: OpenDesk) -> None:
    price = {
        "model": "per_unit",
        "unit_amount": "1",
        "maximum_amount": "3",
        "by": [
            {"when": {"region": "eu"}, "unit_amount": "1", "minimum_amount": "10"},
            {"when": {"region": "us"}, "unit_amount": "1", "discount_percent": "50", "free_units": "2"},
            {
                "when": {"region": "uk"},
                "model": "tiered",
                "tiers": [{"unit_amount": "0", "flat_amount": "7"}],
            },
            {"when": {"region": "jp"}, "unit_amount": "1"},
        ],
    }
    desk = open_desk(catalogue({"storage": metered("gb", **price)}))
    desk.events(gb("4", region="eu"), gb("4", region="us"), gb("4"))
    assert [(line.kind, line.description, str(line.amount)) for line in october(desk).lines] == [
        ("usage", "storage (region: eu)", "4.00"),
        ("minimum", "storage (region: eu): minimum charge", "6.00"),
        ("usage", "storage (region: us)", "1.00"),
        ("usage", "storage (region: uk)", "7.00"),
        ("usage", "storage (other)", "3.00"),
    ]


@pytest.mark.parametrize("divided", [{"group_by": ["project"]}, {"by": BY_REGION["by"]}])
def test_no_usage_at_all_is_one_line_of_nothing(open_desk: OpenDesk, divided: Table) -> None:
    price = {"model": "per_unit", "unit_amount": "1", **divided}
    desk = open_desk(
        catalogue({"storage": metered("gb", **price), "top": metered("peak", **price)}, metrics=METRICS)
    )
    (storage, top) = october(desk).lines
    assert (storage.description, str(storage.units), str(storage.amount)) == ("storage", "0", "0.00")
    assert (top.units, [step.description for step in top.steps]) == (None, ["no usage"])
    assert storage.part is None
    assert storage.group is None


METRICS: list[Table] = [
    {"code": "gb", "aggregation": "sum", "property": "gb"},
    {"code": "peak", "event": "other", "aggregation": "max", "property": "gb"},
]


def test_more_groups_than_a_price_takes_are_not_priced(open_desk: OpenDesk) -> None:
    desk = open_desk(
        catalogue({"storage": metered("gb", model="per_unit", unit_amount="1", group_by=["project"])})
    )
    desk.events(*(gb("1", project=f"p{n}") for n in range(1_001)))
    run = desk.workspace.bill("2026-10", finalize=True)
    (line,) = run.invoices[0].lines
    assert (str(line.amount), line.events, run.invoices[0].status) == ("0.00", 1001, "draft")
    assert "its usage is in 1,001 groups" in run.not_rated[0].reason
    assert "fewer values" in run.not_rated[0].reason


def test_a_thousand_groups_are_priced(open_desk: OpenDesk) -> None:
    desk = open_desk(
        catalogue({"storage": metered("gb", model="per_unit", unit_amount="1", group_by=["project"])})
    )
    desk.events(*(gb("1", project=f"p{n}") for n in range(1_000)))
    invoice = october(desk)
    assert (len(invoice.lines), str(invoice.subtotal)) == (1_000, "1000.00")


def test_models_that_walk_events_walk_those_of_their_part_and_group(open_desk: OpenDesk) -> None:
    walking = {"model": "percentage", "rate_percent": "10", "free_events": 1}
    price = {
        **walking,
        "by": [{"when": {"kind": "card"}, **walking, "rate_percent": "20"}],
        "group_by": ["shop"],
    }
    desk = open_desk(catalogue({"payments": metered("gb", **price)}))
    desk.events(
        gb("100", kind="card", shop="a"),
        gb("200", kind="card", shop="a"),
        gb("400", kind="card", shop="b"),
        gb("800", shop="a"),
        gb("1600", shop="a"),
    )
    assert [(line.group, str(line.amount)) for line in october(desk).lines] == [
        ({"kind": "card", "shop": "a"}, "40.00"),
        ({"kind": "card", "shop": "b"}, "0.00"),
        ({"shop": "a"}, "160.00"),
    ]


def test_an_invoice_reads_back_with_what_its_lines_count(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"storage": metered("gb", **BY_REGION)}))
    desk.events(gb("1", region="eu"), gb("1"))
    (final,) = desk.workspace.bill("2026-10", finalize=True).invoices
    table = invoice_json(final)
    assert table["lines"][0]["part"] == {
        "when": {"region": "eu"},
        "without": [{"region": "eu", "tier": ["gold", "silver"]}],
        "group_by": [],
    }
    assert read_invoice(msgspec.json.decode(msgspec.json.encode(table))).lines == final.lines
    assert desk.workspace.bill("2026-10").unchanged == 0
    assert {finding.status for finding in desk.workspace.verify()} == {"ok"}


def test_a_plain_price_makes_the_line_it_always_made(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"storage": metered("gb", model="per_unit", unit_amount="1")}))
    desk.events(gb("1"))
    (line,) = invoice_json(october(desk))["lines"]
    assert "part" not in line
    assert line["group"] is None


def test_late_events_adjust_the_lines_of_their_part_and_make_lines_of_new_groups(open_desk: OpenDesk) -> None:
    desk = open_desk(
        catalogue(
            {
                "storage": metered("gb", **BY_REGION),
                "projects": metered("gb", model="per_unit", unit_amount="5", group_by=["project"]),
            }
        )
    )
    desk.events(gb("1", region="eu", project="a"))
    (final,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert [str(line.amount) for line in final.lines] == ["2.00", "5.00"]
    desk.events(gb("1", region="eu", tier="gold", project="b"), gb("10", project="a"))
    (proposal,) = desk.workspace.adjustment_proposals()
    found = [
        (one.now.product, one.now.group, str(one.before), str(one.now.amount))
        for one in proposal.rest.differences
    ]
    assert found == [
        ("storage", {"region": "eu", "tier": "gold, silver"}, "0", "3.00"),
        ("storage", None, "0", "10.00"),
        ("projects", {"project": "a"}, "5.00", "55.00"),
        ("projects", {"project": "b"}, "0", "5.00"),
    ]
    assert {finding.status for finding in desk.workspace.verify()} == {"ok"}


def test_a_simulation_an_estimate_and_an_invoice_say_the_same(open_desk: OpenDesk) -> None:
    walking = {"model": "percentage", "rate_percent": "10", "free_events": 1, "group_by": ["project"]}
    text = catalogue(
        {
            "storage": metered("gb", **BY_REGION, group_by=["project"]),
            "stored": metered("stored", **BY_REGION),
            "peak": metered("peak", **BY_REGION, minimum_amount="2.5"),
            "cut": metered("gb", **walking),
        }
    )
    desk = open_desk(text, now="2026-10-31T23:59:59Z")
    desk.events(
        gb("3.5", region="eu", project="a"),
        gb("4.25", region="eu", tier="gold"),
        gb("0.005", project="b"),
        ("acme", "gb", "2026-09-03T00:00:00Z", {"gb": "7", "region": "us"}),
        ("acme", "gb", "2026-09-03T00:00:00Z", {"gb": "7", "region": "eu", "tier": "silver", "project": "z"}),
    )
    (estimate,) = desk.workspace.estimate()
    desk.now = datetime(2026, 11, 2, tzinfo=UTC)
    (invoice,) = desk.workspace.bill("2026-10").invoices
    assert told(estimate) == told(invoice)
    (row,) = desk.workspace.simulate(
        SimulationRequest(days=parse_period("2026-10"), text=text, name="same.toml")
    ).rows
    assert (row.before, row.after) == (invoice.subtotal, invoice.subtotal)


def test_recurring_levels_are_carried_in_each_part(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"stored": metered("stored", **BY_REGION)}))
    desk.events(
        ("acme", "gb", "2026-02-01T00:00:00Z", {"gb": "5", "region": "eu"}),
        ("acme", "gb", "2026-02-01T00:00:00Z", {"gb": "7"}),
        gb("-2", region="eu"),
    )
    assert told(october(desk)) == [
        ("stored (region: eu)", {"region": "eu"}, "3", "6.00"),
        ("stored (other)", None, "7", "7.00"),
    ]


def test_why_adds_the_parts_up_and_names_their_steps(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"storage": metered("gb", **BY_REGION), "top": metered("peak", **BY_REGION)}))
    desk.events(gb("1", region="eu"), gb("10"))
    october(desk)
    answer = desk.workspace.why(
        WhyRequest(customer="acme", metric="gb", first="2026-10-01", last="2026-11-01")
    )
    (charge,) = answer.charges
    assert (str(charge.units), charge.parts, charge.events, str(charge.amount)) == ("11", 2, 2, "12.00")
    assert charge.invoice is not None
    assert (charge.invoice.units, charge.invoice.amount) == (charge.units, charge.amount)
    assert charge.steps[0].startswith("storage (region: eu): ")
    answer = desk.workspace.why(
        WhyRequest(customer="acme", metric="peak", first="2026-10-01", last="2026-11-01")
    )
    assert answer.charges[0].units is None
    assert "2 lines = $12.00" in said_of(answer.charges[0])


def test_an_override_may_differ_by_property_and_the_plan_is_versioned(open_desk: OpenDesk) -> None:
    own = {"model": "per_unit", "unit_amount": "7", "by": [{"when": {"region": "eu"}, "unit_amount": "9"}]}
    products = {"storage": metered("gb", unit_amount="1", model="per_unit")}
    desk = open_desk(catalogue(products, subscription={"prices": {"storage": own}}))
    desk.events(gb("1", region="eu"), gb("1"))
    assert [str(line.amount) for line in october(desk).lines] == ["9.00", "7.00"]
    exported = desk.workspace.export_catalogue()
    assert 'prices = { storage = { model = "per_unit", unit_amount = "7", by = [' in exported
    assert desk.workspace.apply_catalogue_text(exported, "c.toml").changes == ()
    desk.apply(catalogue({"storage": metered("gb", **BY_REGION)}))
    assert max(version for _, version in desk.workspace.catalogue().versions) == 2


def test_the_day_by_day_usage_of_a_line_is_of_its_own_events(open_desk: OpenDesk) -> None:
    desk = open_desk(
        catalogue({"storage": metered("gb", **BY_REGION, group_by=["project"])}), now="2026-10-20T00:00:00Z"
    )
    desk.events(gb("1", region="eu", project="a"), gb("2", region="eu", project="b"), gb("4", project="a"))
    (comparison,) = desk.workspace.compare("acme")
    trends = [desk.workspace.trend(comparison, one) for one in comparison.lines if one.now is not None]
    assert [sum(row.units or 0 for row in one.usage) for one in trends if one is not None] == [1, 2, 4]


def test_parity_charges_all_parts_again_from_late_events(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"storage": metered("gb", **BY_REGION, group_by=["project"])}))
    desk.events(gb("1", region="eu", project="a"), gb("10"))
    desk.workspace.bill("2026-10", finalize=True)
    desk.events(gb("100", region="eu", tier="gold", project="b"))
    for theirs, cause in (("12", None), ("312", "missing events"), ("313", "unexplained")):
        stated = read_statement(
            f"customer,product,amount\nacme,storage,{theirs}", "x", parse_period("2026-10")
        )
        found = desk.workspace.parity(ParityRequest(stated=stated)).differences
        assert [one.cause for one in found] == ([] if cause is None else [cause])
        if cause == "missing events":
            assert "make 111 units of 11 units" in found[0].evidence
