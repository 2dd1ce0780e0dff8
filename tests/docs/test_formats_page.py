"""docs/formats.md: every command is run as it stands, and its table is the one that the reader uses."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from usagebill_tui.billing.imports.inbox import UNFINISHED
from usagebill_tui.billing.imports.watching import Pace
from usagebill_tui.cli.main import run
from usagebill_tui.cli.watch import watch
from usagebill_tui.events import expanding
from usagebill_tui.events.normalise import KEPT, MOST_PROPERTIES
from usagebill_tui.events.readers import READERS
from usagebill_tui.events.readers.csv_rows import MOST_COLUMNS
from usagebill_tui.events.readers.text import LIMIT
from usagebill_tui.events.shapes import SHAPES
from usagebill_tui.events.values import NAME_CHARACTERS, NESTING

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")


def _files() -> Iterator[tuple[str, str]]:
    yield from re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def _commands() -> Iterator[tuple[str, str]]:
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown


def test_the_commands_print_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USAGEBILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name, text in _files():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    commands = list(_commands())
    assert len(commands) >= 7
    for command, shown in commands:
        with pytest.raises(SystemExit) as end:
            run(shlex.split(command)[1:])
        printed = capsys.readouterr()
        assert end.value.code == 0, f"{command}: {printed.err}"
        pattern = ".*".join(re.escape(part) for part in shown.split("…"))
        assert re.fullmatch(pattern, printed.out, re.DOTALL), f"{command} printed:\n{printed.out}"


def test_the_table_of_shapes_is_the_reader_s() -> None:
    rows = re.findall(r"^\| (`\w+` \|.*) \|$", PAGE, re.MULTILINE)
    assert len(rows) == len(set(SHAPES.values()))
    for row in rows:
        name, identity, account, metric, time, properties = (
            re.findall(r"`([^`]+)`", cell) for cell in row.split("|")
        )
        shape = SHAPES[name[0]]
        assert (*identity,) == (*shape.id, *shape.source)
        assert (*account,) == shape.account
        assert (*metric,) == shape.metric
        assert (*time,) == shape.timestamp
        assert (*properties,) == shape.properties
        assert (shape.time_unit == "s") == ("Unix seconds" in row)
        for key in shape.left_out:
            assert f"`{key}`" in PAGE


def test_the_formats_and_limits_are_the_reader_s() -> None:
    for reader in READERS.values():
        for ending in reader.endings:
            assert f"`{ending}`" in PAGE
    assert (LIMIT, KEPT) == (16 << 20, 1 << 20)
    for number in (MOST_PROPERTIES, NAME_CHARACTERS, MOST_COLUMNS, expanding.RATIO):
        assert f"{number:,}" in PAGE
    assert f"{NESTING} levels" in PAGE
    assert f"{expanding.FREE_BYTES >> 20} MiB" in PAGE


def test_the_names_that_a_watcher_leaves_alone_are_its_own() -> None:
    for ending in UNFINISHED:
        assert f"`{ending}`" in PAGE
        assert ending in str(watch.help)
    assert f"`--settle` seconds, {Pace().settle:.0f}\nunless said" in PAGE.replace("\n  ", "\n")
