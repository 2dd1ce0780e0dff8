"""Trying plugins in a process apart: what hangs or dies is stopped and named."""

from pathlib import Path

from tests.plugin.written import DOUBLE, SQUARE, plugin
from usagebill_tui.plugin.checking import Trial, try_plugins


def test_a_plugin_that_hangs_or_dies_is_named_and_the_rest_is_loaded(tmp_path: Path) -> None:
    plugin(tmp_path / "p", "a_good", DOUBLE)
    plugin(tmp_path / "p", "b_dies", "import os; os._exit(7)")
    plugin(tmp_path / "p", "c_hangs", "while True: pass")
    plugin(tmp_path / "p", "d_good", SQUARE)
    plugin(tmp_path / "p", "e_off", "1 / 0")
    states = try_plugins(
        Trial(
            builtins=("usagebill_tui.plugin.builtin",),
            entry_points=False,
            folders=(tmp_path / "p",),
            disabled=frozenset({"e_off"}),
            seconds=1,
        )
    )
    assert [(state.name, state.status, state.reason) for state in states] == [
        ("a_good", "ok", None),
        ("b_dies", "failed", "ended the whole process (exit code 7)"),
        ("c_hangs", "failed", "was not loaded within 1 seconds and was stopped"),
        ("d_good", "ok", None),
        ("e_off", "disabled", None),
    ]
    assert states[0].adds == ("aggregation type double",)
