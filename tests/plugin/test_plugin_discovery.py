"""Where plugins are found, in which order, and where they are not."""

import os
import sys
from pathlib import Path

import pytest

from tests.plugin.written import DOUBLE, SQUARE, package, plugin
from usagebill_tui.plugin import builtin
from usagebill_tui.plugin.discovery import installed, same_name
from usagebill_tui.plugin.health import Plugins
from usagebill_tui.plugin.loading import find_plugins, load_plugins

POSIX = pytest.mark.skipif(os.name == "nt", reason="modes and owners are POSIX's")


def loaded(*folders: Path, entry_points: bool = False) -> Plugins:
    return load_plugins((builtin,), entry_points=entry_points, folders=folders)


def test_an_installed_package_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path / "site", "acme-double", "1.2", DOUBLE, entry="double")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (candidate,) = [each for each in installed() if each.origin.name == "double"]
    assert "acme_double" not in sys.modules
    assert (candidate.origin.version, candidate.origin.place) == ("1.2", "package acme-double")
    plugins = loaded(entry_points=True)
    assert [state.status for state in plugins.health if state.name == "double"] == ["ok"]
    assert str(plugins.registry.aggregation("double").origin) == "plugin double 1.2"


def test_an_installed_package_that_fails_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path / "site", "acme-aaa", "1", "import no_such_module_anywhere")
    package(tmp_path / "site", "acme-bbb", "1", SQUARE, entry="bbb")
    (tmp_path / "site" / "acme_ccc-1.dist-info").mkdir()
    entry_points = tmp_path / "site" / "acme_ccc-1.dist-info" / "entry_points.txt"
    entry_points.write_text("[usagebill_tui]\nccc = acme_bbb:nothing\n", encoding="utf-8")
    (entry_points.parent / "METADATA").write_text("Name: acme-ccc\nVersion: 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    states = {state.name: state for state in loaded(entry_points=True).health}
    assert "no_such_module_anywhere" in (states["acme-aaa"].reason or "")
    assert states["bbb"].adds == ("pricing model square",)
    assert "AttributeError" in (states["ccc"].reason or "")


def test_nothing_is_found_in_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path / "here", "acme-here", "1", DOUBLE)
    monkeypatch.chdir(tmp_path / "here")
    for entry in ("", str(tmp_path / "here"), "."):
        with monkeypatch.context() as patched:
            patched.setattr(sys, "path", [entry, *sys.path])
            assert "acme-here" not in {each.origin.name for each in installed()}


def test_the_first_of_two_copies_of_a_package_is_the_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path / "old", "acme-copy", "1", DOUBLE)
    package(tmp_path / "new", "Acme_Copy", "2", DOUBLE)
    monkeypatch.syspath_prepend(str(tmp_path / "old"))
    monkeypatch.syspath_prepend(str(tmp_path / "new"))
    versions = [each.origin.version for each in installed() if same_name(each.origin.name, "acme-copy")]
    assert versions == ["2"]


def test_a_first_copy_without_a_plugin_hides_the_one_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path / "old", "acme-copy", "1", DOUBLE)
    package(tmp_path / "new", "Acme_Copy", "2", DOUBLE)
    (entry_points,) = (tmp_path / "new").glob("*.dist-info/entry_points.txt")
    entry_points.unlink()
    monkeypatch.syspath_prepend(str(tmp_path / "old"))
    monkeypatch.syspath_prepend(str(tmp_path / "new"))
    assert not [each for each in installed() if same_name(each.origin.name, "acme-copy")]


def test_the_metadata_of_packages_without_plugins_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path / "site", "acme-double", "1.2", DOUBLE, entry="double")
    for name in ("METADATA", "entry_points.txt"):
        (tmp_path / "site" / "acme_other-1.dist-info").mkdir(exist_ok=True)
        content = b"\xff" if name == "METADATA" else b"[console_scripts]\nusagebill_tui = other:run\n"
        (tmp_path / "site" / "acme_other-1.dist-info" / name).write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert "double" in {each.origin.name for each in installed()}


def test_a_nameless_package_locks_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path / "site", "acme-double", "1.2", DOUBLE, entry="double")
    (metadata,) = (tmp_path / "site").glob("*.dist-info/METADATA")
    metadata.write_text("Version: 1.2\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert "double" in {each.origin.name for each in installed()}


def test_files_are_found_by_name_without_being_imported(tmp_path: Path) -> None:
    marker = tmp_path / "imported"
    plugin(
        tmp_path / "p",
        "b",
        f"__import__('pathlib').Path({str(marker)!r}).touch()\n",
        '__version__ = "2.0"\n',
        DOUBLE,
    )
    plugin(tmp_path / "p", "a", SQUARE)
    plugin(tmp_path / "p", "_shared", "1 / 0")
    (tmp_path / "p" / "notes.txt").write_text("no plugin", encoding="utf-8")
    found = find_plugins(entry_points=False, folders=[tmp_path / "p", tmp_path / "p"])
    assert [(each.origin.name, each.origin.place) for each in found] == [
        ("a", str(tmp_path / "p" / "a.py")),
        ("b", str(tmp_path / "p" / "b.py")),
    ]
    assert found[1].origin.version == "2.0"
    assert len(found[0].origin.version or "") == 8
    assert not marker.exists()


def test_the_version_of_a_file_without_one_changes_with_its_content(tmp_path: Path) -> None:
    versions = set()
    for factor in ("2", "3", "2"):
        plugin(tmp_path / "p", "a", DOUBLE.replace("2 *", f"{factor} *"))
        versions.add(find_plugins(entry_points=False, folders=[tmp_path / "p"])[0].origin.version)
    assert len(versions) == 2


def test_two_plugins_of_one_name_are_refused_with_both_places(tmp_path: Path) -> None:
    plugin(tmp_path / "one", "acme_x", DOUBLE)
    plugin(tmp_path / "two", "acme-X", SQUARE)
    first, second = loaded(tmp_path / "one", tmp_path / "two").health
    assert (first.status, second.status) == ("ok", "failed")
    assert str(tmp_path / "one") in (second.reason or "")
    assert str(tmp_path / "two") in (second.reason or "")


def test_a_folder_is_left_as_it_was(tmp_path: Path) -> None:
    plugin(tmp_path / "p", "a", DOUBLE)
    loaded(tmp_path / "p")
    assert [path.name for path in (tmp_path / "p").iterdir()] == ["a.py"]


@POSIX
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = plugin(tmp_path / "p", "a", DOUBLE)
    plugin(tmp_path / "p", "b", SQUARE)
    path.chmod(mode)
    first, second = loaded(tmp_path / "p").health
    assert (first.status, second.status) == ("failed", "ok")
    assert first.reason == f"{path}: others may write to it; chmod go-w {path}"


@POSIX
@pytest.mark.parametrize("above", [False, True])
def test_a_folder_that_others_may_write_is_refused_with_all_in_it(tmp_path: Path, above: bool) -> None:  # noqa: FBT001 - a parameter of the test
    (tmp_path / "open").mkdir(mode=0o700)
    plugin(tmp_path / "open" / "p", "a", DOUBLE)
    culprit = tmp_path / "open" if above else tmp_path / "open" / "p"
    culprit.chmod(0o777)
    (state,) = loaded(tmp_path / "open" / "p").health
    assert (state.name, state.place, state.status) == ("p", str(tmp_path / "open" / "p"), "failed")
    assert state.reason == f"{culprit}: others may write to it; chmod go-w {culprit}"


@POSIX
def test_a_link_is_followed_before_it_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    target = plugin(tmp_path / "open", "a", DOUBLE)
    target.parent.chmod(0o777)
    (tmp_path / "p").mkdir(mode=0o700)
    (tmp_path / "p" / "a.py").symlink_to(target)
    (state,) = loaded(tmp_path / "p").health
    assert "others may write to it" in (state.reason or "")


@POSIX
def test_what_belongs_to_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin(tmp_path / "p", "a", DOUBLE)
    owner = (tmp_path / "p").stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    monkeypatch.setattr("usagebill_tui.plugin.trust._SYSTEM", owner + 1)
    (state,) = loaded(tmp_path / "p").health
    assert f"belongs to another user (uid {owner})" in (state.reason or "")
