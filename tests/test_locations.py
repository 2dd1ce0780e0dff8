"""Where things are kept, under which names, and who may read them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from usagebill_tui.errors import InvalidInput, StorageFailed
from usagebill_tui.locations import (
    check_workspace_name,
    is_there,
    make_private_folder,
    sync_folder,
    write_private_file,
)

posix = pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such modes")


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Show that privacy does not come from the umask."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("name", ["production", "a", "A1", "0", "eu-west_2", "x" * 64, "console", "com10"])
def test_plain_names_are_taken(name: str) -> None:
    assert check_workspace_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", "/etc", "C:", "a.b", ".hidden", "-x", "_x", "a b", "a\n", "\na",
     "é", "x" * 65, "a\0b", "~", "%TEMP%", "$HOME"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be a workspace's name; use up to 64 letters"):
        check_workspace_name(name)


@pytest.mark.parametrize("name", ["con", "CON", "Prn", "aux", "nul", "com1", "LPT9"])
def test_names_of_windows_devices_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="is what Windows calls a device; choose another name"):
        check_workspace_name(name)


@posix
def test_a_new_folder_and_those_above_it_are_the_owners(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"
    make_private_folder(folder)
    make_private_folder(folder)
    assert [mode(each) for each in (folder, folder.parent, folder.parent.parent)] == [0o700] * 3


@posix
def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path / "a")
    assert mode(tmp_path) == 0o755


@posix
def test_files_are_the_owners(tmp_path: Path) -> None:
    write_private_file(tmp_path / "full", "x")
    write_private_file(tmp_path / "full", "ü\n")
    assert [mode(each) for each in sorted(tmp_path.iterdir())] == [0o600]
    assert (tmp_path / "full").read_bytes() == "ü\n".encode()
    sync_folder(tmp_path)


def test_a_file_is_written_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings"
    write_private_file(path, "before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("usagebill_tui.locations.os.fsync", full)
    with pytest.raises(StorageFailed, match="cannot write: No space left on device; choose a writable"):
        write_private_file(path, "after")
    assert [each.name for each in tmp_path.iterdir()] == ["settings"]
    assert path.read_text(encoding="utf-8") == "before"


def test_where_a_file_is_in_the_way_nothing_can_be_made(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x", encoding="utf-8")
    with pytest.raises(StorageFailed, match="cannot create the folder"):
        make_private_folder(blocked)
    with pytest.raises(StorageFailed, match="cannot create the folder"):
        make_private_folder(blocked / "deeper")
    with pytest.raises(StorageFailed, match="cannot write"):
        write_private_file(blocked / "x", "x")


def test_a_folder_that_may_not_be_read_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_there(tmp_path / "none")

    def forbidden(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", forbidden)
    with pytest.raises(StorageFailed, match="cannot be read: Permission denied"):
        is_there(tmp_path / "none")
