"""Which plugins are disabled, and what is remembered of them."""

from pathlib import Path

import pytest

from tests.plugin.written import DOUBLE, SQUARE, plugin
from usagebill_tui.errors import InvalidInput, NotFound
from usagebill_tui.extensions import NOTHING, chosen_extensions
from usagebill_tui.plugin.settings import MEMORY, SWITCHES, disable_plugin, disabled_plugins, enable_plugin


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of settings, not made yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "usagebill"


def test_switches_are_kept_until_they_are_turned_back(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    assert disabled_plugins(folder) == frozenset()
    assert disable_plugin(folder, "acme-x")
    assert not disable_plugin(folder, "Acme_X")
    assert disable_plugin(folder, "other")
    assert disabled_plugins(folder) == {"acme-x", "other"}
    assert enable_plugin(folder, "acme_x")
    assert not enable_plugin(folder, "acme_x")
    assert disabled_plugins(folder) == {"other"}


@pytest.mark.parametrize("text", ["disabled = ", "disabled = 1", "disabld = []", "\udcff"])
def test_switches_that_cannot_be_read_say_which_file(tmp_path: Path, text: str) -> None:
    (tmp_path / SWITCHES).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InvalidInput, match=SWITCHES):
        disabled_plugins(tmp_path)


def test_a_disabled_plugin_is_not_imported(config: Path, tmp_path: Path) -> None:
    marker = tmp_path / "imported"
    plugin(tmp_path / "p", "acme_x", f"__import__('pathlib').Path({str(marker)!r}).touch()", DOUBLE)
    disable_plugin(config, "acme-x")
    (state,) = chosen_extensions([tmp_path / "p"]).load().health
    assert (state.status, state.reason, marker.exists()) == ("disabled", None, False)
    enable_plugin(config, "acme-x")
    environment = {"USAGEBILL_DISABLE_PLUGINS": "b, acme_x ,"}
    (state,) = chosen_extensions([tmp_path / "p"], environment=environment).load().health
    assert (state.status, marker.exists()) == ("disabled", False)
    (state,) = chosen_extensions([tmp_path / "p"]).load().health
    assert (state.status, marker.exists()) == ("ok", True)


def test_the_users_folder_comes_before_named_ones(config: Path, tmp_path: Path) -> None:
    config.mkdir(parents=True, mode=0o700)
    plugin(config / "plugins", "own", DOUBLE)
    plugin(tmp_path / "p", "named", SQUARE)
    assert [state.name for state in chosen_extensions([tmp_path / "p"]).load().health] == ["own", "named"]
    assert chosen_extensions([tmp_path / "p"], none=True) is NOTHING
    assert NOTHING.load().health == ()


def test_a_named_folder_that_is_not_there_is_said(config: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such folder of plugins; check --plugins-dir"):
        chosen_extensions([tmp_path / "nowhere"])
    assert not config.exists()


def test_how_a_plugin_fared_is_remembered_until_it_changes(config: Path, tmp_path: Path) -> None:
    plugin(tmp_path / "p", "a", "1 / 0")
    extensions = chosen_extensions([tmp_path / "p"])
    assert [state.status for state in extensions.listed()] == ["unknown"]
    extensions.load()
    (state,) = extensions.listed()
    assert (state.status, state.reason) == ("failed", "ZeroDivisionError: division by zero (line 4)")
    plugin(tmp_path / "p", "a", DOUBLE)
    assert [state.status for state in extensions.listed()] == ["unknown"]
    extensions.load()
    assert [state.adds for state in extensions.listed()] == [("aggregation type double",)]
    (config / MEMORY).write_text("{", encoding="utf-8")
    assert [state.status for state in extensions.listed()] == ["unknown"]


def test_a_folder_of_settings_that_cannot_be_written_stops_nothing(config: Path, tmp_path: Path) -> None:
    config.parent.write_text("a file where a folder should be", encoding="utf-8")
    plugin(tmp_path / "p", "a", DOUBLE)
    found = chosen_extensions([tmp_path / "p"], environment={})
    assert [state.status for state in found.load().health] == ["ok"]
