"""`usagebill why` and `usagebill report unbilled`: the same answer as table, JSON, JSON Lines and CSV."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

HOSTILE = "\x1b]0;evil\x07[/]\u202e<b>"
NOVEMBER = ("--from", "2023-11-01", "--to", "2023-12-01")
MORE = [
    {"id": "m1", "account": "Acme", "metric": "requests", "timestamp": "2023-11-02T10:00:00Z"},
    {"id": "m2", "account": "acme", "metric": "storage", "timestamp": "2023-11-02T10:00:00Z", "gb": HOSTILE},
    {"id": "m3", "account": HOSTILE, "metric": HOSTILE, "timestamp": "2023-11-02T10:00:00Z"},
    {"id": "m4", "account": "acme", "metric": "storage", "timestamp": HOSTILE},
    {"id": "m5", "account": "acme", "metric": "requests", "timestamp": "2023-12-02T10:00:00Z"},
]


@pytest.fixture
def asked(filled: Command, tmp_path: Path) -> Command:
    """A command line whose store holds what goes wrong, under names that a terminal must not obey."""
    (tmp_path / "more.jsonl").write_text("".join(json.dumps(row) + "\n" for row in MORE), encoding="utf-8")
    assert filled("import", "more.jsonl").code == 3
    return filled


def test_the_table_says_the_answer_first_and_the_mend_of_each_stage(asked: Command) -> None:
    result = asked("why", "--customer", "acme", "--metric", "storage", *NOVEMBER, "--format", "table")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0].startswith("1 event counts: storage: 12.5 = $1.25 on basic@1, on no invoice yet")
    assert lines[1] == (
        "acme · storage · 2023-11-01T00:00:00Z up to 2023-12-01T00:00:00Z · accounts acme, acme-basic"
    )
    head = next(place for place, line in enumerate(lines) if line.startswith("Stage "))
    names = [line.split()[0] for line in lines[head + 2 : head + 14]]
    assert names[0] == "read"
    assert names[-1] == "invoiced"
    assert any(line.startswith("→ property: 1 event: gb is not a number; ") for line in lines[:head])
    assert "  mend: `usagebill rejects 2 --out FILE` writes them to be mended and imported again" in lines
    assert "  mend: mend the values in the file and import it again with --on-conflict replace" in lines
    assert "  12.5 units × $0.10 = $1.25" in lines


def test_names_and_values_of_others_are_shown_not_obeyed(asked: Command) -> None:
    for form in ("table", "json", "jsonl"):
        for arguments in (
            ("why", "--customer", "acme", "--metric", "storage", *NOVEMBER),
            ("why", "--customer", HOSTILE, "--metric", HOSTILE),
            ("report", "unbilled"),
        ):
            result = asked(*arguments, "--format", form)
            assert result.code == 0, result.err
            assert not {"\x1b", "\x07", "\u202e"} & set(result.out + result.err)
            assert "evil" in result.out


def test_json_holds_the_whole_answer(asked: Command) -> None:
    result = asked("why", "--customer", "acme", "--metric", "requests", *NOVEMBER, "--format", "json")
    answer = json.loads(result.out)
    assert (answer["customer"], answer["counted"], answer["subscription"]) == ("acme", 3, "acme-basic")
    stages = {stage["stage"]: stage for stage in answer["stages"]}
    assert list(stages)[:5] == ["read", "rejected", "conflicts", "account", "metric"]
    assert stages["account"]["lost"] == 2
    assert stages["account"]["example"]["event"]["account"] == "Acme"
    assert stages["account"]["reasons"][0] == {"what": "'Acme'", "events": 1, "in_period": 1, "apart": False}
    assert stages["rejected"]["example"]["line"] == 4
    (charge,) = answer["charges"]
    assert (charge["units"], charge["amount"], charge["invoice"]) == ("3", "0.13", None)


def test_json_lines_and_csv_have_a_row_for_each_stage(asked: Command) -> None:
    arguments = ("why", "--customer", "acme", "--metric", "requests", *NOVEMBER, "--format")
    lines = [json.loads(line) for line in asked(*arguments, "jsonl").out.splitlines()]
    rows = list(csv.DictReader(io.StringIO(asked(*arguments, "csv").out)))
    assert [row["stage"] for row in rows] == [line["stage"] for line in lines]
    assert [int(row["lost"]) for row in rows] == [line["lost"] for line in lines]
    entered = [int(row["entered"]) for row in rows]
    assert entered[1:] == [int(row["passed"]) for row in rows][:-1]


def test_the_events_of_a_stage_are_listed(asked: Command) -> None:
    arguments = ("why", "--customer", "acme", "--metric", "requests", *NOVEMBER, "--events", "period")
    (event,) = json.loads(asked(*arguments, "--format", "json").out)
    assert event["id"] == "m5"
    listed = asked(*arguments[:-1], "invoiced", "--limit", "2", "--format", "csv")
    assert listed.out.count("acme") == 2
    assert listed.err == "the first 2 only; --limit shows more\n"


def test_wrong_calls_are_one_line(asked: Command) -> None:
    for arguments, code, says in (
        (("--customer", "acme"), 2, "--metric"),
        (("--customer", "acmee", "--metric", "requests"), 4, "did you mean 'acme'?"),
        (("--customer", "acme", "--metric", "request"), 4, "did you mean 'requests'?"),
        (("--customer", "acme", "--metric", "requests", "--to", "2023-11-01"), 2, "--to without --from"),
        (("--customer", "acme", "--metric", "requests", "--from", "soon"), 1, "'soon'"),
    ):
        result = asked("why", *arguments)
        assert (result.code, result.out, result.err.count("\n")) == (code, "", 1)
        assert says in result.err


def test_unbilled_usage_is_printed_and_written(asked: Command, tmp_path: Path) -> None:
    printed = asked("report", "unbilled", "--format", "json")
    rows = json.loads(printed.out)
    assert [(row["account"], row["reason"], row["events"]) for row in rows] == [
        (HOSTILE, "unknown account", 1),
        ("Acme", "unknown account", 1),
    ]
    assert rows[1]["usage"] == {"requests": "1"}
    assert (
        asked("report", "unbilled", "--customer", "acme", "--format", "table").err == "No unbilled usage.\n"
    )
    written = asked("report", "unbilled", "--out", "unbilled.json")
    assert (written.code, written.err) == (0, "wrote 2 rows to unbilled.json\n")
    assert json.loads((tmp_path / "unbilled.json").read_bytes()) == rows
    both = asked("report", "unbilled", "--out", "unbilled.csv", "--format", "csv")
    assert (both.code, "the ending of the file names its form" in both.err) == (2, True)
    assert asked("report", "unbilled", "--from", "2023-11-03", "--format", "csv").out.count("\n") == 1
