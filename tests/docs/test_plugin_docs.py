"""The guide to plugins runs as it stands; the reference has every hook, public name and member."""

import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from usagebill_tui import plugin, testing
from usagebill_tui.cli.main import run
from usagebill_tui.plugin.hooks import HOOKS

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "plugin-reference.md").read_text(encoding="utf-8")
STAIRSTEP = ROOT / "plugins" / "single-file" / "stairstep.py"

BLOCK = re.compile(
    r"(?:`(?P<name>[\w./-]+)`:\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
SECTION = re.compile(r"^### `(\w+)(?:\(registry\))?`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
MEASURES = {measure.__name__ for measure in get_args(plugin.Measure)}


class Written(NamedTuple):
    """A file that the guide tells to save."""

    name: str
    text: str


class Command(NamedTuple):
    """A command of the guide with what it is shown to print."""

    line: str
    shown: str


def steps() -> Iterator[Written | Command]:
    """Yield what the guide tells to do, in its order."""
    for block in BLOCK.finditer(GUIDE):
        if block["name"] is not None:
            yield Written(block["name"], block["text"])
        elif block["language"] == "console":
            for line, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block["text"], re.MULTILINE):
                yield Command(line, shown)


def matches(shown: str, printed: str) -> bool:
    """Compare, with `…` standing for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.rstrip("\n").split("…"))
    return re.fullmatch(pattern, printed.rstrip("\n"), re.DOTALL) is not None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A newcomer's folder and home; return where their plugins go."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USAGEBILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "usagebill"


def test_the_guide_does_what_it_shows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = list(steps())
    assert sum(isinstance(step, Command) for step in done) > 12
    for step in done:
        if isinstance(step, Written):
            save(step, folder)
        elif step.line.startswith("pytest "):
            check_tests(step)
        else:
            check(step, capsys)


def save(file: Written, folder: Path) -> None:
    """Save a file where the guide says: plugins in the user's folder, the others here."""
    path = folder / file.name if file.name.startswith("plugins/") else Path(file.name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(file.text, encoding="utf-8")
    path.chmod(0o600)


def check(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """Run a command; it fails where the guide shows an error, or a row that was not taken, and only there."""
    program, *arguments = shlex.split(command.line)
    assert program == "usagebill"
    with pytest.raises(SystemExit) as end:
        run(arguments)
    printed = capsys.readouterr()
    failing = re.search(r"^(error|rejected): ", command.shown, re.MULTILINE) is not None
    assert bool(end.value.code) is failing, f"{command.line}: {printed.err}"
    assert matches(command.shown, printed.out + printed.err), (
        f"{command.line} printed:\n{printed.out}{printed.err}"
    )


def check_tests(command: Command) -> None:
    """Run a test of the guide in a process of its own."""
    arguments = [*shlex.split(command.line)[1:], "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert matches(command.shown, done.stdout), done.stdout


def test_the_single_file_is_the_one_in_the_examples() -> None:
    files = {step.name: step.text for step in steps() if isinstance(step, Written)}
    assert files["plugins/stairstep.py"] == STAIRSTEP.read_text(encoding="utf-8")


def test_every_block_of_python_runs() -> None:
    named = [step for step in steps() if isinstance(step, Written) and step.name.endswith(".py")]
    assert len(named) == GUIDE.count("```python") == 5
    for block in BLOCK.finditer(REFERENCE):
        if block["language"] == "python":
            exec(compile(block["text"], "plugin-reference.md", "exec"), {"__name__": "reference"})  # noqa: S102 - ours


def sections() -> dict[str, str]:
    return dict(SECTION.findall(REFERENCE))


def test_every_hook_is_documented_and_no_other() -> None:
    documented = re.findall(r"^### `(\w+)\(registry\)`$", REFERENCE, re.MULTILINE)
    assert documented == list(HOOKS)


def test_every_public_name_is_documented_and_no_other() -> None:
    documented = set(sections()) - set(HOOKS)
    assert documented | MEASURES == {*plugin.__all__, *testing.__all__}
    assert not documented & MEASURES


def test_every_measure_is_documented_with_its_parameters() -> None:
    told = dict(re.findall(r"^\| `(\w+)\((.*?)\)` \|", sections()["Measure"], re.MULTILINE))
    assert set(told) == MEASURES
    for name, parameters in told.items():
        expected = inspect.signature(getattr(plugin, name)).parameters.values()
        assert parameters.split(", ") == [
            each.name if each.default is each.empty else f"{each.name}={each.default!r}" for each in expected
        ] or (not parameters and not expected)


@pytest.mark.parametrize(
    "name",
    [name for name in plugin.__all__ if name not in MEASURES and inspect.isclass(getattr(plugin, name))],
)
def test_every_member_is_documented(name: str) -> None:
    section = sections()[name]
    rows = " ".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))
    told = set(re.findall(r"`(\w+)`", section if name == "FoldAggregation" else rows or section))
    assert members(name) <= told


def members(name: str) -> set[str]:
    """Return what a class lets plugins use."""
    found: type[object] = getattr(plugin, name)
    if name == "Registry":
        return {member for member in vars(found) if member.startswith("add_")}
    if name in {"Number", "Text", "NoParameters"}:
        return set()
    own = [kind for kind in found.__mro__ if kind.__module__.startswith("usagebill_tui.")]
    declared = {each for kind in own for each in (*vars(kind), *inspect.get_annotations(kind))}
    return {each for each in declared if not each.startswith("_")}


@pytest.mark.parametrize("page", [GUIDE, REFERENCE], ids=["guide", "reference"])
def test_every_link_leads_somewhere(page: str) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page):
        path, _, anchor = link.partition("#")
        assert (ROOT / "docs" / path).exists(), link
        headings = (
            re.findall(r"^#+ (.*)$", (ROOT / "docs" / path).read_text(encoding="utf-8"), re.MULTILINE)
            if anchor
            else []
        )
        assert not anchor or anchor in [
            re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings
        ]
