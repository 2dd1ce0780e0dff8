"""docs/prices.md: its commands print what it shows."""

import shlex
from pathlib import Path

import pytest

from tests.docs.pages import SAVED, commands, matches, page_named
from usagebill_tui.cli.main import run

PAGE = page_named("prices.md")


def test_the_page_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USAGEBILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name, text in SAVED.findall(PAGE):
        Path(name).write_text(text, encoding="utf-8")
    found = list(commands(PAGE))
    assert len(found) == 6
    for command, shown in found:
        program, *arguments = shlex.split(command)
        assert program == "usagebill"
        with pytest.raises(SystemExit) as end:
            run(arguments)
        printed = capsys.readouterr()
        assert end.value.code == 0, f"{command}: {printed.err}"
        assert matches(shown, printed.out), f"{command} printed:\n{printed.out}"
