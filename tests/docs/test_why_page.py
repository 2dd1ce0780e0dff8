"""docs/why.md: its commands print what it shows, its table has every stage, its code runs."""

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest

from tests.docs.pages import SAVED, commands, matches, page_named
from usagebill_tui.billing.usage.billed_time import Reason
from usagebill_tui.billing.why import StageName
from usagebill_tui.cli.main import run

PAGE = page_named("why.md")


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
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    exec(compile(code, "docs/why.md", "exec"), {})  # noqa: S102 - the page is ours, and running it is the point
    assert "property some 3 1 mend the values in the file" in capsys.readouterr().out


def test_the_table_has_every_stage_in_order_and_the_text_every_reason() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(get_args(StageName))
    for reason in get_args(Reason):
        assert f"`{reason}`" in " ".join(PAGE.split())
