"""Watching a folder, by a clock that the test moves and with files that it puts there meanwhile."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.billing.imports.inbox import Inbox, NotPutAway
from usagebill_tui.billing.imports.one_by_one import FileOutcome, import_one
from usagebill_tui.billing.imports.watching import Handled, Pace, Waiting, Watcher
from usagebill_tui.errors import InvalidInput, NotFound, StorageFailed, UsagebillError, WrongCall
from usagebill_tui.events.types import Options
from usagebill_tui.workspace import Workspace

ROW = '{"id":"%s","account":"acme","metric":"calls","timestamp":"2026-10-01T00:00:00Z"}\n'


class Stopped(Exception):
    pass


class Day:
    """A clock that goes on when somebody sleeps, and then does what the test has planned."""

    def __init__(self, *plans: Callable[[], object]) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []
        self._plans = list(plans)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)
        if not self._plans:
            raise Stopped
        self._plans.pop(0)()


def nothing() -> None:
    pass


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open("sandbox", home=tmp_path / "home") as opened:
        yield opened


def until_stopped(workspace: Workspace, inbox: Path, day: Day, pace: Pace | None = None) -> list[Handled]:
    handled: list[Handled] = []
    with pytest.raises(Stopped):
        handled.extend(workspace.watch(inbox, waiting=waiting(day), pace=pace or Pace()))
    return handled


def once(workspace: Workspace, inbox: Path, day: Day | None = None) -> list[Handled]:
    return list(workspace.watch(inbox, waiting=waiting(day or Day(nothing)), once=True))


def waiting(day: Day) -> Waiting:
    return Waiting(lambda: day.now, day.sleep)


def ids(workspace: Workspace) -> list[str]:
    return [event.id for event in workspace.events()]


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {
        ".usagebill-watch.lock",
        ".usagebill-watch.begun",
    }


def test_a_file_is_imported_and_moved_with_its_report(workspace: Workspace, inbox: Path) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a" + "{}\n")
    (handled,) = once(workspace, inbox)
    assert handled.moved_to == inbox / "done" / "a.jsonl"
    assert names(inbox) == {"done/a.jsonl", "done/a.jsonl.report.json"}
    report = json.loads((inbox / "done" / "a.jsonl.report.json").read_text())
    assert (report["outcome"], report["batch"], report["accepted"], report["rejected"]) == ("partly", 1, 1, 1)
    assert report["first_rejects"] == [{"line": 2, "reason": "account is missing"}]
    assert ids(workspace) == ["a"]


def test_a_file_that_cannot_be_used_is_moved_aside_and_stops_no_other(
    workspace: Workspace, inbox: Path
) -> None:
    (inbox / "a.pdf").write_text("%PDF")
    (inbox / "b.jsonl").write_text(ROW % "b")
    assert [handled.outcome.result for handled in once(workspace, inbox)] == ["failed", "done"]
    assert names(inbox) == {
        *("failed/a.pdf", "failed/a.pdf.report.json", "done/b.jsonl", "done/b.jsonl.report.json")
    }
    report = json.loads((inbox / "failed" / "a.pdf.report.json").read_text())
    assert report["batch"] is None
    assert report["error"].startswith(str(inbox / "a.pdf"))


def test_a_file_counts_once_it_has_settled(workspace: Workspace, inbox: Path) -> None:
    file = inbox / "a.jsonl"
    day = Day(
        lambda: file.write_text(ROW % "a" + '{"id":"b",'),
        nothing,
        lambda: file.write_text(ROW % "a" + ROW % "b"),
        nothing,
        nothing,
    )
    (handled,) = until_stopped(workspace, inbox, day)
    assert handled.outcome.report is not None
    assert handled.outcome.report.counts.rejected == 0
    assert ids(workspace) == ["a", "b"]
    assert day.slept == [1.0] * 6


def test_the_last_change_counts_even_where_the_size_stays(workspace: Workspace, inbox: Path) -> None:
    file = inbox / "a.jsonl"

    def exchange() -> None:
        other = inbox / ".a.jsonl"
        other.write_text(ROW % "y")
        other.replace(file)

    file.write_text(ROW % "x")
    assert until_stopped(workspace, inbox, Day(exchange, nothing)) == []
    assert ids(workspace) == []


@pytest.mark.parametrize("name", [".a.jsonl", "a.jsonl.part", "a.jsonl.TMP", "a.jsonl~", ".#a.jsonl"])
def test_names_of_unfinished_files_are_left_alone(workspace: Workspace, inbox: Path, name: str) -> None:
    (inbox / name).write_text(ROW % "a")
    assert once(workspace, inbox) == []
    assert names(inbox) == {name}


def test_folders_are_left_alone(workspace: Workspace, inbox: Path) -> None:
    (inbox / "deep.jsonl").mkdir()
    (inbox / "deep.jsonl" / "a.jsonl").write_text(ROW % "a")
    assert once(workspace, inbox) == []
    assert names(inbox) == {"deep.jsonl/a.jsonl"}


def test_nothing_is_ever_overwritten(workspace: Workspace, inbox: Path) -> None:
    for name in ("a", "b", "c"):
        (inbox / "day.csv.gz").write_text(name)
        once(workspace, inbox)
    (inbox / "failed" / "day-4.csv.gz.report.json").write_text("somebody's")
    (inbox / "day.csv.gz").write_text("d")
    once(workspace, inbox)
    kept = {path.name: path.read_text() for path in (inbox / "failed").glob("*.gz")}
    assert kept == {"day.csv.gz": "a", "day-2.csv.gz": "b", "day-3.csv.gz": "c", "day-5.csv.gz": "d"}
    assert (inbox / "failed" / "day-4.csv.gz.report.json").read_text() == "somebody's"


def test_interrupted_before_the_move_it_counts_once(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a" + ROW.replace('"id":"%s",', ""))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "put_away", interrupted)
        with pytest.raises(KeyboardInterrupt):
            once(workspace, inbox)
    assert names(inbox) == {"a.jsonl"}
    (handled,) = once(workspace, inbox)
    assert handled.outcome.report is not None
    assert (handled.outcome.report.counts.accepted, handled.outcome.report.counts.duplicates) == (0, 2)
    assert len(ids(workspace)) == 2
    assert "done/a.jsonl" in names(inbox)


def test_interrupted_between_report_and_move_both_reports_stay(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("usagebill_tui.billing.imports.inbox._move", interrupted)
        with pytest.raises(KeyboardInterrupt):
            once(workspace, inbox)
    once(workspace, inbox)
    assert names(inbox) == {
        *("done/a.jsonl.report.json", "done/a-2.jsonl", "done/a-2.jsonl.report.json"),
    }
    assert ids(workspace) == ["a"]


def test_a_file_that_changes_during_its_import_is_taken_back(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = inbox / "a.csv"
    file.write_text("id,account,metric,timestamp,gb\na,acme,gb,2026-10-01,12")

    def slow(*arguments: Any) -> FileOutcome:
        outcome = import_one(*arguments)
        if file.read_text().endswith("12"):
            file.write_text(file.read_text() + "5\n")
        return outcome

    monkeypatch.setattr("usagebill_tui.billing.imports.watching.import_one", slow)
    first, second = until_stopped(workspace, inbox, Day(*[nothing] * 5))
    assert first.moved_to is None
    assert str(first.outcome.error).startswith(f"{file}: was changed while it was imported")
    assert second.moved_to == inbox / "done" / "a.csv"
    (event,) = workspace.events()
    assert event.properties["gb"].as_text() == "125"


def killed(*_: object) -> None:
    raise Stopped


def test_killed_before_it_saw_that_a_file_went_on_growing_the_half_row_is_taken_back(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = inbox / "a.csv"
    file.write_text("id,account,metric,timestamp,gb\nz,acme,gb,2026-10-01,1\na,acme,gb,2026-10-01,12")
    with monkeypatch.context() as patch:
        patch.setattr(Watcher, "_settled", killed)
        with pytest.raises(Stopped):
            once(workspace, inbox)
    with file.open("a") as grown:
        grown.write("5\n")

    first, second = once(workspace, inbox)

    assert str(first.outcome.error).startswith(f"{file}: was changed while it was imported")
    assert second.moved_to == inbox / "done" / "a.csv"
    assert [event.properties["gb"].as_text() for event in workspace.events()] == ["125", "1"]
    assert not (inbox / ".usagebill-watch.begun").exists()


def test_killed_after_the_move_another_file_of_this_name_takes_nothing_back(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")
    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "end", killed)
        with pytest.raises(Stopped):
            once(workspace, inbox)
    assert "done/a.jsonl" in names(inbox)
    (inbox / "a.jsonl").write_text(ROW % "b")

    (handled,) = once(workspace, inbox)

    assert handled.outcome.result == "done"
    assert ids(workspace) == ["a", "b"]


def test_what_somebody_else_imported_of_a_file_since_is_left_alone(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")
    with monkeypatch.context() as patch:
        patch.setattr("usagebill_tui.billing.imports.watching.import_one", killed)
        with pytest.raises(Stopped):
            once(workspace, inbox)
    other = tmp_path / "a.jsonl"
    other.write_text(ROW % "other")
    workspace.import_events([str(other)])
    with (inbox / "a.jsonl").open("a") as grown:
        grown.write(ROW % "b")

    (handled,) = once(workspace, inbox)

    assert handled.outcome.result == "done"
    assert ids(workspace) == ["a", "b", "other"]


@pytest.mark.parametrize("note", [b"", b"{}", b"\xff"])
def test_a_note_that_cannot_be_read_is_none(workspace: Workspace, inbox: Path, note: bytes) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")
    (inbox / ".usagebill-watch.begun").write_bytes(note)

    once(workspace, inbox)

    assert ids(workspace) == ["a"]


def test_a_file_that_changes_while_others_are_imported_is_looked_at_again(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (inbox / f"{name}.jsonl").write_text(ROW % name)

    def slow(*arguments: Any) -> FileOutcome:
        outcome = import_one(*arguments)
        if outcome.file.endswith("a.jsonl"):
            (inbox / "b.jsonl").write_text(ROW % "b" + ROW % "c")
        return outcome

    monkeypatch.setattr("usagebill_tui.billing.imports.watching.import_one", slow)
    handled = until_stopped(workspace, inbox, Day(*[nothing] * 6))
    assert [one.outcome.result for one in handled] == ["done", "done"]
    assert [batch.kind for batch in workspace.batches()] == ["import", "import"]
    assert ids(workspace) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "error", [StorageFailed("No space left on device"), OSError(5, "Input/output error")]
)
def test_where_the_disk_of_the_store_fails_the_file_stays_and_is_tried_again_later(
    workspace: Workspace, inbox: Path, error: Exception
) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")

    def full(*_: object) -> None:
        raise error

    patch = pytest.MonkeyPatch()
    patch.setattr("usagebill_tui.billing.imports.one_by_one.import_events", full)
    handled = until_stopped(workspace, inbox, Day(*[nothing] * 11, patch.undo), Pace(retry=10))
    results = [(one.outcome.result, one.moved_to is None) for one in handled]
    assert results == [("failed", True), ("done", False)]
    assert ids(workspace) == ["a"]


def test_a_file_that_vanishes_is_nobodys_failure(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")

    def late(*arguments: Any) -> FileOutcome:
        (inbox / "a.jsonl").unlink()
        return import_one(*arguments)

    monkeypatch.setattr("usagebill_tui.billing.imports.watching.import_one", late)
    assert once(workspace, inbox) == []
    assert names(inbox) == set()


def test_an_error_of_ours_in_one_file_stops_no_other(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("usagebill_tui.billing.imports.one_by_one.import_events", broken)
    (handled,) = once(workspace, inbox)
    assert "internal error: ZeroDivisionError: oops" in str(handled.outcome.error)
    assert handled.moved_to == inbox / "failed" / "a.jsonl"


def test_only_one_watches_a_folder(workspace: Workspace, inbox: Path) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")
    first = workspace.watch(inbox, waiting=waiting(Day(nothing)), once=True)
    assert next(first).moved_to is not None
    with pytest.raises(UsagebillError, match="another usagebill watches it"):
        once(workspace, inbox)
    assert list(first) == []
    assert once(workspace, inbox) == []


def test_once_leaves_what_is_still_written(workspace: Workspace, inbox: Path) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")
    (inbox / "b.jsonl").write_text(ROW % "b")
    day = Day(lambda: (inbox / "b.jsonl").write_text(ROW % "b" + ROW % "c"))
    (handled,) = once(workspace, inbox, day)
    assert handled.moved_to == inbox / "done" / "a.jsonl"
    assert day.slept == [2.0]
    empty = Day()
    (inbox / "b.jsonl").unlink()
    once(workspace, inbox, empty)
    assert empty.slept == []


def test_files_are_taken_by_name(workspace: Workspace, inbox: Path) -> None:
    for name in ("b", "c", "a"):
        (inbox / f"{name}.jsonl").write_text(ROW % name)
    assert [Path(one.outcome.file).stem for one in once(workspace, inbox)] == ["a", "b", "c"]


def test_a_folder_that_cannot_be_watched(workspace: Workspace, inbox: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no such folder"):
        once(workspace, tmp_path / "nowhere")
    (inbox / "done").write_text("in the way")
    with pytest.raises(StorageFailed, match="done"):
        once(workspace, inbox)


def test_a_done_on_another_disk_is_refused(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Inbox, "_device", lambda _, folder: folder.name)
    with pytest.raises(InvalidInput, match="is on another disk"):
        once(workspace, inbox)


def test_a_wrong_request_touches_no_file(workspace: Workspace, inbox: Path) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")
    request = ImportRequest(options=Options(map={"acount": "x"}))
    with pytest.raises(WrongCall, match="acount"):
        list(workspace.watch(inbox, request, waiting=waiting(Day()), once=True))
    assert names(inbox) == {"a.jsonl"}


@pytest.mark.parametrize("name", ["x" * 249 + ".jsonl", "é" * 124 + ".jsonl"])
def test_a_long_name_can_be_moved(workspace: Workspace, inbox: Path, name: str) -> None:
    for identity in ("a", "b"):
        (inbox / name).write_text(ROW % identity)
        once(workspace, inbox)
    assert ids(workspace) == ["a", "b"]
    assert len(names(inbox)) == 4
    assert {Path(found).parent.name for found in names(inbox)} == {"done"}


def test_a_long_ending_can_be_moved(workspace: Workspace, inbox: Path) -> None:
    for text in ("a", "b", "c"):
        (inbox / ("x." + "y" * 250)).write_text(text)
        once(workspace, inbox)
    assert len(names(inbox)) == 6


def test_a_file_that_cannot_be_moved_ends_the_watch_and_says_what_was_done(
    workspace: Workspace, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "a.jsonl").write_text(ROW % "a")

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("usagebill_tui.billing.imports.inbox._move", refuse)
    with pytest.raises(NotPutAway, match="was dealt with, but cannot be moved to done") as failed:
        once(workspace, inbox)
    assert failed.value.exit_code == 3
    assert ids(workspace) == ["a"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always text")
def test_a_name_that_is_no_text_is_escaped_where_it_is_told(workspace: Workspace, inbox: Path) -> None:
    name = os.fsdecode(b"\xff.jsonl")
    (inbox / name).write_text(ROW % "a")
    once(workspace, inbox)
    assert (inbox / "done" / name).exists()
    assert ids(workspace) == ["a"]
    assert workspace.batches()[0].files[0].name == str(inbox / "\\udcff.jsonl")
    report = json.loads((inbox / "done" / f"{name}.report.json").read_text())
    assert report["file"] == str(inbox / "\\udcff.jsonl")
