"""What the billing tests are given."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.billing.desk import LATER, Desk
from usagebill_tui.plugin.registry import Registry

OpenDesk = Callable[..., Desk]


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[OpenDesk]:
    """Open desks in folders of their own, and close them afterwards."""
    with ExitStack() as stack:
        opened: list[Desk] = []

        def open_one(text: str | None = None, now: str = LATER, registry: Registry | None = None) -> Desk:
            folder = tmp_path / str(len(opened))
            folder.mkdir()
            opened.append(stack.enter_context(Desk(folder, text, now, registry)))
            return opened[-1]

        yield open_one
