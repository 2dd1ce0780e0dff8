"""docs/clickhouse.md: the tables, options, version and extra that it names are those there are."""

import tomllib
from pathlib import Path

from usagebill_tui.eventstore.clickhouse.address import OPTIONS
from usagebill_tui.eventstore.clickhouse.schema import LAYOUTS
from usagebill_tui.eventstore.clickhouse.server import ATTEMPTS, OLDEST, SETTINGS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "clickhouse.md").read_text(encoding="utf-8")


def test_every_table_has_its_row() -> None:
    rows = [line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    assert {layout.name for layout in LAYOUTS} <= set(rows)


def test_every_option_of_an_address_is_told() -> None:
    told = PAGE.partition("Options of an address:")[2].partition("\n\n")[0]
    assert all(f"`{name}`" in told for name in OPTIONS)


def test_the_version_and_the_extra_are_those_in_force() -> None:
    assert f"ClickHouse {OLDEST[0]}.{OLDEST[1]} or newer" in PAGE
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "clickhouse" in project["optional-dependencies"]
    assert "usagebill_tui[clickhouse]" in PAGE
    base = " ".join(project["dependencies"])
    assert "clickhouse" not in base
    assert "chdb" not in base


def test_what_is_said_of_settings_and_attempts_holds() -> None:
    assert ATTEMPTS == 4
    assert "are tried four times" in PAGE
    assert SETTINGS["insert_quorum"] == "auto"
    assert SETTINGS["select_sequential_consistency"] == 1
