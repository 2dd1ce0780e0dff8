"""docs/taxes-and-credits.md: its commands print what it shows."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from usagebill_tui.cli.main import run

PAGE = (Path(__file__).parents[2] / "docs" / "taxes-and-credits.md").read_text(encoding="utf-8")
SAVED = re.compile(r"`([\w.]+)`:\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands() -> Iterator[tuple[str, str]]:
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)


def matches(shown: str, printed: str) -> bool:
    """Compare, with a line of `…`, or one at the end of a word's place, standing for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.rstrip("\n").split("…"))
    return re.fullmatch(pattern, printed.rstrip("\n"), re.DOTALL) is not None


def test_the_page_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USAGEBILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name, text in SAVED.findall(PAGE):
        Path(name).write_text(text, encoding="utf-8")
    found = list(commands())
    assert len(found) == 14
    for command, shown in found:
        program, *arguments = shlex.split(command)
        assert program == "usagebill"
        with pytest.raises(SystemExit) as end:
            run(arguments)
        printed = capsys.readouterr()
        assert end.value.code == 0, f"{command}: {printed.err}"
        assert matches(shown, printed.out), f"{command} printed:\n{printed.out}"
