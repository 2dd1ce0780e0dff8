import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

WRONG_CALLS = [
    ((), 2, "no command given"),
    (("usge",), 2, "did you mean 'usage'?"),
    (("import",), 2, "Missing argument"),
    (("bill", "2023-13"), 1, "2023-13"),
    (("bill", "2023-12-01..2023-11-01"), 1, "no days"),
    (("bill", "2023-11", "--customer", "acm"), 4, "'acm'"),
    (("usage", "--customer", "acm"), 4, "did you mean 'acme'?"),
    (("usage", "--metric", "request"), 4, "did you mean 'requests'?"),
    (("usage", "--to", "2023-11-01"), 2, "--to without --from"),
    (("usage", "--from", "2023-11-02", "--to", "2023-11-01"), 2, "--from comes first"),
    (("usage", "--from", "soon"), 1, "'soon'"),
    (("invoice", "show", "INV-0009"), 4, "INV-0009"),
    (("invoice", "finalize", "acme-basic_2023-11-01"), 4, "no invoice"),
    (("pay", "INV-0009", "--amount", "1"), 4, "INV-0009"),
    (("explain", "INV-0009"), 4, "INV-0009"),
    (("batches", "undo", "9"), 4, "batch 9"),
    (("rejects", "9"), 4, "batch 9"),
    (("catalog", "apply", "nope.toml"), 4, "nope.toml"),
    (("import", "nope.csv"), 4, "nope.csv"),
    (("import", "."), 1, "is a directory"),
    (("import", "empty.csv"), 1, "is empty"),
    (("import", "image.csv"), 1, "image.csv"),
    (("import", "events.csv", "--map", "timestamp=when"), 1, "'when'"),
    (("import", "events.csv", "--map", "timestmp=timestamp"), 2, "timestmp"),
    (("import", "events.csv", "--map", "timestamp"), 2, "--map 'timestamp'"),
    (("import", "events.csv", "--set", "account=a", "--set", "account=b"), 2, "twice"),
    (("import", "events.csv", "--timezone", "Europe/Berln"), 1, "Europe/Berlin"),
    (("import", "events.csv", "--expect-rows", "5"), 1, "4 rows read, 5 expected"),
    (("import", "bad.csv", "--max-rejects", "0"), 1, "bad.csv, line 2"),
    (("quote", "--price", "{", "--units", "1"), 1, "is not JSON"),
    (("quote", "--price", "{}", "--units", "many"), 2, "'many'"),
    (("quote", "--price", '{"model": "teired"}', "--units", "1"), 1, "did you mean 'tiered'?"),
    (("quote", "--price", '{"unit_amount": NaN}', "--units", "1"), 1, "NaN"),
    (("workspaces", "create", "../evil"), 1, "cannot be a workspace's name"),
    (("workspaces", "delete", "production"), 5, "--yes"),
    (("--workspace", "prodution", "usage"), 4, "did you mean 'production'?"),
]


@pytest.mark.parametrize(("arguments", "code", "says"), WRONG_CALLS, ids=lambda v: str(v)[:40])
def test_a_wrong_call_says_so_in_one_line(
    filled: Command, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "image.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    (tmp_path / "bad.csv").write_text("account,metric,timestamp\nacme,requests,yesterday\n", encoding="utf-8")
    result = filled(*arguments)
    assert result.code == code, result.err
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert result.err.startswith("error: ")
    assert says in result.err
    if arguments[:1] == ("import",):
        assert len(json.loads(filled("batches", "--format", "json").out)) == 1


def test_control_characters_in_what_was_typed_do_not_reach_the_terminal(usagebill: Command) -> None:
    result = usagebill("usage", "--customer", "\x1b]0;evil\x07\u202e")
    assert result.code == 4
    assert "\x1b" not in result.err
    assert "\\x1b" in result.err
    assert "\u202e" not in result.err


def test_debug_shows_the_traceback_as_well(usagebill: Command) -> None:
    result = usagebill("--debug", "invoice", "show", "INV-0001")
    assert result.code == 4
    assert "Traceback" in result.err
    assert result.err.splitlines()[-1].startswith("error: ")


def test_a_home_that_cannot_be_made_is_one_line(usagebill: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = usagebill("--home", str(tmp_path / "file" / "below"), "metrics")
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert "--home" in result.err


def test_a_full_disk_is_one_line_and_loses_nothing(
    filled: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "more.csv").write_text(
        "id,account,metric,timestamp\nm1,acme,requests,2023-11-09T00:00:00Z\n", encoding="utf-8"
    )
    with monkeypatch.context() as patched:
        patched.setattr("usagebill_tui.eventstore.parquet.files.os.fsync", full)
        result = filled("import", "more.csv")
    assert result.code == 1
    assert "No space left on device" in result.err
    assert result.err.count("\n") == 1
    again = filled("import", "more.csv")
    assert again.code == 0
    assert '"accepted": 1' in again.out
