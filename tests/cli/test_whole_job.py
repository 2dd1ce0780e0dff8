import csv
import io
import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import EVENTS, Command


def storage(command: Command) -> str:
    """Return the storage used in November."""
    asked = command("usage", "--metric", "storage", "--from", "2023-11-01", "--to", "2023-12-01")
    units: str = json.loads(asked.out)[0]["units"]
    return units


def test_from_events_to_a_paid_invoice(filled: Command) -> None:
    usage = json.loads(filled("usage", "--from", "2023-11-01", "--to", "2023-12-01").out)
    assert usage == [
        {
            "customer": "acme",
            "metric": metric,
            "start": "2023-11-01T00:00:00Z",
            "end": "2023-12-01T00:00:00Z",
            "units": units,
            "events": events,
            "left_out": 0,
        }
        for metric, units, events in (("requests", "3", 3), ("storage", "12.5", 1))
    ]
    preview = filled("bill", "2023-11", "--dry-run")
    assert filled("invoices").out == "[]\n"
    made = filled("bill", "2023-11")
    assert made.out == preview.out
    (invoice,) = json.loads(made.out)
    # requests: 2 free, 1 x 0.125 = 0.125, rounded 0.13; storage: 12.5 x 0.10 = 1.25; tax 10 % of 1.38
    assert [line["amount"] for line in invoice["lines"]] == ["0.13", "1.25"]
    assert (invoice["subtotal"], invoice["tax"], invoice["total"]) == ("1.38", "0.14", "1.52")
    assert invoice["number"] is None
    assert json.loads(filled("bill", "2023-11").out) == []

    final = json.loads(filled("invoice", "finalize", invoice["id"]).out)
    assert (final["number"], final["status"]) == ("INV-0001", "final")
    assert filled("invoice", "finalize", "INV-0001").code == 5
    assert filled("pay", "INV-0001", "--amount", "1.525").code == 1
    part = json.loads(filled("pay", "INV-0001", "--amount", "1.00", "--reference", "wire 7").out)
    assert (part["status"], part["paid"], part["amount_due"]) == ("final", "1.00", "0.52")
    assert filled("invoice", "void", "INV-0001").code == 5
    paid = json.loads(filled("pay", "INV-0001", "--amount", "0.52").out)
    assert (paid["status"], paid["amount_due"]) == ("paid", "0.00")
    assert paid["checksum"] == final["checksum"]
    assert [p["amount"] for p in json.loads(filled("payments").out)] == ["1.00", "0.52"]


def test_importing_the_same_file_again_changes_nothing(filled: Command) -> None:
    again = filled("import", "events.csv")
    assert again.code == 0
    assert json.loads(again.out) == {
        "batch": 2,
        "format": "csv",
        "read": 4,
        "accepted": 0,
        "duplicates": 4,
        "conflicts": 0,
        "rejected": 0,
        "rounded": 0,
    }
    other = filled("import", "events.csv", "--set", "account=other")
    assert other.code == 5
    assert "--again" in other.err


def test_rejected_rows_come_out_as_they_went_in_and_can_be_mended(filled: Command, tmp_path: Path) -> None:
    rows = "id,account,metric,timestamp\nx1,acme,requests,yesterday\nx2,acme,requests,2023-11-09T00:00:00Z\n"
    (tmp_path / "half.csv").write_text(rows, encoding="utf-8")
    result = filled("import", "half.csv")
    assert result.code == 3
    assert "half.csv, line 2" in result.err
    assert json.loads(result.out)["rejected"] == 1
    (reject,) = json.loads(filled("rejects", "2").out)
    assert (reject["line"], reject["raw"]) == (2, "x1,acme,requests,yesterday")
    assert filled("rejects", "2", "--out", "mend.csv").code == 0
    written = (tmp_path / "mend.csv").read_text(encoding="utf-8")
    assert written == "id,account,metric,timestamp\nx1,acme,requests,yesterday\n"
    (tmp_path / "mend.csv").write_text(written.replace("yesterday", "2023-11-08T00:00:00Z"), encoding="utf-8")
    mended = filled("import", "mend.csv")
    assert (mended.code, json.loads(mended.out)["accepted"]) == (0, 1)


def test_where_every_row_is_rejected_the_way_out_is_said(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "trace.csv").write_text("when,tokens\n2023-11-09,5\n", encoding="utf-8")
    result = filled("import", "trace.csv")
    assert result.code == 3
    assert "--map FIELD=COLUMN" in result.err
    half = "id,account,metric,timestamp\nh1,acme,requests,x\nh2,acme,requests,2023-11-09\n"
    (tmp_path / "half.csv").write_text(half, encoding="utf-8")
    assert "--map FIELD=COLUMN" not in filled("import", "half.csv").err


def test_rejects_of_a_json_array_are_an_array_again(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text(
        '[{"id": "j1",\n"account": "acme", "metric": "requests"},\n {"id": "j2"}]', encoding="utf-8"
    )
    assert filled("import", "odd.json").code == 3
    assert filled("rejects", "2", "--out", "mend.json").code == 0
    rows = json.loads((tmp_path / "mend.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in rows] == ["j1", "j2"]


def test_rejects_under_different_headers_are_not_mixed(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,account,metric,timestamp\n1,acme,requests,x\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("account,id,metric,timestamp\nacme,2,requests,x\n", encoding="utf-8")
    assert filled("import", "a.csv", "b.csv").code == 3
    refused = filled("rejects", "2", "--out", "mend.csv")
    assert refused.code == 5
    assert not (tmp_path / "mend.csv").exists()


def test_a_conflict_is_reported_with_both_contents_and_resolved_as_told(
    filled: Command, tmp_path: Path
) -> None:
    (tmp_path / "new.csv").write_text(
        EVENTS.splitlines()[0] + "\ne4,acme,storage,2023-11-05T10:00:00Z,99\n", encoding="utf-8"
    )
    kept = filled("import", "new.csv")
    assert kept.code == 3
    assert "gb=12.5" in kept.err
    assert "gb=99" in kept.err
    failed = filled("import", "new.csv", "--on-conflict", "fail")
    assert (failed.code, failed.out) == (1, "")
    replaced = filled("import", "new.csv", "--on-conflict", "replace")
    assert replaced.code == 0
    assert storage(filled) == "99"
    assert filled("batches", "undo", str(json.loads(replaced.out)["batch"])).code == 0
    assert storage(filled) == "12.5"


def test_every_list_has_four_forms(filled: Command) -> None:
    for name in ("metrics", "products", "plans", "customers", "subscriptions", "batches", "audit"):
        as_json: list[dict[str, Any]] = json.loads(filled(name, "--format", "json").out)
        as_lines = [json.loads(line) for line in filled(name, "--format", "jsonl").out.splitlines()]
        as_rows = list(csv.DictReader(io.StringIO(filled(name, "--format", "csv").out)))
        as_table = filled(name, "--format", "table").out.splitlines()
        assert as_json == as_lines
        assert len(as_json) == len(as_rows) == len(as_table) - 2 > 0
        assert set(as_rows[0]) <= set(as_json[0])


def test_explain_lists_the_very_events(filled: Command) -> None:
    filled("bill", "2023-11")
    explained = json.loads(filled("explain", "acme-basic_2023-11-01", "--line", "1", "--events").out)
    (line,) = explained["lines"]
    assert [event["id"] for event in line["event_list"]] == ["e1", "e2", "e3"]
    assert line["measured"]["accounts"] == ["acme-basic", "acme"]
    shown = filled("explain", "acme-basic_2023-11-01", "--format", "table").out
    assert "next 1 × $0.125 = $0.125" in shown
    assert "rounding to 0.01 = $0.005" in shown
    assert filled("explain", "acme-basic_2023-11-01", "--line", "3").code == 4


def test_an_unfinished_period_is_refused(filled: Command) -> None:
    result = filled("bill", "9998-01")
    assert result.code == 5
    assert "acme-basic" in result.err


def test_export_then_apply_changes_nothing(filled: Command) -> None:
    assert filled("catalog", "export", "--out", "out.toml").code == 0
    assert json.loads(filled("catalog", "diff", "out.toml").out) == []
    assert json.loads(filled("catalog", "apply", "out.toml").out) == []
    other = filled("--workspace", "sandbox", "catalog", "apply", "out.toml")
    assert other.code == 0
    assert filled("--workspace", "sandbox", "catalog", "export").out == filled("catalog", "export").out


def test_a_used_plan_gets_a_next_version_and_old_subscriptions_stay(filled: Command, tmp_path: Path) -> None:
    text = (tmp_path / "catalogue.toml").read_text(encoding="utf-8").replace('"0.10"', '"0.20"')
    (tmp_path / "dearer.toml").write_text(text, encoding="utf-8")
    assert filled("catalog", "apply", "dearer.toml").code == 0
    assert [row["plan"] for row in json.loads(filled("plans").out)] == ["basic@1", "basic@2"]
    assert json.loads(filled("subscriptions").out)[0]["plan"] == "basic@1"
    (invoice,) = json.loads(filled("bill", "2023-11").out)
    assert invoice["lines"][1]["amount"] == "1.25"


def test_workspaces_share_nothing(filled: Command) -> None:
    assert filled("workspaces", "create", "north").code == 0
    assert filled("workspaces", "create", "north").code == 5
    assert json.loads(filled("--workspace", "north", "metrics").out) == []
    assert filled("workspaces", "copy-catalog", "production", "north").code == 0
    assert len(json.loads(filled("--workspace", "north", "metrics").out)) == 2
    assert json.loads(filled("--workspace", "north", "customers").out) == []
    assert {row["name"] for row in json.loads(filled("workspaces", "list").out)} == {"production", "north"}
    assert filled("workspaces", "delete", "north", "--yes").code == 0
    assert filled("--workspace", "north", "metrics").code == 4
