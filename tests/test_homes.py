"""The home of all workspaces: what is created, found, refused and removed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from usagebill_tui.errors import InvalidInput, NotFound, Refused, StorageFailed
from usagebill_tui.homes import Fixed, Home

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose folder does not exist yet."""
    return Home(tmp_path / "home")


def test_a_home_that_does_not_exist_has_no_workspaces(home: Home) -> None:
    assert home.names() == []
    assert not home.exists("production")


def test_what_is_created_is_fixed(home: Home) -> None:
    fixed = home.create("team", NOW)
    assert fixed == Fixed(
        created="2026-10-01T12:00:00Z", database="catalogue.db", events="events", demo=False
    )
    assert home.fixed("team", NOW.replace(year=2030)) == fixed
    assert (home.names(), home.exists("team")) == (["team"], True)
    assert home.create("demo", NOW, demo=True).demo


@pytest.mark.parametrize("name", ["production", "sandbox"])
def test_two_workspaces_are_there_when_they_are_first_used(home: Home, name: str) -> None:
    assert home.fixed(name, NOW).created == "2026-10-01T12:00:00Z"
    assert home.names() == [name]


def test_others_must_be_created_and_the_nearest_is_named(home: Home) -> None:
    home.create("team", NOW)
    with pytest.raises(NotFound, match="there is no workspace 'taem'; did you mean 'team'") as error:
        home.fixed("taem", NOW)
    assert error.value.exit_code == 4
    assert "usagebill workspaces create taem" in str(error.value)
    with pytest.raises(NotFound, match="there is no workspace 'demo'; `usagebill demo` makes it"):
        home.fixed("demo", NOW)
    assert home.names() == ["team"]


def test_one_is_created_once(home: Home) -> None:
    home.create("team", NOW)
    with pytest.raises(Refused, match="workspace 'team' exists already; choose another name"):
        home.create("team", NOW)


@pytest.mark.parametrize("name", ["../team", "a/b", "con", ""])
def test_no_name_leads_out_of_the_home(home: Home, name: str) -> None:
    with pytest.raises(InvalidInput):
        home.create(name, NOW)
    with pytest.raises(InvalidInput):
        home.fixed(name, NOW)
    with pytest.raises(InvalidInput):
        home.delete(name)
    assert not home.path.exists()


def test_a_deleted_workspace_is_gone_and_the_others_are_not(home: Home) -> None:
    home.create("team", NOW)
    home.create("other", NOW)
    home.delete("team")
    assert home.names() == ["other"]
    assert not home.folder("team").exists()
    with pytest.raises(NotFound, match="there is no workspace 'othr'; did you mean 'other'"):
        home.delete("othr")


@pytest.mark.parametrize(
    ("text", "words"),
    [("created", "cannot be used"), ("created = 1", "cannot be used"), ("", "cannot be used")],
)
def test_a_damaged_workspace_is_one_clear_line(home: Home, text: str, words: str) -> None:
    home.create("team", NOW)
    path = home.folder("team") / "workspace.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=words) as error:
        home.fixed("team", NOW)
    assert str(error.value).startswith(f"{path}: ")


def test_one_that_a_newer_usagebill_made_is_left_alone(home: Home) -> None:
    home.create("team", NOW)
    path = home.folder("team") / "workspace.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("format = 1", "format = 99"), encoding="utf-8")
    with pytest.raises(Refused, match="a newer usagebill made it; install the newest usagebill"):
        home.fixed("team", NOW)


def test_a_home_that_cannot_be_written_is_one_clear_line(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(StorageFailed) as error:
        home.fixed("production", NOW)
    assert str(error.value) == (
        f"{home.path}: cannot create the folder: Read-only file system; "
        "choose a writable place with --home or USAGEBILL_HOME"
    )
    assert error.value.exit_code == 1
