"""The laws in a process apart: what hangs or dies is stopped, named, and the other laws are tried."""

from pathlib import Path

import pytest

from tests.plugin.written import DOUBLE, PAIRS, SQUARE, plugin
from usagebill_tui.plugin.checking import Trial, try_plugins
from usagebill_tui.testing.judging import Verdict, judge

BUILTINS = ("usagebill_tui.plugin.builtin", "usagebill_tui.events.builtin")
PRICE = "return [Step(description"


def judged(folder: Path, *parts: str, seconds: float = 10) -> list[Verdict]:
    plugin(folder, "tried", *parts)
    trial = Trial(builtins=BUILTINS, entry_points=False, folders=(folder,), seconds=seconds)
    (state,) = try_plugins(trial)
    assert state.status == "ok"
    return judge(state, trial)


def test_every_law_of_all_that_a_plugin_adds_is_tried(tmp_path: Path) -> None:
    verdicts = judged(tmp_path / "p", DOUBLE, SQUARE)
    assert [each.object for each in verdicts] == ["aggregation type double"] * 6 + [
        "pricing model square"
    ] * 9
    assert {each.law: each.broken for each in verdicts if each.broken} == {}
    assert all(each.says for each in verdicts)


def test_what_is_broken_is_said_with_an_example(tmp_path: Path) -> None:
    verdicts = judged(tmp_path / "p", SQUARE.replace("units * units", "-units"), PAIRS)
    broken = {each.law: each for each in verdicts if each.broken}
    assert "say monotone = False" in (broken["more never costs less"].broken or "")
    assert "'factor'" in broken["more never costs less"].example
    assert "say examples = (b'…',) in Pairs" in (broken["counts close"].broken or "")


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ("while True: pass", "was not done within 1 seconds and was stopped"),
        ("import os; os._exit(7)", "ended the whole process (exit code 7)"),
    ],
)
def test_an_endless_loop_is_stopped_and_the_other_laws_are_tried(
    tmp_path: Path, ending: str, why: str
) -> None:
    hanging = SQUARE.replace(PRICE, f"if not units:\n            {ending}\n        {PRICE}")
    verdicts = judged(tmp_path / "p", hanging, seconds=1)
    assert {each.law: each.broken for each in verdicts if each.broken} == {
        "zero usage": why,
        "more never costs less": why,
    }
    assert len(verdicts) == 9


def test_a_plugin_that_loads_only_once_is_named(tmp_path: Path) -> None:
    once = (
        "from pathlib import Path\nmark = Path(__file__).with_name('mark')\n"
        "if mark.exists():\n    import os\n    os._exit(3)\nmark.touch()\n"
    )
    (verdict,) = judged(tmp_path / "p", SQUARE, once)
    assert (verdict.object, verdict.law, verdict.broken) == (
        "plugin tried",
        "loading",
        "ended the whole process (exit code 3)",
    )
