import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from usagebill_tui.backups import back_up, restore
from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.errors import InvalidInput, NotFound, Refused
from usagebill_tui.homes import Home
from usagebill_tui.workspace import Workspace

NOW = datetime(2023, 12, 5, 9, tzinfo=UTC)
NOVEMBER = UsageRequest(first="2023-11-01", last="2023-12-01")
CATALOGUE = """
[[metric]]
code = "m"
name = "Things"
aggregation = "sum"
property = "n"

[[customer]]
id = "acme"
name = "Acme"
"""


def fill(home: Path) -> None:
    (home.parent / "catalogue.toml").write_text(CATALOGUE, encoding="utf-8")
    for name, number in (("one", 1), ("two", 2)):
        (home.parent / f"{name}.csv").write_text(
            f"id,account,metric,timestamp,n\n{name},acme,m,2023-11-09T00:00:00Z,{number}.25\n",
            encoding="utf-8",
        )
    with Workspace.open(home=home, clock=lambda: NOW) as workspace:
        workspace.apply_catalogue(home.parent / "catalogue.toml")
        for name in ("one", "two"):
            workspace.import_events([home.parent / f"{name}.csv"])


def save(home: Path, target: Path) -> int:
    place = Home(home)
    return back_up(place.folder("production"), place.fixed("production", NOW), target)


def test_a_restored_workspace_answers_as_the_one_that_was_backed_up(tmp_path: Path) -> None:
    home, target = tmp_path / "home", tmp_path / "all.tar"
    fill(home)
    with Workspace.open(home=home) as in_use:
        expected = in_use.usage(NOVEMBER)
        assert save(home, target) == 2
    assert restore(Home(home), "again", target) == 2
    with Workspace.open("again", home=home) as workspace:
        assert workspace.usage(NOVEMBER) == expected
        assert [row.units for row in expected if row.units] != []
        assert [finding.status for finding in workspace.verify()] == ["ok"]
        assert len(workspace.audit()) == len(Workspace.open(home=home).audit())


def test_a_backup_holds_nothing_of_imports_that_come_later(tmp_path: Path) -> None:
    home, target = tmp_path / "home", tmp_path / "all.tar"
    fill(home)
    save(home, target)
    (tmp_path / "late.csv").write_text(
        "id,account,metric,timestamp,n\nlate,acme,m,2023-11-09T00:00:00Z,99\n", encoding="utf-8"
    )
    with Workspace.open(home=home) as workspace:
        workspace.import_events([tmp_path / "late.csv"])
    restore(Home(home), "again", target)
    with Workspace.open("again", home=home) as workspace:
        assert [str(row.units) for row in workspace.usage(NOVEMBER)] == ["3.5"]


def test_every_changed_byte_and_every_cut_is_noticed_and_nothing_is_left(tmp_path: Path) -> None:
    home, target = tmp_path / "home", tmp_path / "all.tar"
    fill(home)
    save(home, target)
    whole = target.read_bytes()
    with tarfile.open(target) as archive:
        places = [m.offset_data + m.size // 2 for m in archive if m.size]
    broken = [whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :] for place in places]
    broken += [whole[: len(whole) // 2], whole[:512], b"", b"not a tar file" * 100]
    for number, content in enumerate(broken):
        target.write_bytes(content)
        with pytest.raises(InvalidInput, match="is not a whole backup"):
            restore(Home(home), f"again{number}", target)
    assert Home(home).names() == ["production"]
    assert sorted(path.name for path in home.iterdir()) == ["production"]


def test_names_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    evil = tmp_path / "evil.tar"
    (tmp_path / "x").write_text("x", encoding="utf-8")
    for name in ("../evil", "/evil", "events/../../evil.parquet", "events/.hidden.parquet", "other"):
        with tarfile.open(evil, "w") as archive:
            archive.add(tmp_path / "x", name)
        with pytest.raises(InvalidInput, match="which no backup does"):
            restore(Home(tmp_path / "home"), "again", evil)
    assert not (tmp_path / "evil").exists()


def test_nothing_that_exists_is_overwritten(tmp_path: Path) -> None:
    home, target = tmp_path / "home", tmp_path / "all.tar"
    fill(home)
    save(home, target)
    with pytest.raises(Refused):
        save(home, target)
    with pytest.raises(Refused):
        restore(Home(home), "production", target)
    with pytest.raises(NotFound):
        restore(Home(home), "again", tmp_path / "nothing.tar")
