"""A workspace moves to other stores: all of it, proven equal, resumable, and the old one stays as it was."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.billing.desk import Desk, as_json, catalogue, fee, metered
from tests.databases import sqlite_only
from usagebill_tui import moving
from usagebill_tui.billing.house import House
from usagebill_tui.billing.proofs.likeness import Proof, prove
from usagebill_tui.errors import Refused, StorageFailed
from usagebill_tui.eventstore.parquet import carrying
from usagebill_tui.homes import Home
from usagebill_tui.moving import Move, Moved, move_workspace
from usagebill_tui.plugin.registry import builtin_registry
from usagebill_tui.store import transfer
from usagebill_tui.store.manifest import Segment
from usagebill_tui.stores import Servers
from usagebill_tui.workspace import Workspace

pytestmark = sqlite_only
TEXT = catalogue({"fee": fee("49.00"), "gb": metered("gb", unit_amount="0.125")})


@pytest.fixture(name="desk")
def busy_desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, TEXT) as desk:
        for day in (3, 4, 5):
            desk.events(("acme", "gb", f"2026-10-0{day}T00:00:00Z", {"gb": f"{day}.25"}))
        desk.workspace.bill("2026-10", finalize=True)
        desk.workspace.undo_batch(2)
        desk.workspace.bill("2026-11")
        yield desk


def moved(desk: Desk, to: str = "other") -> Moved:
    asked = Move(name="sandbox", to=to)
    home = Home(desk.folder / "home")
    return move_workspace(home, asked, registry=builtin_registry(), clock=lambda: desk.now)


def files_of(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith("events/.import")}


def test_the_new_one_is_and_bills_what_the_old_one_does(desk: Desk) -> None:
    done = moved(desk)
    assert (done.proof.events, done.proof.invoices, done.tables["batches"]) == (2, 1, 4)
    with Workspace.open("other", home=desk.folder / "home", clock=lambda: desk.now) as other:
        assert as_json(other.invoices()) == as_json(desk.workspace.invoices())
        assert other.audit() == desk.workspace.audit()
        assert [finding.status for finding in other.verify()] == ["ok"]
        assert as_json(other.bill("2026-12").invoices) == as_json(desk.workspace.bill("2026-12").invoices)
        other.undo_batch(1)
    assert [batch.undone_by for batch in desk.workspace.batches()] == [None, 4, None, None]


def test_the_old_one_is_not_touched(desk: Desk) -> None:
    folder = desk.workspace.folder
    before = files_of(folder)
    moved(desk)
    assert files_of(folder) == before


def test_what_was_done_before_an_interrupt_is_not_done_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    copy = carrying._copy  # noqa: SLF001 - to interrupt it

    def interrupted(source: Path, target: Path, segment: Segment) -> None:
        if len(copied) == 1:
            raise KeyboardInterrupt
        copied.append(source.name)
        copy(source, target, segment)

    monkeypatch.setattr(carrying, "_copy", interrupted)
    with pytest.raises(KeyboardInterrupt):
        moved(desk)
    home = Home(desk.folder / "home")
    assert home.names() == ["sandbox"]
    rest: list[str] = []

    def remaining(source: Path, target: Path, segment: Segment) -> None:
        rest.append(source.name)
        copy(source, target, segment)

    monkeypatch.setattr(carrying, "_copy", remaining)
    monkeypatch.setattr(moving, "prove", lambda _: pytest.fail("the proof is interrupted"))
    with pytest.raises(pytest.fail.Exception):
        moved(desk)
    assert copied[0] not in rest
    assert home.names() == ["sandbox"]
    monkeypatch.setattr(moving, "prove", prove)
    monkeypatch.delattr(transfer, "_copy")
    assert moved(desk).proof.events == 2
    assert home.names() == ["other", "sandbox"]


def test_another_move_to_that_name_is_not_mixed_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(moving, "prove", lambda _: pytest.fail("the proof is interrupted"))
        with pytest.raises(pytest.fail.Exception):
            moved(desk)
    desk.workspace.pay("INV-0001", "1")
    with pytest.raises(Refused, match=r"the table .* was changed since it was copied; move to another name"):
        moved(desk)
    plan = desk.folder / "home" / "other" / "moving.toml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("# sandbox", "# production"), encoding="utf-8")
    with pytest.raises(Refused, match="another move to 'other' was begun; finish that first"):
        moved(desk)


def test_a_difference_is_said_and_there_is_no_new_workspace(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    proofs = iter(["2", "3"])

    def differing(house: House) -> Proof:
        return msgspec.structs.replace(prove(house), events_digest=next(proofs))

    monkeypatch.setattr(moving, "prove", differing)
    with pytest.raises(StorageFailed, match="both do not come out the same: events_digest"):
        moved(desk)
    assert Home(desk.folder / "home").names() == ["sandbox"]


def test_a_damaged_segment_stops_it(desk: Desk) -> None:
    segment = next((desk.workspace.folder / "events").glob("*.parquet"))
    segment.write_bytes(segment.read_bytes()[:-1])
    with pytest.raises(StorageFailed, match="is not what the manifest says; run `usagebill verify`"):
        moved(desk)
    assert Home(desk.folder / "home").names() == ["sandbox"]


def test_nothing_is_moved_over_what_is_there(desk: Desk) -> None:
    moved(desk)
    with pytest.raises(Refused, match="workspace 'other' exists already"):
        moved(desk)
    (desk.folder / "home" / "third").mkdir()
    with pytest.raises(Refused, match="is in the way"):
        moved(desk, "third")
    shutil.rmtree(desk.folder / "home" / "third")


def test_events_that_nobody_can_carry_yet_are_refused_before_anything_is_made(desk: Desk) -> None:
    asked = Move(name="sandbox", to="other", servers=Servers(event_store="kafka://host/usage"))
    with pytest.raises(Refused, match="events cannot be carried from folder to kafka yet"):
        move_workspace(Home(desk.folder / "home"), asked, registry=builtin_registry(), clock=lambda: desk.now)
    assert [path.name for path in (desk.folder / "home").iterdir()] == ["sandbox"]
