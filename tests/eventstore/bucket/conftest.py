"""What the tests of events in a bucket are given."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eventstore.bucket.machines import Machines
from tests.eventstore.bucket.storage import Line, running

_prefixes = itertools.count()


@pytest.fixture(scope="session")
def storage() -> Iterator[int]:
    """The port of a server of object storage."""
    with running() as port:
        yield port


@pytest.fixture
def machines(storage: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    """Machines that share a catalogue and a prefix that nobody else uses."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
    line = Line(storage)
    made = Machines(tmp_path, line, f"t{next(_prefixes)}")
    yield made
    made.close()
    line.close()
