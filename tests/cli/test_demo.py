"""`usagebill demo` from the outside."""

import json
import shlex
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from tests.cli.conftest import Command
from usagebill_tui.cli.main import cli
from usagebill_tui.demo import making
from usagebill_tui.demo.looking import look
from usagebill_tui.foreign_text import width
from usagebill_tui.homes import Home


class Ran(NamedTuple):
    home: Path
    first: Result
    second: Result


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Run the demo twice in one home."""
    home = tmp_path_factory.mktemp("demo")
    return Ran(home, call(home, "demo"), call(home, "demo"))


def call(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--home", str(home), *arguments], catch_exceptions=False)


def rows(home: Path, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        call(home, "--workspace", "demo", *arguments, "--format", "json").stdout
    )
    return found


def test_running_it_twice_says_the_very_same(ran: Ran) -> None:
    assert ran.first.exit_code == ran.second.exit_code == 0
    assert ran.first.stdout_bytes == ran.second.stdout_bytes


def test_the_report_fits_a_terminal_of_80_columns(ran: Ran) -> None:
    assert max(width(line) for line in ran.first.stdout.splitlines()) <= 80


def test_the_report_shows_usage_estimates_invoices_and_one_with_its_steps(ran: Ran) -> None:
    report = ran.first.stdout
    for words in (
        "Usage in November 2023",
        "Output tokens         778,247   3,000",
        "Estimated charges",
        "Parley Assistants  Scale    Dec 1 – Dec 31   $600.00",
        "INV-0005",
        "next 278,247 × $0.00004 = $11.12988",
        "Tax 20%",
    ):
        assert words in report


def test_json_holds_the_rows_of_the_other_commands(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "make_demo", lambda _: None)
    data = json.loads(call(ran.home, "demo", "--format", "json").stdout)
    assert list(data) == ["usage", "estimates", "invoices"]
    assert data["usage"] == rows(ran.home, "usage", "--from", "2023-11-01", "--to", "2023-12-01")
    assert data["estimates"] == rows(ran.home, "estimate", "--at", "2023-12-05T09:00Z")
    assert data["invoices"] == rows(ran.home, "invoices")
    assert len(data["usage"]) == 35
    assert len(data["invoices"]) == 11


def test_each_command_that_it_proposes_works(ran: Ran) -> None:
    proposed = [line.strip() for line in ran.second.stderr.splitlines() if line.startswith("  usagebill ")]
    assert len(proposed) > 3
    for line in proposed:
        done = CliRunner().invoke(cli, shlex.split(line)[1:], catch_exceptions=False)
        assert done.exit_code == 0, line
        assert done.stdout, line


def test_a_workspace_demo_of_somebody_else_is_refused_and_left_as_it_is(
    usagebill: Command, tmp_path: Path
) -> None:
    home = tmp_path / "elsewhere"
    usagebill("--home", str(home), "workspaces", "create", "demo")
    before = contents(home)
    refused = usagebill("--home", str(home), "demo")
    assert refused.code == 5
    assert refused.out == ""
    assert refused.err.count("\n") == 1
    assert "leaves it alone" in refused.err
    assert contents(home) == before


def test_other_workspaces_are_not_touched(ran: Ran) -> None:
    assert sorted(path.name for path in ran.home.iterdir()) == ["demo"]
    assert look(Home(ran.home)).catalogue.customers.keys() == {
        "harbor-lane",
        "kestrel",
        "kumo",
        "parley",
        "tidewater",
    }


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
