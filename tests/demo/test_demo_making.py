"""The demo takes the place of an older demo in one step, and of nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from usagebill_tui.demo import making
from usagebill_tui.demo.filling import NOW
from usagebill_tui.demo.making import make_demo
from usagebill_tui.errors import Refused
from usagebill_tui.homes import DEMO, Fixed, Home
from usagebill_tui.workspace import Workspace

Filling = Callable[[Path], None]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def filling(metric: str) -> Filling:
    """Return a filling that takes no time: a catalogue of one metric."""

    def fill(home: Path) -> None:
        with Workspace.open(DEMO, home=home, who="test") as workspace:
            table = f'[[metric]]\ncode = "{metric}"\nname = "Metric {metric}"\naggregation = "count"\n'
            workspace.apply_catalogue_text(table, "sample.toml")

    return fill


def metrics(home: Home) -> list[str]:
    with Workspace.open(DEMO, home=home.path, who="test") as workspace:
        return list(workspace.catalogue().metrics)


def makings(home: Home) -> int:
    return len(list(home.folder(DEMO).glob("made-*")))


@pytest.fixture
def old(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Make an older demo, whose metric is `old`; the next one's is `new`."""
    monkeypatch.setattr(making, "fill", filling("old"))
    make_demo(home)
    monkeypatch.setattr(making, "fill", filling("new"))
    return home


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_demo_is_marked_as_such_and_is_the_only_workspace(old: Home) -> None:
    assert old.names() == [DEMO]
    assert old.fixed(DEMO, NOW).demo
    assert metrics(old) == ["old"]


def test_making_it_again_starts_clean(old: Home) -> None:
    make_demo(old)
    assert metrics(old) == ["new"]
    assert makings(old) == 1


def test_an_interruption_while_it_is_filled_leaves_the_old_one(
    old: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "fill", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_demo(old)
    assert metrics(old) == ["old"]
    assert makings(old) == 1


def test_an_interruption_just_before_the_step_leaves_the_old_one(
    old: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "put_in_place", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_demo(old)
    assert metrics(old) == ["old"]
    assert makings(old) == 1


def test_an_interruption_just_after_the_step_leaves_the_new_one(
    old: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_then_stop(home: Home, fixed: Fixed) -> None:
        home.put(DEMO, fixed)
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "put_in_place", put_then_stop)
    with pytest.raises(KeyboardInterrupt):
        make_demo(old)
    assert metrics(old) == ["new"]


def test_what_a_killed_demo_left_is_gone_after_the_next(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    left = home.folder(DEMO) / "made-killed" / DEMO
    left.mkdir(parents=True)
    monkeypatch.setattr(making, "fill", filling("new"))
    make_demo(home)
    assert metrics(home) == ["new"]
    assert not left.exists()


def test_a_first_demo_that_is_interrupted_is_no_workspace(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "fill", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make_demo(home)
    assert home.names() == []


def test_a_folder_with_other_things_in_it_is_left_alone(home: Home) -> None:
    diary = home.folder(DEMO) / "diary.txt"
    diary.parent.mkdir(parents=True)
    diary.write_text("mine", encoding="utf-8")
    with pytest.raises(Refused, match="leaves it alone"):
        make_demo(home)
    assert [path.name for path in home.folder(DEMO).iterdir()] == ["diary.txt"]


def test_two_demos_are_not_made_in_one_place_at_once(old: Home) -> None:
    with FileLock(old.folder(DEMO) / ".demo.lock"), pytest.raises(Refused, match="being made"):
        make_demo(old)
    assert metrics(old) == ["old"]
