"""A system that ends programs finds the interface ready to leave: drafts kept, the terminal clean."""

from pathlib import Path

from tests.tui.terminals import Terminal


def test_what_was_typed_is_kept_and_the_terminal_is_as_it_was(tmp_path: Path) -> None:
    arguments = ["--home", str(tmp_path / "home"), "--workspace", "sandbox"]
    first = Terminal(arguments, tmp_path / "config")
    try:
        first.expect("SANDBOX")
        first.press("2")
        first.expect("No metrics")
        first.press("n")
        first.expect("Name")
        first.press("Half of a name")
        first.expect("Half of a name")
        first.told_to_end()
        assert first.ended() == 0
        assert first.raw.rindex(b"\x1b[?1049l") > first.raw.rindex(b"\x1b[?1049h")
    finally:
        first.close()
    again = Terminal(arguments, tmp_path / "config")
    try:
        again.expect("SANDBOX")
        again.press("2")
        again.expect("No metrics")
        again.press("n")
        again.expect("Half of a name")
    finally:
        again.close()
