"""docs/housekeeping.md: its commands run, and what it says of the interface's keys holds."""

import re
import shlex
from pathlib import Path

import pytest

from usagebill_tui.cli.main import run

PAGE = (Path(__file__).parents[2] / "docs" / "housekeeping.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ usagebill (.*)$", PAGE, re.MULTILINE)
CATALOGUE = """
[[metric]]
code = "old_calls"
aggregation = "count"
[[metric]]
code = "older_calls"
aggregation = "count"
[[product]]
code = "fee"
fee = "recurring"
price = { unit_amount = "1" }
[[plan]]
code = "starter"
currency = "USD"
products = ["fee"]
[[customer]]
id = "acme"
name = "Acme"
[[customer.subscription]]
plan = "starter"
start = 2023-01-01
end = 2024-01-01
"""


def test_each_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "catalogue.toml").write_text(CATALOGUE)
    erase = "erase --customer acme --dry-run"
    assert len(COMMANDS) > 4
    for command in ("catalog apply catalogue.toml", *COMMANDS, erase, erase.replace("dry-run", "yes")):
        with pytest.raises(SystemExit) as end:
            run(["--home", str(tmp_path / "home"), *shlex.split(command)])
        assert end.value.code in {0, None}, command


def test_the_keys_are_those_of_the_interface() -> None:
    from usagebill_tui.tui.screens.archiving import ARCHIVE
    from usagebill_tui.tui.screens.settings import SettingsPage

    assert [action.keys for action in ARCHIVE] == ["z", "Z"]
    assert "there `z` archives" in PAGE.replace("\n", " ")
    assert "`Z` shows what is hidden" in PAGE
    assert {action.id: action.keys for action in SettingsPage.ACTIONS}["settings.audit"] == "a"
