"""A command line in a home of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from usagebill_tui.cli.main import run


class Result(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Result]

CATALOGUE = """
currency = "USD"

[[metric]]
code = "requests"
name = "API requests"
aggregation = "count"

[[metric]]
code = "storage"
name = "Storage"
aggregation = "max"
property = "gb"
unit = "GB"

[[product]]
code = "requests"
name = "API requests"
metric = "requests"
price = { model = "tiered", tiers = [ { up_to = 2, unit_amount = "0" }, { unit_amount = "0.125" } ] }

[[product]]
code = "storage"
name = "Storage"
metric = "storage"
price = { unit_amount = "0.10" }

[[plan]]
code = "basic"
name = "Basic"
products = ["requests", "storage"]

[[customer]]
id = "acme"
name = "Acme Inc."
tax_percent = "10"

[[customer.subscription]]
id = "acme-basic"
plan = "basic"
start = 2023-11-01
"""

EVENTS = """id,account,metric,timestamp,gb
e1,acme,requests,2023-11-02T10:00:00Z,
e2,acme,requests,2023-11-03T10:00:00Z,
e3,acme,requests,2023-11-04T10:00:00Z,
e4,acme,storage,2023-11-05T10:00:00Z,12.5
"""


@pytest.fixture
def usagebill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command below a fresh home, from an empty folder; return exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def call(*arguments: str) -> Result:
        with pytest.raises(SystemExit) as end:
            run(["--home", str(tmp_path / "home"), *arguments])
        captured = capsys.readouterr()
        return Result(int(end.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture
def filled(usagebill: Command, tmp_path: Path) -> Command:
    """A command line whose workspace has a catalogue, a customer and four events."""
    (tmp_path / "catalogue.toml").write_text(CATALOGUE, encoding="utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    assert usagebill("catalog", "apply", "catalogue.toml").code == 0
    assert usagebill("import", "events.csv").code == 0
    return usagebill
