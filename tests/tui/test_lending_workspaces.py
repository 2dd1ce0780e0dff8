"""One open workspace and many threads: nobody closes what another still works with."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.tui.driving import NOW, made_app, pressed, settled
from usagebill_tui.errors import Refused
from usagebill_tui.extensions import NOTHING
from usagebill_tui.homes import Home
from usagebill_tui.tui.desk import Desk
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.screens.home import HomePage
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.workspace import Workspace

THREADS = 4
ROUNDS = 3
SWITCHES = 4


def a_desk(home: Path) -> Desk:
    return Desk("demo", Home(home), NOTHING, lambda: NOW)


def closed_ones(monkeypatch: pytest.MonkeyPatch) -> list[Workspace]:
    """Return a list to which each workspace comes that is closed."""
    closed: list[Workspace] = []
    close = Workspace.close

    def noted(workspace: Workspace) -> None:
        closed.append(workspace)
        close(workspace)

    monkeypatch.setattr(Workspace, "close", noted)
    return closed


@pytest.mark.parametrize("end", [Desk.close, lambda desk: desk.switch("sandbox")], ids=["close", "switch"])
def test_a_workspace_is_closed_by_whoever_works_with_it_last(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch, end: Callable[[Desk], None]
) -> None:
    closed = closed_ones(monkeypatch)
    desk = a_desk(demo_home)
    inside, ended = threading.Barrier(THREADS + 1), threading.Barrier(THREADS + 1)
    last = threading.Barrier(THREADS)

    def work() -> tuple[int, int]:
        with desk.using() as workspace:
            events = workspace.events()
            first = next(iter(events))
            inside.wait()
            ended.wait()
            assert closed == []
            assert workspace.invoices()
            answer = sum(1 for _ in events) + len(first.id[:1]), len(workspace.batches())
            last.wait()
            return answer

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [pool.submit(work) for _ in range(THREADS)]
        inside.wait()
        before = desk.workspace()
        end(desk)
        ended.wait()
        assert len({answer.result() for answer in answers}) == 1
    assert closed == [before]
    desk.close()


def test_a_desk_that_was_left_opens_nothing_any_more(
    demo_made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = closed_ones(monkeypatch)
    desk = a_desk(demo_made)
    opened = desk.workspace()
    desk.close()
    assert closed == [opened]
    for ask in (desk.workspace, desk.using().__enter__):
        with pytest.raises(Refused, match="left already"):
            ask()
    assert desk.fingerprint() is None


def test_many_threads_ask_while_workspaces_are_switched(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = closed_ones(monkeypatch)
    desk = a_desk(demo_home)
    desk.workspace()
    names: Counter[str] = Counter()

    def work() -> None:
        for _ in range(ROUNDS):
            with desk.using() as workspace:
                shown = len(workspace.invoices()), sum(1 for _ in workspace.events())
                # What is read belongs to the workspace that was lent, whole.
                assert all(shown) or not any(shown)
                names[workspace.name] += 1

    with ThreadPoolExecutor(THREADS) as pool:
        working = [pool.submit(work) for _ in range(THREADS)]
        for name in ("sandbox", "demo") * (SWITCHES // 2):
            desk.switch(name)
        for one in working:
            one.result()
    desk.close()
    assert sum(names.values()) == THREADS * ROUNDS
    assert len(closed) == len(set(map(id, closed))) == SWITCHES + 1


async def test_leaving_the_interface_lets_work_in_threads_end(demo_made: Path) -> None:
    began, left, done = threading.Event(), threading.Event(), threading.Event()
    seen: list[object] = []

    def work(workspace: Workspace) -> None:
        events = workspace.events()
        next(iter(events))
        began.set()
        left.wait()
        try:
            seen.append((sum(1 for _ in events) > 0, bool(workspace.invoices())))
        finally:
            done.set()

    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        page = app.screen
        assert isinstance(page, Page)
        page.work(work, lambda _: None, group="test")
        await asyncio.to_thread(began.wait)
        await pilot.press("ctrl+q")
    left.set()
    await asyncio.to_thread(done.wait)
    assert seen == [(True, True)]


async def test_switching_asks_while_work_is_under_way(
    demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        monkeypatch.setattr(app.screen, "under_way", lambda: "An import runs", raising=False)
        app.enter_workspace("sandbox")
        await settled(pilot)
        assert isinstance(app.screen, Confirm)
        await pressed(pilot, "escape")
        assert app.desk.name == "demo"
        app.enter_workspace("sandbox")
        await settled(pilot)
        await pressed(pilot, "y")
        assert isinstance(app.screen, HomePage)
        assert app.desk.name == "sandbox"
