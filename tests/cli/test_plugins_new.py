"""`usagebill plugins new`: what it writes can be installed, and holds to the laws."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from usagebill_tui.plugin.scaffold import write_plugin

KINDS = {"aggregation": 6, "pricing": 9, "reader": 7}


def ran(*command: str | Path, site: Path, home: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(site), "XDG_CONFIG_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=home,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_package_installs_and_holds_to_the_laws(usagebill: Command, tmp_path: Path, kind: str) -> None:
    made = usagebill("plugins", "new", f"acme-{kind}", "--kind", kind, "--dir", "made")
    assert made.code == 0
    row = json.loads(made.out)
    assert (row["module"], row["folder"]) == (f"acme_{kind}", f"made/acme-{kind}")
    assert f"usagebill plugins check acme-{kind}" in made.err
    folder, site = tmp_path / row["folder"], tmp_path / "site"
    assert all((folder / name).is_file() for name in row["files"])
    offline = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    ran("pip", "install", "-q", *offline, "--target", site, folder, site=site, home=tmp_path)
    tests = ran("pytest", "-q", "-p", "no:cacheprovider", folder / "tests", site=site, home=tmp_path)
    assert f"{KINDS[kind] + 1} passed" in tests
    checked = ran("usagebill_tui", "plugins", "check", f"acme-{kind}", site=site, home=tmp_path)
    (state,) = json.loads(checked)
    assert (state["status"], state["version"], state["lawful"]) == ("ok", "0.1.0", f"{KINDS[kind]} hold")
    assert state["place"] == f"package acme-{kind}"


def test_its_metadata_names_the_plugin(tmp_path: Path) -> None:
    made = write_plugin("acme-peak-hours", "pricing", tmp_path)
    project = tomllib.loads((made.folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"] == {"usagebill_tui": {"acme-peak-hours": "acme_peak_hours"}}
    assert (project["license"], project["dependencies"]) == ("MIT", ["usagebill_tui>=0.1.0"])
    assert (
        "class AcmePeakHours(PricingModel)" in (made.folder / "src/acme_peak_hours/__init__.py").read_text()
    )
    texts = "".join((made.folder / name).read_text("utf-8") for name in made.files)
    assert "$" not in texts


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("Acme", "such as acme-peak"),
        ("acme_peak", "words joined by -"),
        ("-acme", "use up to 30"),
        ("a" * 31, "use up to 30"),
        ("../acme", "use up to 30"),
        ("json", "acme-json"),
        ("class", "acme-class"),
        ("volume", "acme-volume"),
        ("unique-count", "acme-unique-count"),
        ("jsonl", "acme-jsonl"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused(
    usagebill: Command, tmp_path: Path, name: str, mend: str
) -> None:
    before = sorted(tmp_path.iterdir())
    refused = usagebill("plugins", "new", "--kind", "reader", "--", name)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert mend in refused.err
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_is_there_is_left_alone(usagebill: Command, tmp_path: Path) -> None:
    (tmp_path / "acme-peak").mkdir()
    refused = usagebill("plugins", "new", "acme-peak", "--kind", "pricing")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "acme-peak: is there already, and nothing was written" in refused.err
    assert list((tmp_path / "acme-peak").iterdir()) == []


def test_a_place_that_cannot_be_written_is_said(usagebill: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = usagebill("plugins", "new", "acme-peak", "--kind", "pricing", "--dir", "file/below")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "cannot be written" in refused.err
