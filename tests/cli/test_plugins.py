"""`usagebill plugins`, and how plugins show in other commands."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import CATALOGUE, EVENTS, Command
from tests.plugin.written import DOUBLE, SQUARE, plugin

PRICE = json.dumps({"model": "square"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The user's folder of plugins: one works, one does not."""
    path = tmp_path / "config" / "usagebill" / "plugins"
    path.parent.mkdir(parents=True, mode=0o700)
    plugin(path, "acme_square", '__version__ = "1.5"\n', SQUARE)
    plugin(path, "broken", "import no_such_module_anywhere")
    return path


def test_the_list_imports_nothing_and_knows_how_plugins_fared(usagebill: Command, folder: Path) -> None:
    before = json.loads(usagebill("plugins", "list").out)
    assert [(row["name"], row["version"], row["status"]) for row in before][:1] == [
        ("acme_square", "1.5", "unknown")
    ]
    assert before[0]["place"] == str(folder / "acme_square.py")
    quoted = usagebill("quote", "--price", PRICE, "--units", "3")
    assert quoted.code == 0
    assert json.loads(quoted.out)["amount"] == "9"
    assert quoted.err == (
        "plugin broken was not loaded: "
        "ModuleNotFoundError: No module named 'no_such_module_anywhere' (line 4)\n"
    )
    after = {row["name"]: row for row in json.loads(usagebill("plugins").out)}
    assert (after["acme_square"]["status"], after["acme_square"]["adds"]) == ("ok", ["pricing model square"])
    assert (after["broken"]["status"], after["broken"]["enabled"]) == ("failed", True)
    assert "no_such_module_anywhere" in after["broken"]["reason"]


def test_a_disabled_plugin_stays_so_until_it_is_enabled(usagebill: Command, folder: Path) -> None:
    assert usagebill("plugins", "disable", "broken").err == "plugin broken is disabled\n"
    assert usagebill("plugins", "disable", "broken").err == "plugin broken was disabled already\n"
    assert usagebill("quote", "--price", PRICE, "--units", "3").err == ""
    assert [row["enabled"] for row in json.loads(usagebill("plugins", "list").out)] == [True, False]
    (folder / "broken.py").unlink()
    assert usagebill("plugins", "enable", "broken").err == "plugin broken is enabled\n"
    gone = usagebill("plugins", "enable", "broken")
    assert (gone.code, "there is no plugin 'broken'" in gone.err) == (4, True)
    nearest = usagebill("plugins", "disable", "acme_sqare")
    assert (nearest.code, nearest.err.count("\n")) == (4, 1)
    assert "did you mean 'acme_square'?" in nearest.err


def test_the_environment_disables_as_well(
    usagebill: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert folder.is_dir()
    monkeypatch.setenv("USAGEBILL_DISABLE_PLUGINS", "acme-square,broken")
    refused = usagebill("quote", "--price", PRICE, "--units", "3")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "plugins not loaded: acme_square (disabled), broken (disabled)" in refused.err
    assert "USAGEBILL_DISABLE_PLUGINS still disables it" in usagebill("plugins", "enable", "broken").err


def test_without_plugins_only_what_is_built_in_is_there(usagebill: Command, folder: Path) -> None:
    assert folder.is_dir()
    assert usagebill("--no-plugins", "quote", "--price", PRICE, "--units", "3").code == 1
    assert usagebill("--no-plugins", "quote", "--price", '{"unit_amount": "2"}', "--units", "3").err == ""
    assert json.loads(usagebill("--no-plugins", "plugins").out) == []


def test_more_folders_can_be_named(usagebill: Command, tmp_path: Path) -> None:
    plugin(tmp_path / "one", "square", SQUARE)
    plugin(tmp_path / "two", "double", DOUBLE)
    named = ("--plugins-dir", str(tmp_path / "one"), "--plugins-dir", str(tmp_path / "two"))
    assert [row["name"] for row in json.loads(usagebill(*named, "plugins", "list").out)] == [
        "square",
        "double",
    ]
    assert usagebill(*named, "quote", "--price", PRICE, "--units", "3").code == 0
    assert usagebill("--plugins-dir", "nowhere", "plugins").code == 4


def test_checking_says_what_each_adds_or_why_it_failed(usagebill: Command, folder: Path) -> None:
    plugin(folder, "endless", "while True: pass")
    checked = usagebill("plugins", "check", "--seconds", "1")
    assert checked.code == 1
    rows = {row["name"]: row for row in json.loads(checked.out)}
    assert rows["acme_square"]["adds"] == ["pricing model square"]
    assert "no_such_module_anywhere" in rows["broken"]["reason"]
    assert rows["endless"]["reason"] == "was not loaded within 1 seconds and was stopped"
    usagebill("plugins", "disable", "endless")
    one = usagebill("plugins", "check", "acme-square")
    assert (one.code, [row["name"] for row in json.loads(one.out)]) == (0, ["acme_square"])
    assert usagebill("plugins", "check", "acme").code == 4


def test_a_disabled_plugin_can_be_checked_by_name(usagebill: Command, folder: Path) -> None:
    assert folder.is_dir()
    usagebill("plugins", "disable", "broken")
    assert json.loads(usagebill("plugins", "check", "broken").out)[0]["status"] == "failed"
    assert usagebill("plugins", "check").code == 0


def test_billing_names_the_line_and_exits_with_three(usagebill: Command, tmp_path: Path) -> None:
    catalogue = CATALOGUE.replace('{ unit_amount = "0.10" }', '{ model = "square" }')
    (tmp_path / "catalogue.toml").write_text(catalogue, encoding="utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    named = ("--plugins-dir", str(tmp_path / "p"))
    plugin(tmp_path / "p", "acme", '__version__ = "1.5"\n', SQUARE)
    assert usagebill(*named, "catalog", "apply", "catalogue.toml").code == 0
    assert usagebill(*named, "import", "events.csv").code == 0
    plugin(tmp_path / "p", "acme", '__version__ = "1.5"\n', SQUARE.replace("units * units", "1 / 0 * units"))
    billed = usagebill(*named, "bill", "2023-11", "--finalize")
    assert billed.code == 3
    (invoice,) = json.loads(billed.out)
    assert (invoice["status"], invoice["plugins"]) == ("draft", {"acme": "1.5"})
    assert [line["amount"] for line in invoice["lines"]] == ["0.13", "0.00"]
    said = f"not rated: customer acme, invoice {invoice['id']}, line 2 (storage): the pricing model 'square'"
    assert said in billed.err
    refused = usagebill(*named, "invoice", "finalize", invoice["id"])
    assert (refused.code, refused.err.count("\n")) == (5, 1)
    assert "line 2 (storage)" in refused.err
    shown = usagebill("invoice", "show", invoice["id"])
    assert shown.code == 0
    assert shown.err == "computed with plugin acme 1.5, which is not loaded now\n"
    explained = usagebill("explain", invoice["id"], "--events")
    assert "which is not loaded now" in explained.err


def test_usage_that_a_plugin_cannot_tell_is_said_and_exits_with_three(
    filled: Command, tmp_path: Path
) -> None:
    named = ("--plugins-dir", str(tmp_path / "p"))
    plugin(tmp_path / "p", "acme", DOUBLE)
    more = '[[metric]]\ncode = "twice"\naggregation = "double"\nproperty = "gb"\nevent = "storage"\n'
    (tmp_path / "catalogue.toml").write_text(f"{CATALOGUE}\n{more}", encoding="utf-8")
    assert filled(*named, "catalog", "apply", "catalogue.toml").code == 0
    asked = ("usage", "--from", "2023-11-01", "--to", "2023-12-01")
    told = {row["metric"]: row["units"] for row in json.loads(filled(*named, *asked).out)}
    assert told == {"requests": "3", "storage": "12.5", "twice": "25"}
    untold = filled(*asked)
    assert untold.code == 3
    assert {row["metric"]: row["units"] for row in json.loads(untold.out)} == {**told, "twice": None}
    assert "no value: customer acme, metric twice: unknown aggregation type 'double'" in untold.err


def test_checking_holds_what_a_plugin_adds_to_the_laws(usagebill: Command, folder: Path) -> None:
    plugin(folder, "falling", SQUARE.replace('"square"', '"falling"').replace("units * units", "-units"))
    checked = usagebill("plugins", "check", "falling", "--timeout", "20")
    assert checked.code == 1
    (row,) = json.loads(checked.out)
    assert (row["status"], row["lawful"]) == ("ok", "8 hold, 1 broken")
    (broken,) = (law for law in row["laws"] if not law["holds"])
    assert (broken["object"], broken["law"]) == ("pricing model falling", "more never costs less")
    assert "say monotone = False" in broken["broken"]
    assert broken["example"].startswith("{'factor'")
    table = usagebill("plugins", "check", "falling", "--format", "table").out
    assert "more never costs less     BROKEN" in table
    assert "bounds                    holds" in table
