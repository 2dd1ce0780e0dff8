"""docs/contracts.md: its commands print what it shows, and its table of dialects is the one in force."""

import re
import shlex
from pathlib import Path

import pytest

from tests.docs.pages import SAVED, commands, matches, page_named
from usagebill_tui.cli.main import run
from usagebill_tui.domain.dialect import DIALECTS

PAGE = page_named("contracts.md")


def test_the_page_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USAGEBILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name, text in SAVED.findall(PAGE):
        Path(name).write_text(text, encoding="utf-8")
    found = list(commands(PAGE))
    assert len(found) == 8
    for command, shown in found:
        program, *arguments = shlex.split(command)
        assert program == "usagebill"
        with pytest.raises(SystemExit) as end:
            run(arguments)
        printed = capsys.readouterr()
        assert end.value.code == 0, f"{command}: {printed.err}"
        assert matches(shown, printed.out), f"{command} printed:\n{printed.out}"


def test_the_table_of_dialects_is_the_one_in_force() -> None:
    rows = re.findall(r"^\| (`usagebill`.*|`stripe`.*|`flexprice`.*) \|$", PAGE, re.MULTILINE)
    told: dict[str, tuple[str, ...]] = {}
    for row in rows:
        names, *choices = row.split(" | ")
        told |= dict.fromkeys(re.findall(r"`(\w+)`", names), tuple(one.strip("`") for one in choices))
    assert told == {name: tuple(choices) for name, choices in DIALECTS.items()}
