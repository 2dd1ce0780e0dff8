"""From a real trace to a paid invoice, against sums that this file makes on its own."""

import csv
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import amounts, catalogue, fee, metered
from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.domain.invoice import checksum, invoice_json
from usagebill_tui.errors import Refused
from usagebill_tui.events.types import Options

TRACE = Path(__file__).parents[1] / "data" / "azure_llm_conv_head.csv"
METRICS = [
    {"code": "requests", "event": "llm", "aggregation": "count"},
    {"code": "output", "event": "llm", "aggregation": "sum", "property": "GeneratedTokens"},
    {"code": "longest", "event": "llm", "aggregation": "max", "property": "ContextTokens"},
]
CATALOGUE = catalogue(
    {
        "platform": fee("49.00"),
        "requests": metered("requests", model="package", package_size=30, package_amount="2.50"),
        "output": metered(
            "output",
            model="tiered",
            tiers=[{"up_to": 10_000, "unit_amount": "0"}, {"unit_amount": "0.0015"}],
        ),
        "longest": metered("longest", model="per_unit", unit_amount="0.001"),
    },
    metrics=METRICS,
    customer={"tax_percent": "8.25"},
    subscription={"start": date(2023, 11, 1)},
)
AZURE = ImportRequest(
    options=Options(set={"account": "acme", "metric": "llm"}, map={"timestamp": "TIMESTAMP"})
)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_invoice_of_a_real_trace_is_what_plain_sums_say(open_desk: OpenDesk) -> None:
    with TRACE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    output = sum(int(row["GeneratedTokens"]) for row in rows)
    longest = max(int(row["ContextTokens"]) for row in rows)
    expected = {
        "platform": Decimal("49.00"),
        "requests": -(-len(rows) // 30) * Decimal("2.50"),
        "output": cents((output - 10_000) * Decimal("0.0015")),
        "longest": cents(longest * Decimal("0.001")),
    }
    workspace = open_desk(CATALOGUE, now="2023-12-01T00:00:00Z").workspace
    report = workspace.import_events([TRACE], AZURE)
    assert (report.counts.read, report.counts.accepted) == (len(rows), len(rows))
    usage = workspace.usage(UsageRequest(first="2023-11-01", last="2023-12-01"))
    assert [(row.metric, str(row.units), row.events) for row in usage] == [
        ("longest", str(longest), len(rows)),
        ("output", str(output), len(rows)),
        ("requests", str(len(rows)), len(rows)),
    ]
    run = workspace.bill("2023-11")
    (draft,) = run.invoices
    assert {code: Decimal(amount) for code, amount in amounts(draft).items()} == expected
    subtotal = sum(expected.values())
    assert draft.subtotal == subtotal
    assert draft.tax == cents(subtotal * Decimal("0.0825"))
    assert draft.total == draft.subtotal + draft.tax
    assert (run.unchanged, run.billed, run.unfinished, run.failures) == (0, 0, (), ())
    final = workspace.finalize(draft.id)
    assert (final.number, final.issued, final.due) == ("INV-0001", date(2023, 12, 1), date(2023, 12, 31))
    paid = workspace.pay("INV-0001", str(final.total))
    assert (paid.status, str(paid.amount_due)) == ("paid", "0.00")
    table = invoice_json(workspace.invoice("INV-0001"))
    assert table["checksum"] == checksum(table) == invoice_json(final)["checksum"]


def test_importing_again_adds_nothing_and_bills_the_same(open_desk: OpenDesk) -> None:
    workspace = open_desk(CATALOGUE, now="2023-12-01T00:00:00Z").workspace
    workspace.import_events([TRACE], AZURE)
    first = workspace.bill("2023-11").invoices
    counts = workspace.import_events([TRACE], AZURE).counts
    assert (counts.accepted, counts.duplicates) == (0, counts.read)
    assert workspace.bill("2023-11").unchanged == len(first) == 1


def test_the_same_file_for_somebody_else_is_refused_unless_meant(open_desk: OpenDesk) -> None:
    workspace = open_desk(CATALOGUE, now="2023-12-01T00:00:00Z").workspace
    workspace.import_events([TRACE], AZURE)
    fixed = {"account": "other", "metric": "llm"}
    other = ImportRequest(options=Options(set=fixed, map={"timestamp": "TIMESTAMP"}))
    with pytest.raises(Refused, match="batch 1 imported these very bytes") as refusal:
        workspace.import_events([TRACE], other)
    assert refusal.value.exit_code == 5
    again = ImportRequest(options=other.options, again=True)
    report = workspace.import_events([TRACE], again)
    assert report.counts.accepted == report.counts.read


def test_the_same_file_with_other_options_may_come_after_its_batch_was_taken_back(
    open_desk: OpenDesk,
) -> None:
    workspace = open_desk(CATALOGUE, now="2023-12-01T00:00:00Z").workspace
    batch = workspace.import_events([TRACE], AZURE).batch
    assert batch is not None
    workspace.undo_batch(batch)
    fixed = {"account": "other", "metric": "llm"}
    request = ImportRequest(options=Options(set=fixed, map={"timestamp": "TIMESTAMP"}))
    report = workspace.import_events([TRACE], request)
    assert report.counts.accepted == report.counts.read
