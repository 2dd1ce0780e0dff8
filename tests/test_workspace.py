"""Opening workspaces, what they keep apart, and looking at what was imported."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from usagebill_tui.errors import InvalidInput, NotFound, Refused, StorageFailed
from usagebill_tui.homes import Home
from usagebill_tui.workspace import Workspace, login_name, read_text

NOW = datetime(2026, 11, 2, tzinfo=UTC)
CATALOGUE = """
currency = "USD"
metric = [{ code = "calls", event = "call", aggregation = "count" }]
product = [{ code = "calls", metric = "calls", price = { unit_amount = "1" } }]
plan = [{ code = "pro", products = ["calls"] }]
[[customer]]
id = "acme"
aliases = ["cus_1"]
timezone = "America/New_York"
subscription = [{ id = "sub_1", plan = "pro", start = 2026-01-01 }]
"""
EVENTS = """id,account,metric,timestamp
1,acme,call,2026-10-01T03:59:59Z
2,cus_1,call,2026-10-01T04:00:00Z
3,sub_1,call,2026-10-02T04:00:00Z
4,zen,call,2026-10-01T12:00:00Z
5,acme,other,2026-10-01T12:00:00Z
6,acme,call,yesterday
"""


def opened(home: Path, name: str = "sandbox") -> Workspace:
    return Workspace.open(name, home=home, clock=lambda: NOW, who="ada")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with a customer and six events, one of them unreadable."""
    (tmp_path / "catalogue.toml").write_text(CATALOGUE, encoding="utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    with opened(tmp_path / "home") as workspace:
        workspace.apply_catalogue(tmp_path / "catalogue.toml")
        workspace.import_events([tmp_path / "events.csv"])
        yield workspace


def ids(workspace: Workspace, **search: str | int) -> list[str]:
    return [event.id for event in workspace.events(**search)]  # type: ignore[arg-type] # passed on as it is


def test_workspaces_share_nothing(tmp_path: Path, workspace: Workspace) -> None:
    with opened(tmp_path / "home", "production") as other:
        assert other.catalogue().customers == {}
        assert ids(other) == []
        assert other.bill("2026-10").invoices == ()
    assert len(workspace.bill("2026-10").invoices) == 1
    assert Home(tmp_path / "home").names() == ["production", "sandbox"]


def test_what_was_done_is_there_when_it_is_opened_again(tmp_path: Path, workspace: Workspace) -> None:
    made = workspace.bill("2026-10").invoices
    workspace.close()
    with opened(tmp_path / "home") as again:
        assert tuple(again.invoices()) == made
        assert [batch.counts.read for batch in again.batches()] == [6]


def test_an_unknown_workspace_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no workspace 'sandbx'; did you mean 'sandbox'"):
        opened(tmp_path, "sandbx")
    assert list(tmp_path.iterdir()) == []


def test_the_environment_says_where_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USAGEBILL_HOME", str(tmp_path / "elsewhere"))
    with Workspace.open("sandbox", clock=lambda: NOW) as workspace:
        assert workspace.folder == tmp_path / "elsewhere" / "sandbox"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such modes")
def test_everything_in_it_is_the_owners(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        (tmp_path / "catalogue.toml").write_text(CATALOGUE, encoding="utf-8")
        (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
        with opened(tmp_path / "home") as workspace:
            workspace.apply_catalogue(tmp_path / "catalogue.toml")
            workspace.import_events([tmp_path / "events.csv"])
            workspace.bill("2026-10", finalize=True)
            found = [tmp_path / "home", *(tmp_path / "home").rglob("*")]
            modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in found}
    finally:
        os.umask(before)
    assert modes == {(True, 0o700), (False, 0o600)}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_home_that_may_not_be_written_is_one_clear_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageFailed, match="Permission denied; choose a writable place with --home"):
        opened(tmp_path / "home")


def test_a_database_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    opened(tmp_path).close()
    database = tmp_path / "sandbox" / "catalogue.db"
    database.write_bytes(b"this is no database at all, only some text" * 40)
    with pytest.raises(StorageFailed, match="file is not a database; restore a backup"):
        opened(tmp_path)


def test_events_are_found_by_customer_metric_and_time(workspace: Workspace) -> None:
    assert ids(workspace) == ["1", "2", "4", "5", "3"]
    assert ids(workspace, customer="acme") == ["1", "2", "5", "3"]
    assert ids(workspace, customer="acme", metric="calls") == ["1", "2", "3"]
    assert ids(workspace, metric="other") == ["5"]
    # Days are days in New York where a customer is named, else in UTC.
    assert ids(workspace, customer="acme", first="2026-10-01", last="2026-10-02") == ["2", "5"]
    assert ids(workspace, first="2026-10-01", last="2026-10-02") == ["1", "2", "4", "5"]
    assert ids(workspace, limit=2) == ["1", "2"]
    with pytest.raises(NotFound, match="there is no customer 'acne'; did you mean 'acme'"):
        ids(workspace, customer="acne")


def test_rejected_rows_can_be_looked_at(workspace: Workspace) -> None:
    (reject,) = workspace.rejects()
    assert (reject.line, "yesterday" in reject.raw) == (7, True)
    assert workspace.rejects(1) == [reject]
    with pytest.raises(NotFound, match="there is no batch 2"):
        workspace.rejects(2)


def test_an_undone_batch_no_longer_counts(workspace: Workspace) -> None:
    assert workspace.undo_batch(1) == (5, 0)
    assert ids(workspace) == []
    with pytest.raises(Refused, match="batch 1 was taken back already"):
        workspace.undo_batch(1)


def test_the_catalogue_can_be_exported_and_applied_again(tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "exported.toml"
    path.write_text(workspace.export_catalogue(), encoding="utf-8")
    assert workspace.apply_catalogue(path).changes == ()
    assert {finding.what for finding in workspace.lint_catalogue(path)} == {"has no name"}


def test_a_text_file_is_read_or_said_why_not(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(b"\xef\xbb\xbfx")
    bad.write_bytes(b"\xff")
    assert read_text(good) == "x"
    with pytest.raises(InvalidInput, match="bad: is not UTF-8 text"):
        read_text(bad)
    with pytest.raises(NotFound, match="none: there is no such file"):
        read_text(tmp_path / "none")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_text(tmp_path)


def test_whoever_has_no_login_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr("usagebill_tui.workspace.getpass.getuser", nameless)
    assert login_name() == "unknown"


def test_a_database_that_is_there_is_only_read_where_nothing_is_written(tmp_path: Path) -> None:
    with Workspace.open(home=tmp_path) as workspace:
        folder = workspace.folder
    stamps = {path: path.stat().st_mtime_ns for path in (folder, folder / "catalogue.db", folder / "events")}
    with Workspace.open(home=tmp_path) as workspace:
        workspace.catalogue()
        list(workspace.events())
        workspace.usage()
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
