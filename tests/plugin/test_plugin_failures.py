"""Plugins that are broken in one way each: contained, named, with the reason, and everything else goes on."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.plugin.written import DOUBLE, PAIRS, SQUARE, plugin
from usagebill_tui.plugin import builtin
from usagebill_tui.plugin.health import Plugins
from usagebill_tui.plugin.loading import load_plugins

REGISTER = "\n@hookimpl\ndef usagebill_register_aggregations(registry):\n    registry.add_aggregation({})\n"
HALF = """
@hookimpl
def usagebill_register_pricing_models(registry):
    raise RuntimeError("half way")
"""

BROKEN = [
    ("def x(:", "syntax error in line 4 of"),
    (
        "import no_such_module_anywhere",
        "ModuleNotFoundError: No module named 'no_such_module_anywhere' (line 4)",
    ),
    ("1 / 0", "ZeroDivisionError: division by zero (line 4)"),
    ("import sys; sys.exit(3)", "SystemExit: 3"),
    ("raise BaseExceptionGroup('many', [ValueError()])", "ExceptionGroup: many (1 sub-exception)"),
    ("x = 1", "has no hooks; implement one of usagebill_register_aggregations"),
    (
        "@hookimpl\ndef usagebill_register_agregations(registry): ...",
        "no hook 'usagebill_register_agregations'; did you mean 'usagebill_register_aggregations'?",
    ),
    (
        "def usagebill_register_model(registry): ...",
        "no hook 'usagebill_register_model'; did you mean",
    ),
    ("@hookimpl\ndef something(registry): ...", "there is no hook 'something'"),
    ("def usagebill_register_aggregations(registry): ...", "is not marked; write @hookimpl above it"),
    (
        "@hookimpl\ndef usagebill_register_aggregations(reg): ...",
        "takes (reg); write def usagebill_register_aggregations(registry)",
    ),
    ("@hookimpl\ndef usagebill_register_aggregations(): ...", "takes ()"),
    ("@hookimpl\ndef usagebill_register_aggregations(registry, more): ...", "takes (registry, more)"),
    ("usagebill_api_version = 2\n" + DOUBLE, "version 2 of the plugin interface, this usagebill has 1"),
    ("usagebill_api_version = '1'\n" + DOUBLE, "version '1' of the plugin interface"),
    ("usagebill_api_verison = 1\n" + DOUBLE, "did you mean 'usagebill_api_version'?"),
    (DOUBLE + HALF, "RuntimeError: half way"),
    (DOUBLE.replace('"double"', '"sum"'), "two aggregation types are called 'sum': one of usagebill itself"),
    (
        DOUBLE + DOUBLE.replace("Double", "Twice") + "    registry.add_aggregation(Double())\n",
        "called 'double'",
    ),
    (REGISTER.format("'sum'"), "str is no aggregation type; derive it from usagebill_tui.plugin.Aggregation"),
    (DOUBLE + REGISTER.format("Double"), "Double is a class; add an object of it: Double()"),
    (DOUBLE.replace('name = "double"', ""), "aggregation type Double: has no name"),
    (DOUBLE.replace('"double"', '"Two Times"'), "'Two Times' cannot be a name"),
    (DOUBLE.replace('"double"', "7"), "has no name"),
    (DOUBLE.replace('title = "Double"', ""), "has no title"),
    (DOUBLE.replace("title =", 'reads = "numbers"\n    title ='), "reads 'numbers'"),
    (DOUBLE.replace("def finish", "def finnish"), "abstract"),
    (SQUARE.replace("parameters = SquareParameters", ""), "its parameters are no msgspec.Struct"),
    (SQUARE.replace("parameters = SquareParameters", "parameters = dict"), "are no msgspec.Struct"),
    (SQUARE.replace("factor: Decimal", "factor: NoSuchType"), "NoSuchType"),
    (SQUARE.replace("factor: Decimal", "factor: 'NoSuchType'"), "its parameters cannot be read"),
    (SQUARE.replace('"square"', '"tiered"'), "two pricing models are called 'tiered'"),
    (PAIRS.replace('(".pairs",)', '".pairs"'), "the endings '.pairs' cannot be used"),
    (PAIRS.replace('(".pairs",)', '("pairs",)'), "the endings ('pairs',) cannot be used"),
    (PAIRS.replace('name = "pairs"', "name = None"), "event reader Pairs: has no name"),
]


def loaded(*folders: Path, builtins: tuple[ModuleType, ...] = (builtin,), disabled: str = "") -> Plugins:
    return load_plugins(builtins, entry_points=False, folders=folders, disabled=disabled.split())


@pytest.mark.parametrize(("source", "reason"), BROKEN, ids=[reason[:40] for _, reason in BROKEN])
def test_a_broken_plugin_is_named_with_its_reason_and_the_others_work(
    tmp_path: Path, source: str, reason: str
) -> None:
    plugin(tmp_path / "p", "broken", source)
    plugin(
        tmp_path / "p", "zz_good", DOUBLE.replace('"double"', '"good"'), SQUARE.replace('"square"', '"fine"')
    )
    plugins = loaded(tmp_path / "p")
    broken, good = plugins.health
    assert (broken.name, broken.status, broken.adds) == ("broken", "failed", ())
    assert reason in (broken.reason or "")
    assert "\n" not in (broken.reason or "")
    assert (good.status, good.adds) == ("ok", ("aggregation type good", "pricing model fine"))
    assert plugins.registry.plugins() == {"zz_good": good.version}
    assert set(plugins.registry.aggregations) == {*loaded().registry.aggregations, "good"}
    assert set(plugins.registry.pricing_models) == {*loaded().registry.pricing_models, "fine"}
    assert plugins.failed == [broken]


def test_a_file_that_fails_leaves_no_half_made_module(tmp_path: Path) -> None:
    plugin(tmp_path / "p", "half_made", DOUBLE, "1 / 0")
    assert loaded(tmp_path / "p").health[0].status == "failed"
    assert not [name for name in sys.modules if "half_made" in name]


def test_an_interruption_is_not_a_plugins_failure(tmp_path: Path) -> None:
    plugin(tmp_path / "p", "slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        loaded(tmp_path / "p")


def test_what_a_plugin_prints_does_not_stand_among_the_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin(tmp_path / "p", "talks", "print('hello')", DOUBLE, "    print('there')")
    assert loaded(tmp_path / "p").health[0].status == "ok"
    assert capsys.readouterr() == ("", "hello\nthere\n")


def test_two_plugins_that_add_one_name_are_both_named(tmp_path: Path) -> None:
    plugin(tmp_path / "p", "one", '__version__ = "1.2"\n', DOUBLE)
    plugin(tmp_path / "p", "two", '__version__ = "3.4"\n', SQUARE, DOUBLE)
    first, second = loaded(tmp_path / "p").health
    assert (first.status, second.status) == ("ok", "failed")
    assert "one of the plugin one 1.2" in (second.reason or "")
    assert "one of the plugin two 3.4" in (second.reason or "")


def test_an_unknown_name_says_which_plugins_were_not_loaded(tmp_path: Path) -> None:
    plugin(tmp_path / "p", "one", DOUBLE)
    plugin(tmp_path / "p", "two", "1 / 0")
    registry = loaded(tmp_path / "p", disabled="one").registry
    with pytest.raises(Exception, match=r"known: .*; plugins not loaded: one \(disabled\), two \(failed\)"):
        registry.pricing_model("xyz")


def test_a_frozen_dataclass_can_be_a_reader(tmp_path: Path) -> None:
    frozen = PAIRS.replace(
        "class Pairs", "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Pairs"
    )
    frozen = frozen.replace("name =", "name: str =").replace("endings =", "endings: tuple[str, ...] =")
    plugin(tmp_path / "p", "frozen", frozen)
    plugins = loaded(tmp_path / "p")
    assert plugins.failed == []
    origin = plugins.registry.event_readers["pairs"].origin
    assert origin is not None
    assert origin.name == "frozen"
