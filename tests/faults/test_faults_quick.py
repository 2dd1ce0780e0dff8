"""The quick part: a few faults of each kind. `python -m tests.faults` goes through all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.tracing import CannotTraceError, Fault, Zygote
from tests.faults.works import WORKS, Scene

NAMED = {work.name: work for work in WORKS}
FAULTS = [
    ("import", Fault("signal=KILL", "pwrite64", 12)),
    ("import", Fault("signal=KILL", "/^rename", 2)),
    ("import", Fault("signal=INT", "/^unlink", 1)),
    ("import", Fault("error=EIO", "fsync", 1)),
    ("import", Fault("error=ENOSPC", "pwrite64", 1)),
    ("bulk", Fault("signal=KILL", "/^rename", 2)),
    ("bulk", Fault("error=EIO", "fsync", 2)),
    ("merge", Fault("signal=KILL", "/^rename", 3)),
    ("merge", Fault("error=ENOSPC", "fsync", 5)),
    ("watch", Fault("signal=KILL", "/^link", 1)),
    ("watch", Fault("error=EIO", "/^link", 1)),
    ("undo", Fault("signal=KILL", "/^rename", 1)),
    ("undo", Fault("error=EIO", "fsync", 1)),
    ("erase", Fault("signal=KILL", "/^rename", 1)),
    ("erase", Fault("signal=KILL", "pwrite64", 30)),
    ("erase", Fault("signal=KILL", "/^unlink", 2)),
    ("erase", Fault("error=EIO", "fsync", 2)),
    ("erase", Fault("error=EIO", "/^unlink", 2)),
    ("erase", Fault("error=EIO", "/^unlink", 5)),
    ("bill", Fault("signal=INT", "pwrite64", 6)),
    ("bill", Fault("error=EIO", "fdatasync", 1)),
]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("faults")
    with Zygote(folder) as zygote:
        try:
            zygote.try_tracing()
        except CannotTraceError as error:
            pytest.skip(str(error))
        yield Scene(folder / "scene", zygote)


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=lambda value: str(value).replace("/^", ""))
def test_all_or_nothing_and_again(scene: Scene, name: str, fault: Fault) -> None:
    run, wrong = scene.tried(NAMED[name], fault)
    assert run.struck, "there is no such call: choose another place"
    assert wrong == []
