"""Settings: flags before environment before the file, and one line where the file is bad."""

from collections.abc import Callable
from pathlib import Path

import pytest

from usagebill_tui.config import Settings, chosen_home, chosen_workspace, read_settings
from usagebill_tui.errors import InvalidInput
from usagebill_tui.locations import default_home

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Make this folder the user's config folder and write its config.toml."""
    monkeypatch.setattr("usagebill_tui.config.config_folder", lambda: tmp_path)

    def written(content: str | bytes) -> Path:
        path = tmp_path / "config.toml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.mark.usefixtures("write")
def test_without_a_file_the_defaults_hold() -> None:
    assert read_settings() == Settings()
    assert chosen_home(None, {}) == default_home()
    assert chosen_workspace(None, {}) == "production"


def test_flags_come_before_the_environment_and_that_before_the_file(write: Write) -> None:
    write('home = "/from/file"\nworkspace = "file"\n')
    environment = {"USAGEBILL_HOME": "/from/environment", "USAGEBILL_WORKSPACE": "environment"}
    assert chosen_home("/from/flag", environment) == Path("/from/flag")
    assert chosen_home(None, environment) == Path("/from/environment")
    assert chosen_home(None, {}) == Path("/from/file")
    assert chosen_workspace("flag", environment) == "flag"
    assert chosen_workspace(None, environment) == "environment"
    assert chosen_workspace(None, {}) == "file"


def test_an_empty_flag_or_variable_says_nothing(write: Write) -> None:
    write('workspace = "file"\n')
    assert chosen_workspace("", {"USAGEBILL_WORKSPACE": ""}) == "file"


def test_a_home_may_begin_with_a_tilde(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("USERPROFILE", "/home/ada")
    write('home = "~/billing"\n')
    assert chosen_home(None, {}) == Path("/home/ada/billing")


@pytest.mark.usefixtures("write")
def test_a_home_of_nobody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", nobody)
    with pytest.raises(InvalidInput, match="~nobody/x: no such home"):
        chosen_home("~nobody/x", {})


def test_a_byte_order_mark_is_no_part_of_it(write: Write) -> None:
    write(b'\xef\xbb\xbfworkspace = "file"\r\n')
    assert read_settings().workspace == "file"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("workspace = \n", "is not TOML: Invalid value"),
        (b"workspace = '\xff'\n", "cannot be read"),
        ('workspce = "x"\n', "unknown key 'workspce'; did you mean 'workspace'"),
        ("workspace = 1\n", "Expected `str | null`, got `int`"),
        ('[workspace]\nname = "x"\n', "Expected `str | null`"),
    ],
)
def test_a_bad_file_is_one_clear_line(write: Write, content: str | bytes, words: str) -> None:
    path = write(content)
    with pytest.raises(InvalidInput) as error:
        chosen_workspace(None, {})
    line = str(error.value)
    assert line.startswith(f"{path}: ")
    assert words in line
    assert "\n" not in line


def test_a_bad_file_does_not_matter_where_a_flag_is_given(write: Write) -> None:
    write("not toml")
    assert chosen_workspace("flag", {}) == "flag"
    assert chosen_home("/flag", {}) == Path("/flag")


def test_a_folder_in_its_place_is_one_clear_line(write: Write) -> None:
    path = write("")
    path.unlink()
    path.mkdir()
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_settings()
