"""Recipes: what a workspace bills for each is what plain arithmetic over its event file gives."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from tests.billing.conftest import OpenDesk
from usagebill_tui.billing.parity import ParityRequest, read_statement
from usagebill_tui.billing.recipes import RECIPES, Recipe, recipe, write_recipe
from usagebill_tui.errors import NotFound, Refused

Rows = Sequence[Mapping[str, Any]]
Amounts = dict[tuple[str, str, str], str]

SEPTEMBER, OCTOBER, NOVEMBER = (datetime(2025, month, 1, tzinfo=UTC) for month in (9, 10, 11))


def rounded(amount: Fraction | int) -> str:
    cents = int(Fraction(amount) * 100 + Fraction(1, 2))
    return f"{cents // 100}.{cents % 100:02}"


def september(rows: Rows, customer: str, **having: str) -> Rows:
    return [
        row
        for row in rows
        if row["account"] == customer
        and row["timestamp"].startswith("2025-09")
        and all(row[key] == value for key, value in having.items())
    ]


def total(rows: Rows, key: str) -> Fraction:
    return sum((Fraction(row[key]) for row in rows if row[key]), Fraction(0))


def level(rows: Rows, customer: str, metric: str, key: str, start: datetime, end: datetime) -> Fraction:
    """The average level of a month of days, each change counting from its time on."""
    average = Fraction(0)
    for row in rows:
        if row["account"] == customer and row["metric"] == metric:
            held = end - max(start, datetime.fromisoformat(row["timestamp"]))
            average += Fraction(row[key]) * max(Fraction(0), Fraction(held.days, (end - start).days))
    return average


def api_calls(rows: Rows) -> Amounts:
    acme = total(september(rows, "acme", status="2xx"), "calls") + total(
        september(rows, "acme", status="4xx"), "calls"
    )
    assert acme == 115_001
    calls = 90_000 * Fraction("0.0005") + (acme - 100_000) * Fraction("0.0003")
    return {
        ("acme", "api_access", "2025-09"): "29.00",
        ("acme", "api_calls", "2025-09"): rounded(calls),
        ("globex", "api_access", "2025-09"): rounded(Fraction(29) * 15 / 30),
        ("globex", "api_calls", "2025-09"): "0.00",
    }


def storage(rows: Rows) -> Amounts:
    found: Amounts = {}
    for name, start, end in (("2025-09", SEPTEMBER, OCTOBER), ("2025-10", OCTOBER, NOVEMBER)):
        held = round(level(rows, "acme", "stored_gb", "change_gb", start, end), 6)
        price = min(held, Fraction(100)) * Fraction("0.10") + max(held - 100, Fraction(0)) * Fraction("0.08")
        peak = max(Fraction(r["size_gb"]) for r in rows if r["size_gb"] and r["timestamp"].startswith(name))
        found["acme", "stored_gb", name] = rounded(price)
        found["acme", "backup_gb", name] = rounded(ceil(max(peak - 5, Fraction(0)) / 10) * Fraction("1.50"))
    return found


def compute(rows: Rows) -> Amounts:
    found: Amounts = {}
    for customer in ("acme", "globex"):
        gpu = total(september(rows, customer, machine="gpu"), "seconds")
        rest = total(september(rows, customer), "seconds") - gpu
        price = Fraction("0.00005") if rest <= 360_000 else Fraction("0.00004")
        found[customer, "standard_seconds", "2025-09"] = rounded(rest * price)
        found[customer, "gpu_seconds", "2025-09"] = rounded(
            max(ceil(gpu / 3600) * Fraction("2.4"), Fraction(10))
        )
    return found


def seats(rows: Rows) -> Amounts:
    found: Amounts = {}
    for customer in ("acme", "globex"):
        taken = level(rows, customer, "seats", "change", SEPTEMBER, OCTOBER) * 10
        users = len({row["user"] for row in september(rows, customer, metric="visit")})
        found[customer, "seats", "2025-09"] = rounded(taken)
        found[customer, "active_users", "2025-09"] = rounded(max(users - 2, 0) * 4)
    return {**found, ("globex", "minimum", "2025-09"): "30.00"}


def llm_tokens(rows: Rows) -> Amounts:
    def tokens(kind: str, model: str | None = None) -> Fraction:
        properties = [row["properties"] for row in rows]
        return Fraction(
            sum(one["usage"].get(kind, 0) for one in properties if model is None or one["model"] == model)
        )

    output = tokens("output", "large")
    large = 10 + (output - 1_000_000) * Fraction("0.000009")
    amounts = {
        "small_input": tokens("input", "small") * Fraction("0.15") / 10**6,
        "small_output": tokens("output", "small") * Fraction("0.6") / 10**6,
        "large_input": tokens("input", "large") * Fraction("2.5") / 10**6,
        "large_output": large * 95 / 100,
        "cached_input": tokens("cached") * Fraction("0.075") / 10**6,
    }
    return {("acme", product, "2025-09"): rounded(amount) for product, amount in amounts.items()}


def bandwidth_95(rows: Rows) -> Amounts:
    found: Amounts = {}
    for customer in ("acme", "globex"):
        rates = sorted(Fraction(row["mbps"]) for row in september(rows, customer))
        rate = ceil(rates[ceil(Fraction(95, 100) * len(rates)) - 1])
        price = min(rate, 50) * 2 + max(rate - 50, 0) * Fraction("3.25")
        found[customer, "bandwidth", "2025-09"] = rounded(max(price, Fraction(100)))
    return found


def payments(rows: Rows) -> Amounts:
    done = september(rows, "acme", status="succeeded")
    cards = [Fraction(row["amount"]) for row in done if row["method"] == "card"]
    banks = [Fraction(row["amount"]) for row in done if row["method"] == "bank"]
    paid = [amount for amount in cards[1:] if amount > 0]
    card = sum((amount * Fraction("0.029") + Fraction("0.30") for amount in paid), Fraction(0))
    bank = sum((min(max(a * Fraction("0.008"), Fraction("0.5")), Fraction(5)) for a in banks), Fraction(0))
    return {
        ("acme", "card_payments", "2025-09"): rounded(card),
        ("acme", "bank_payments", "2025-09"): rounded(bank),
    }


COMPUTED: dict[str, Callable[[Rows], Amounts]] = {
    "api-calls": api_calls,
    "storage": storage,
    "compute": compute,
    "seats": seats,
    "llm-tokens": llm_tokens,
    "bandwidth-95": bandwidth_95,
    "payments": payments,
}


def rows_of(one: Recipe) -> Rows:
    text = one.text(one.events)
    if one.events.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("one", RECIPES, ids=lambda one: one.name)
def test_a_recipe_bills_what_its_events_come_to(one: Recipe, open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk()
    catalogue, events, expected = write_recipe(one, tmp_path / "recipe")
    desk.workspace.apply_catalogue(catalogue)
    report = desk.workspace.import_events([events])
    assert report.counts.accepted == report.counts.read == len(rows_of(one))
    computed = COMPUTED[one.name](rows_of(one))
    told = list(csv.DictReader(expected.read_text(encoding="utf-8").splitlines()))
    assert {(r["customer"], r["product"], r["period"]): r["amount"] for r in told} == computed
    stated = read_statement(expected.read_text(encoding="utf-8"), "expected.csv", None)
    found = desk.workspace.parity(ParityRequest(stated=stated))
    assert (found.differences, found.equal) == ((), len(computed))


def test_recipes_can_be_applied_to_one_workspace_and_surprise_nobody(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    desk = open_desk()
    for one in RECIPES:
        catalogue = write_recipe(one, tmp_path / one.name)[0]
        desk.workspace.apply_catalogue(catalogue)
        warned = [finding.where for finding in desk.workspace.lint_catalogue(catalogue)]
        assert warned == (['product "standard_seconds"'] if one.name == "compute" else [])
        assert one.text("catalogue.toml").count("#") > 5
    assert len(desk.workspace.catalogue().plans) == len(RECIPES) == 7


def test_a_recipe_is_found_by_its_name() -> None:
    assert recipe("storage").name == "storage"
    with pytest.raises(NotFound, match="there is no recipe 'storag'; did you mean 'storage'"):
        recipe("storag")


def test_writing_a_recipe_replaces_nothing(tmp_path: Path) -> None:
    write_recipe(recipe("seats"), tmp_path)
    write_recipe(recipe("seats"), tmp_path)
    mine = tmp_path / "expected.csv"
    mine.write_text("mine", encoding="utf-8")
    (tmp_path / "catalogue.toml").unlink()
    with pytest.raises(Refused, match="is there already"):
        write_recipe(recipe("seats"), tmp_path)
    assert mine.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "catalogue.toml").exists()
