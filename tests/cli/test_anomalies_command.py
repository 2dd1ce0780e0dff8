"""`report anomalies` on the command line, and what `bill` and `invoice finalize` say of it."""

import json
from pathlib import Path

from tests.cli.conftest import Command

DATES = ("--from", "2023-11-01", "--to", "2023-11-14")
SAID = (
    "2 anomalies in this period: usagebill report anomalies --from 2023-11-01 --to 2023-12-01 --customer acme"
)


def unusual(filled: Command, folder: Path) -> None:
    rows = [
        f"s{day},acme,storage,2023-11-{day:02}T12:00:00Z,{900 if day == 12 else 40}" for day in range(1, 15)
    ]
    text = "id,account,metric,timestamp,gb\n" + "\n".join(rows) + "\n"
    (folder / "unusual.csv").write_text(text, encoding="utf-8")
    assert filled("import", "unusual.csv").code == 0


def test_rows_thresholds_and_files(filled: Command, tmp_path: Path) -> None:
    unusual(filled, tmp_path)
    (row,) = json.loads(filled("report", "anomalies", *DATES, "--format", "json").out)
    assert (row["customer"], row["metric"], row["day"], row["seen"]) == (
        "acme",
        "storage",
        "2023-11-12",
        "900",
    )
    assert "22.5 times the usual" in row["reason"]
    higher = filled("report", "anomalies", *DATES, "--threshold", "times=22.5", "--format", "json")
    assert (higher.code, json.loads(higher.out)) == (0, [])
    wrong = filled("report", "anomalies", "--threshold", "tims=2")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert filled("report", "anomalies", "--customer", "acmee").code == 4
    assert filled("report", "anomalies", *DATES, "--out", "found.csv").err == "wrote 1 rows to found.csv\n"
    assert (tmp_path / "found.csv").read_text(encoding="utf-8").count("spike") == 1


def test_thresholds_of_the_settings_hold_everywhere_and_options_before_them(
    filled: Command, tmp_path: Path
) -> None:
    unusual(filled, tmp_path)
    settings = tmp_path / "config" / "usagebill" / "config.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("[anomalies]\ntimes = 22.5\nhistory = 60\n", encoding="utf-8")
    assert json.loads(filled("report", "anomalies", *DATES, "--format", "json").out) == []
    assert "anomal" not in filled("bill", "2023-11", "--dry-run").err
    options = ("--threshold", "times=3", "--threshold", "history=7")
    assert len(json.loads(filled("report", "anomalies", *DATES, *options, "--format", "json").out)) == 1
    settings.write_text("[anomalies]\ntimse = 3\n", encoding="utf-8")
    wrong = filled("report", "anomalies", *DATES)
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert "timse" in wrong.err
    billed = filled("bill", "2023-11")
    assert (billed.code, "not looked at for anomalies: unknown threshold 'timse'" in billed.err) == (0, True)


def test_bill_and_finalize_say_how_many_there_are(filled: Command, tmp_path: Path) -> None:
    assert "anomal" not in filled("bill", "2023-11", "--dry-run").err
    unusual(filled, tmp_path)
    assert SAID in filled("bill", "2023-11", "--dry-run").err
    made = filled("bill", "2023-11", "--format", "json")
    assert SAID in made.err
    (invoice,) = json.loads(made.out)
    assert SAID in filled("invoice", "finalize", invoice["id"]).err
    assert "anomal" not in filled("bill", "2023-11").err
