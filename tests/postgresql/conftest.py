"""What the tests of PostgreSQL's own ways are given."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.billing.desk import Desk
from tests.databases import Schemas, working_on

SharedDesk = Callable[[str], Desk]


@pytest.fixture
def schemas(server_schemas: Schemas) -> Iterator[Schemas]:
    """Schemas that stand for folders, whatever database the other tests work on."""
    with working_on(server_schemas):
        yield server_schemas
    server_schemas.give_back()


@pytest.fixture
def shared_desk(schemas: Schemas, tmp_path: Path) -> Iterator[SharedDesk]:
    """Open desks whose catalogue and ledger lie in PostgreSQL."""
    del schemas
    with ExitStack() as stack:
        opened: list[Desk] = []

        def open_one(text: str) -> Desk:
            folder = tmp_path / str(len(opened))
            folder.mkdir()
            opened.append(stack.enter_context(Desk(folder, text)))
            return opened[-1]

        yield open_one
