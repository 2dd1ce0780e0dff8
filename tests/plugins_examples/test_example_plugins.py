"""The examples in `plugins/` pass their own tests, load as installed packages, and bill."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command, usagebill
from tests.plugins_examples.installed import FOLDER, PACKAGES, ROOT, install, project

__all__ = ["usagebill"]

EXCERPT = FOLDER / "usagebill-accesslog" / "tests" / "data" / "apache_access_excerpt.log"

CATALOGUE = """
currency = "USD"

[[metric]]
code = "transit"
name = "IP transit"
event = "traffic"
aggregation = "bandwidth_95"
property = "bytes"
params = { unit = "kbit/s" }

[[metric]]
code = "kwh"
name = "Energy"
aggregation = "sum"
property = "kwh"

[[product]]
code = "transit"
name = "IP transit"
metric = "transit"
price = { model = "stairstep", up_to = ["10", "100"], amounts = ["5", "20", "50"] }

[[product]]
code = "energy"
name = "Energy"
metric = "kwh"
price = { model = "time_of_use", peak_unit_amount = "0.30", off_peak_unit_amount = "0.12" }

[[plan]]
code = "grid"
name = "Grid"
products = ["transit", "energy"]

[[customer]]
id = "acme"
name = "Acme Inc."
timezone = "America/New_York"

[[customer.subscription]]
id = "acme-grid"
plan = "grid"
start = 2026-07-01
"""


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install all example packages; return a folder with the single-file ones."""
    for package in PACKAGES:
        install(package, tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    folder = tmp_path / "single"
    folder.mkdir(mode=0o700)
    for path in (FOLDER / "single-file").glob("*.py"):
        (folder / path.name).write_bytes(path.read_bytes())
        (folder / path.name).chmod(0o600)
    return folder


@pytest.mark.parametrize("package", PACKAGES, ids=[package.name for package in PACKAGES])
def test_its_own_tests_pass(package: Path) -> None:
    path = os.pathsep.join([str(ROOT), str(package / "src")])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=package,
        env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)


@pytest.mark.parametrize("package", PACKAGES, ids=[package.name for package in PACKAGES])
def test_it_has_all_that_a_package_needs(package: Path) -> None:
    told = project(package)
    (module,) = told["entry-points"]["usagebill_tui"].values()
    assert told["name"] == package.name
    assert (package / "src" / module / "py.typed").exists()
    assert (package / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert f"pip install {package.name}" in (package / "README.md").read_text(encoding="utf-8")


def test_all_are_found_and_fare_well(usagebill: Command, examples: Path) -> None:
    checked = usagebill("--plugins-dir", str(examples), "plugins", "check")
    added = {row["name"]: row["adds"] for row in json.loads(checked.out)}
    assert (checked.code, checked.err) == (0, "")
    assert added == {
        "accesslog": ["event reader accesslog"],
        "bandwidth95": ["aggregation type bandwidth_95"],
        "timeofuse": ["pricing model time_of_use"],
        "stairstep": ["pricing model stairstep"],
    }


def test_a_month_is_billed_by_rate_and_by_time_of_use(
    usagebill: Command, examples: Path, tmp_path: Path
) -> None:
    named = ("--plugins-dir", str(examples))
    # 450,000 bytes in 5 minutes are 12 kbit/s: 500 of the 8,928 slots of July are more than 5 %.
    traffic = [("traffic", 18_000_000 + slot * 300, "bytes", "450000") for slot in range(500)]
    energy = [
        ("kwh", 11 * 3600 + 3600, "kwh", "10"),  # 08:00 in New York, 12:00 UTC, on a Wednesday
        ("kwh", 11 * 3600, "kwh", "4"),
        ("kwh", 3 * 86_400 + 16 * 3600, "kwh", "1"),  # a Saturday
    ]
    start = 1_782_864_000
    rows = [
        json.dumps(
            {
                "id": str(n),
                "account": "acme",
                "metric": metric,
                "timestamp": start + at % 2_600_000,
                key: value,
            }
        )
        for n, (metric, at, key, value) in enumerate([*traffic, *energy])
    ]
    (tmp_path / "events.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "catalogue.toml").write_text(CATALOGUE, encoding="utf-8")
    assert usagebill(*named, "catalog", "apply", "catalogue.toml").code == 0
    assert usagebill(*named, "import", "--time-unit", "s", "events.jsonl").code == 0
    (invoice,) = json.loads(usagebill(*named, "bill", "2026-07").out)
    transit, energy_line = invoice["lines"]
    assert (transit["units"], transit["amount"]) == ("12", "20.00")
    assert [step["description"] for step in transit["steps"]] == ["12 units on stair 2"]
    assert [(s["description"], s["amount"]) for s in energy_line["steps"]] == [
        ("10 peak units", "3"),
        ("5 off-peak units", "0.6"),
    ]
    assert invoice["plugins"] == {
        "bandwidth95": "0.1.0",
        "timeofuse": "0.1.0",
        "stairstep": invoice["plugins"]["stairstep"],
    }


def test_a_web_servers_log_is_billed_by_the_catalogue_of_the_readme(
    usagebill: Command, examples: Path, tmp_path: Path
) -> None:
    assert examples.is_dir()
    readme = (FOLDER / "usagebill-accesslog" / "README.md").read_text(encoding="utf-8")
    (catalogue,) = re.findall(r"^```toml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    text = EXCERPT.read_text(encoding="utf-8")
    address = text.split()[0]
    own = [line for line in text.splitlines() if line.startswith(f"{address} ")]
    sizes = [size for line in own if (size := line.split('"')[2].split()[1]) != "-"]
    (tmp_path / "web.toml").write_text(catalogue.replace("66.249.73.135", address), encoding="utf-8")
    (tmp_path / "access.log.1").write_text(text, encoding="utf-8")
    assert usagebill("catalog", "apply", "web.toml").code == 0
    report = json.loads(usagebill("import", "access.log.1").out)
    assert (report["format"], report["accepted"]) == ("accesslog", 200)
    assert json.loads(usagebill("import", "access.log.1", "--again").out)["duplicates"] == 200
    (invoice,) = json.loads(usagebill("bill", "2015-05").out)
    assert [line["units"] for line in invoice["lines"]] == [str(len(own)), str(sum(map(int, sizes)))]
    assert invoice["plugins"] == {}
