"""The README's commands do what it shows, and CI runs the very test command that it gives."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from usagebill_tui.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAVED = re.compile(r"`([\w.]+)`(?: is)?:\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files() -> Iterator[tuple[str, str]]:
    """Yield the files that the page tells to save: a name in backticks, a colon, a block."""
    yield from SAVED.findall(README)


def console() -> Iterator[tuple[str, str]]:
    """Yield each command with what it is shown to print."""
    for language, text in BLOCK.findall(README):
        if language == "console":
            yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)


def matches(shown: str, printed: str) -> bool:
    """Compare, with `…` standing for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.rstrip("\n").split("…"))
    return re.fullmatch(pattern, printed.rstrip("\n"), re.DOTALL) is not None


def test_the_commands_print_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USAGEBILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name, text in files():
        (tmp_path / name).write_text(text, encoding="utf-8")
    commands = list(console())
    assert len(commands) > 8
    for command, shown in commands:
        program, *arguments = shlex.split(command)
        assert program == "usagebill"
        with pytest.raises(SystemExit) as end:
            run(arguments)
        printed = capsys.readouterr()
        assert end.value.code == 0, f"{command}: {printed.err}"
        assert matches(shown, printed.out), f"{command} printed:\n{printed.out}"


def test_ci_calls_the_test_command_of_the_readme_literally() -> None:
    (command,) = re.findall(r"^python3 bootstrap\.py test$", README, re.MULTILINE)
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_every_file_that_the_page_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link
