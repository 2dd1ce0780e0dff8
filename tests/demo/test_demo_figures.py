"""What the demo shows, against sums made here from its files, without the engine."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from usagebill_tui.billing.catalogue.applying import lint_file
from usagebill_tui.demo.events import UNTIL, json_lines, sample_events
from usagebill_tui.demo.looking import Shown, look
from usagebill_tui.demo.making import make_demo
from usagebill_tui.demo.samples import catalogue_text, trace_bytes
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.homes import Home
from usagebill_tui.plugin.registry import builtin_registry

ACCOUNTS = {
    "cus_9s6XKzkNRiz8i3": ("harbor-lane", "America/Chicago"),
    "kestrel": ("kestrel", "Europe/Berlin"),
    "sub_kumo_1a2b": ("kumo", "Asia/Tokyo"),
    "parley": ("parley", "Europe/London"),
    "tidewater": ("tidewater", "America/New_York"),
}
CUSTOMERS = [customer for customer, _ in ACCOUNTS.values()]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    home = Home(tmp_path_factory.mktemp("demo"))
    make_demo(home)
    return look(home)


@pytest.fixture(scope="module")
def november() -> list[tuple[str, dict[str, Any]]]:
    """Return November's events with their customers, each once, by the customers' own clocks."""
    once = {}
    for line in json_lines(sample_events()).splitlines():
        event = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        once[event["id"]] = event
    return list(_of_november(once.values()))


def _of_november(events: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for event in events:
        customer, zone = ACCOUNTS[event["account"]]
        there = datetime.fromisoformat(event["timestamp"]).astimezone(ZoneInfo(zone))
        if (there.year, there.month) == (2023, 11):
            yield customer, event


def used(shown: Shown, customer: str, metric: str) -> list[Decimal | int | None]:
    """Return the units and the number of events."""
    (row,) = [row for row in shown.usage if (row.customer, row.metric) == (customer, metric)]
    return [row.units, row.events]


def of(november: list[tuple[str, dict[str, Any]]], customer: str, metric: str, key: str) -> list[Any]:
    return [
        event["properties"][key]
        for whose, event in november
        if whose == customer and event["metric"] == metric
    ]


@pytest.mark.parametrize("customer", CUSTOMERS)
def test_usage_is_what_the_files_add_up_to(
    shown: Shown, november: list[tuple[str, dict[str, Any]]], customer: str
) -> None:
    requests = of(november, customer, "api_request", "endpoint")
    gigabytes = of(november, customer, "storage_measured", "gigabytes")
    hours = of(november, customer, "job_finished", "hours")
    users = of(november, customer, "signed_in", "user")
    assert len(requests) > 100
    assert used(shown, customer, "api_requests") == [len(requests), len(requests)]
    assert used(shown, customer, "storage") == [max(gigabytes), len(gigabytes)]
    assert used(shown, customer, "compute_hours") == [sum(hours), len(hours)]
    assert used(shown, customer, "active_users") == [len(set(users)), len(users)]


def test_tokens_are_those_of_the_trace(shown: Shown) -> None:
    rows = list(csv.DictReader(io.StringIO(trace_bytes().decode())))
    assert used(shown, "parley", "model_requests") == [3_000, 3_000]
    assert used(shown, "parley", "input_tokens")[0] == sum(int(row["ContextTokens"]) for row in rows)
    assert used(shown, "parley", "output_tokens")[0] == sum(int(row["GeneratedTokens"]) for row in rows)


def test_the_trace_is_the_published_one(shown: Shown) -> None:
    # The first rows and the sums of the 3,000, taken from the published file by other means.
    assert trace_bytes().splitlines()[1] == b"2023-11-16 18:15:46.6805900,374,44"
    assert used(shown, "parley", "input_tokens")[0] == 3_450_308
    assert used(shown, "parley", "output_tokens")[0] == 778_247


def test_the_november_invoice_of_the_model_customer_adds_up(
    shown: Shown, november: list[tuple[str, dict[str, Any]]]
) -> None:
    requests = len(of(november, "parley", "api_request", "endpoint"))
    hours = sum(of(november, "parley", "job_finished", "hours"))
    users = len(set(of(november, "parley", "signed_in", "user")))
    storage = max(of(november, "parley", "storage_measured", "gigabytes"))
    invoice = invoice_of(shown, "parley", "2023-11-01")
    amounts = [
        Decimal(199),
        (min(requests, 1000) - 250) * Decimal("0.02"),
        storage * Decimal("0.12"),
        hours * Decimal("0.85"),
        users * Decimal(4),
        3 * Decimal("2.50"),
        3_450_308 * Decimal("0.000005"),
        400_000 * Decimal("0.00006") + 278_247 * Decimal("0.00004"),
    ]
    lines = [cents(amount) for amount in amounts]
    assert [line.amount for line in invoice.lines] == lines
    subtotal = sum(lines, Decimal(0))
    discount = cents(subtotal / 10)
    tax = cents((subtotal - discount) / 5)
    assert (invoice.subtotal, invoice.discount, invoice.tax) == (subtotal, discount, tax)
    assert invoice.total == subtotal - discount + tax
    assert sum((step.amount for line in invoice.lines for step in line.steps), Decimal(0)) == subtotal


def test_the_estimate_is_raised_to_the_minimum_spend(shown: Shown) -> None:
    (estimate,) = [one for one in shown.estimates if one.customer == "parley"]
    assert estimate.subtotal - estimate.discount == 500
    assert estimate.total == 600


def test_october_is_final_and_partly_paid_and_november_is_in_draft(shown: Shown) -> None:
    october = [invoice for invoice in shown.invoices if invoice.number is not None]
    assert sorted(str(invoice.number) for invoice in october) == [f"INV-000{n}" for n in range(1, 6)]
    assert {str(invoice.issued) for invoice in october} == {"2023-11-02"}
    assert {invoice.status for invoice in shown.invoices if invoice.number is None} == {"draft"}
    statuses = {invoice.customer: (invoice.status, invoice.paid) for invoice in october}
    assert statuses["kestrel"] == ("paid", invoice_of(shown, "kestrel", "2023-10-01").total)
    assert statuses["parley"] == ("final", Decimal(250))


def test_a_start_within_the_month_pays_its_days(shown: Shown) -> None:
    fee = invoice_of(shown, "tidewater", "2023-10-01").lines[0]
    assert fee.amount == cents(Decimal(29) * 20 / 31)


def test_deliveries_that_came_twice_count_once(shown: Shown) -> None:
    lines = json_lines(sample_events()).splitlines()
    assert shown.duplicates == len(lines) - len(set(lines)) > 0
    assert shown.events == len(set(lines)) + 3_000


def test_no_event_is_later_than_the_demo_is_looked_at() -> None:
    assert max(datetime.fromisoformat(event.timestamp) for event in sample_events()) < UNTIL


def test_the_catalogue_is_one_that_lint_has_nothing_against() -> None:
    assert lint_file(builtin_registry(), catalogue_text(), "catalogue.toml") == []


def test_the_trace_is_shipped_with_its_attribution() -> None:
    text = files("usagebill_tui.demo").joinpath("data", "ATTRIBUTION.md").read_text(encoding="utf-8")
    for words in ("CC BY 4.0", "Azure Public Dataset", "AzureLLMInferenceTrace", "Splitwise", "ISCA"):
        assert words in text


def invoice_of(shown: Shown, customer: str, first: str) -> Invoice:
    (found,) = [i for i in shown.invoices if i.customer == customer and i.id.endswith(f"_{first}")]
    return found


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
