from pathlib import Path

from sqlalchemy import text

from tests.test_backups import NOVEMBER, fill
from usagebill_tui.store.engine import open_sqlite, writing
from usagebill_tui.workspace import Workspace

BILLED = """
[[product]]
code = "m"
name = "Things"
metric = "m"
price = { unit_amount = "2" }

[[plan]]
code = "basic"
name = "Basic"
currency = "USD"
products = ["m"]

[[customer]]
id = "acme"
name = "Acme"

[[customer.subscription]]
plan = "basic"
start = 2023-11-01
"""


def billed(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    fill(home)
    (tmp_path / "billed.toml").write_text(BILLED, encoding="utf-8")
    with Workspace.open(home=home) as workspace:
        workspace.apply_catalogue(tmp_path / "billed.toml")
        workspace.bill("2023-11", finalize=True)
    return home


def failures(home: Path) -> list[str]:
    with Workspace.open(home=home) as workspace:
        return [finding.check for finding in workspace.verify() if finding.status == "failed"]


def test_any_flipped_bit_of_a_segment_is_found(tmp_path: Path) -> None:
    home = billed(tmp_path)
    assert failures(home) == []
    (segment, *_) = sorted((home / "production" / "events").glob("events-*.parquet"))
    whole = segment.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 12)):
        segment.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert failures(home) == [f"segment {segment.name}"]
    segment.write_bytes(whole[:-1])
    assert failures(home) == [f"segment {segment.name}"]
    segment.unlink()
    assert failures(home) == [f"segment {segment.name}"]


def test_a_changed_document_and_a_changed_count_are_found(tmp_path: Path) -> None:
    home = billed(tmp_path)
    engine = open_sqlite(home / "production" / "catalogue.db")
    with writing(engine) as session:
        session.execute(text("UPDATE invoices SET document = replace(document, '7.00', '8.00')"))
    assert "invoice INV-0001" in failures(home)
    with writing(engine) as session:
        session.execute(text("UPDATE invoices SET document = replace(document, '8.00', '7.00')"))
    assert failures(home) == []
    with writing(engine) as session:
        session.execute(text("UPDATE batches SET duplicates = 1 WHERE id = 1"))
    assert failures(home) == ["batch 1"]
    engine.dispose()


def test_leftovers_are_named_and_removed_and_nothing_else_is(tmp_path: Path) -> None:
    home = billed(tmp_path)
    events = home / "production" / "events"
    (events / "events-dead.parquet").write_bytes(b"x")
    (events / ".events-half.parquet.tmp").write_bytes(b"x")
    (events / "staging").mkdir(exist_ok=True)
    (events / "staging" / "import-dead").mkdir()
    with Workspace.open(home=home) as workspace:
        before = workspace.usage(NOVEMBER)
        assert [f.status for f in workspace.doctor()] == ["ok", "ok", "ok", "warning"]
        assert (events / "events-dead.parquet").exists()
        assert [f.status for f in workspace.doctor(repair=True)] == ["ok"] * 4
        assert [f.status for f in workspace.doctor()] == ["ok"] * 4
        assert workspace.usage(NOVEMBER) == before
    assert not (events / "events-dead.parquet").exists()
    assert not (events / "staging" / "import-dead").exists()
    assert failures(home) == []
