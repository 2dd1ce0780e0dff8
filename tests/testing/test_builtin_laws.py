"""All that is built in holds to the laws that plugins are held to."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.testing.finding import broken_laws
from usagebill_tui.domain.aggregation import AnyAggregation
from usagebill_tui.domain.aggregation.builtin import AGGREGATIONS
from usagebill_tui.domain.pricing import MODELS, PricingModel
from usagebill_tui.events.readers import READERS
from usagebill_tui.testing import aggregation_laws, pricing_laws, reader_laws
from usagebill_tui.testing.foreign import FOREIGN

TIERS = {
    "tiers": [
        {"up_to": 1000, "unit_amount": "0.01", "flat_amount": 2},
        {"up_to": "2500.5", "unit_amount": "0.008"},
        {"unit_amount": "0.0001"},
    ]
}
PERCENTAGE = {
    "rate_percent": "2.9",
    "fixed_amount_per_event": "0.30",
    "free_events": 2,
    "free_amount": 100,
    "min_per_event": "0.50",
    "max_per_event": 40,
}
PRICES: dict[str, dict[str, Any]] = {"tiered": TIERS, "volume": TIERS, "percentage": PERCENTAGE}
ROWS = "".join(f"e{n},acme,requests,2023-11-0{n}T10:00:00Z,{n}.5\n" for n in range(1, 9))
MORE = {
    "csv": b"id,account,metric,timestamp,value\n" + ROWS.encode() + b'"a ""b""\nc",x,y,z,"5"\nragged,1\n',
    "tsv": FOREIGN["tsv"] * 2,
    "jsonl": FOREIGN["jsonl"] + b'{"id": 1, "usage": {"in": [1, 2.5e3, null, true]}}\n{broken\n',
    "json": b'{"id": 1, "usage": {"in": [1, 2.5, null, true]}}',
}


def parquet(folder: Path) -> bytes:
    path = folder / "sample.parquet"
    select = "SELECT 'e1' AS id, 1.5::DOUBLE AS value, {'in': 2.25} AS usage"
    duckdb.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


@pytest.mark.parametrize("aggregation", AGGREGATIONS, ids=lambda each: each.name)
def test_aggregation_types_are_lawful(aggregation: AnyAggregation) -> None:
    assert broken_laws(aggregation_laws(aggregation)) == {}


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.name)
def test_pricing_models_are_lawful(model: PricingModel) -> None:
    assert broken_laws(pricing_laws(model)) == {}


@pytest.mark.parametrize("name", PRICES)
def test_pricing_models_are_lawful_with_usual_prices(name: str) -> None:
    (model,) = (each for each in MODELS if each.name == name)
    assert broken_laws(pricing_laws(model, prices=PRICES[name])) == {}


@pytest.mark.parametrize("name", READERS)
def test_readers_are_lawful(name: str, tmp_path: Path) -> None:
    samples = [parquet(tmp_path)] if name == "parquet" else [FOREIGN[name], MORE[name]]
    assert broken_laws(reader_laws(READERS[name], samples=samples)) == {}
