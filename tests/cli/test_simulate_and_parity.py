"""`simulate`, `parity` and `catalog recipes` as commands: rows, narration, exit codes, one-line errors."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

OTHER = """
[[product]]
code = "storage"
metric = "storage"
price = { unit_amount = "0.20" }
"""
EURO = """
[[product]]
code = "storage"
metric = "storage"
price = { unit_amount = "0.20" }

[[plan]]
code = "euro"
currency = "EUR"
products = ["storage"]
"""
NOVEMBER = ("--from", "2023-11-01", "--to", "2023-12-01")


def test_simulating_a_file_prints_customers_then_totals_then_buckets(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(OTHER, encoding="utf-8")
    result = filled("simulate", "--catalog", "other.toml", *NOVEMBER)
    assert result.code == 0
    customer, total, bucket = json.loads(result.out)
    assert (customer["kind"], customer["customer"], customer["plan_after"]) == ("customer", "acme", "basic@2")
    assert [customer[key] for key in ("before", "after", "difference", "percent", "outcome")] == [
        "1.38",
        "2.63",
        "1.25",
        "90.6",
        "more",
    ]
    assert (customer["start"], customer["end"]) == ("2023-11-01", "2023-12-01")
    assert (total["kind"], total["customer"], total["difference"], total["more"]) == (
        "total",
        None,
        "1.25",
        1,
    )
    assert (bucket["kind"], bucket["bucket"], bucket["customers"]) == ("bucket", "+50 to +100 %", 1)


def test_another_price_of_a_product_is_what_a_file_with_it_would_be(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(OTHER, encoding="utf-8")
    price = ("--product", "storage", "--price", '{"unit_amount": "0.20"}')
    assert (
        filled("simulate", *price, *NOVEMBER).out
        == filled("simulate", "--catalog", "other.toml", *NOVEMBER).out
    )
    alone = filled("simulate", *price[:2], *NOVEMBER)
    assert (alone.code, "belong together" in alone.err) == (2, True)
    assert filled("simulate", *price, "--catalog", "other.toml", *NOVEMBER).code == 2
    assert filled("simulate", *price, "--plan", "basic", *NOVEMBER).code == 2


def test_simulation_as_a_table_says_totals_beside_it(filled: Command) -> None:
    result = filled("simulate", "--plan", "basic", *NOVEMBER, "--growth", "100", "--format", "table")
    assert result.code == 0
    assert [line.split() for line in result.out.splitlines()][-1][-5:] == [
        "3.00",
        "3.00",
        "0.00",
        "0",
        "same",
    ]
    assert "USD: before 3.00, after 3.00, difference 0.00, 0 %" in result.err
    assert "0 pay less, 0 pay more, 1 the same" in result.err
    assert "all usage 100 % more, before and after" in result.err


def test_who_cannot_be_compared_makes_it_partly_done(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "euro.toml").write_text(EURO, encoding="utf-8")
    assert filled("catalog", "apply", "euro.toml").code == 0
    result = filled("simulate", "--plan", "euro", *NOVEMBER, "--format", "csv")
    assert result.code == 3
    customer = next(csv.DictReader(result.out.splitlines()))
    assert "euro@1 is in EUR" in customer["problem"]
    assert (customer["before"], customer["outcome"]) == ("", "unknown")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--plan", "basic", *NOVEMBER, "--growth", "much"], 2, "--growth 'much' is not a number"),
        (NOVEMBER, 2, "give one of --plan and --catalog"),
        (["--plan", "basik", *NOVEMBER], 4, "did you mean 'basic'?"),
        (["--catalog", "none.toml", *NOVEMBER], 4, "none.toml: there is no such file"),
        (["--plan", "basic", "--from", "2023-12-01", "--to", "2023-11-01"], 1, "has no days"),
        (["--plan", "basic", "--from", "2023-12", "--to", "2024-01"], 1, "'2023-12' is not a date"),
    ],
)
def test_a_wrong_simulation_gets_one_line(
    filled: Command, arguments: list[str], code: int, said: str
) -> None:
    result = filled("simulate", *arguments)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert result.err.count("\n") == 1


def test_parity_lists_differences_and_counts_what_is_equal(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(
        "customer,product,amount\nacme,requests,0.13\nacme,storage,1.30\n", encoding="utf-8"
    )
    result = filled("parity", "other.csv", "--period", "2023-11", "--format", "csv")
    assert result.code == 0
    (row,) = csv.DictReader(result.out.splitlines())
    assert (row["cause"], row["product"]) == ("unexplained", "storage")
    assert (row["ours"], row["theirs"], row["difference"]) == ("1.25", "1.30", "-0.05")
    assert result.err == "1 equal, 1 differ: unexplained 1\n"
    near = filled("parity", "other.csv", "--period", "2023-11", "--tolerance", "0.05")
    assert (near.out, near.err) == ("[]\n", "2 equal, 0 differ\n")


@pytest.mark.parametrize(
    ("text", "options", "code", "said"),
    [
        ("customer,product,amount\na,b,x\n", ["--period", "2023-11"], 1, "line 2: 'x' is not an amount"),
        ("customer,product,amount\na,b,1\n", [], 1, "give --period"),
        ("\x00", ["--period", "2023-11"], 1, "has no column customer"),
        ("customer\x1b[2J,product\n", ["--period", "2023-11"], 1, "has no column"),
        ("customer,product,amount\n", ["--period", "2023-11", "--tolerance", "-1"], 2, "is not an amount"),
    ],
)
def test_a_hostile_file_gets_one_line(
    filled: Command, tmp_path: Path, text: str, options: list[str], code: int, said: str
) -> None:
    (tmp_path / "other.csv").write_text(text, encoding="utf-8")
    result = filled("parity", "other.csv", *options)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert result.err.count("\n") == 1
    assert "\x1b" not in result.err


def test_recipes_are_listed_shown_and_written(usagebill: Command, tmp_path: Path) -> None:
    listed = json.loads(usagebill("catalog", "recipes").out)
    assert [row["name"] for row in listed][:2] == ["api-calls", "storage"]
    assert usagebill("catalog", "recipes", "storage").out.startswith("# Storage:")
    written = usagebill("catalog", "recipes", "storage", "--out", "mine")
    assert (written.code, written.out) == (0, "")
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == [
        "catalogue.toml",
        "events.csv",
        "expected.csv",
    ]
    assert usagebill("catalog", "recipes", "--out", "mine").code == 2
    (tmp_path / "mine" / "events.csv").write_text("", encoding="utf-8")
    refused = usagebill("catalog", "recipes", "storage", "--out", "mine")
    assert (refused.code, refused.err.count("\n")) == (5, 1)
    assert usagebill("catalog", "recipes", "stroage").code == 4
