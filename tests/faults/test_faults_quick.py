"""The quick part: a few faults of each kind. `python -m tests.faults` goes through all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.striking import CannotStrikeError, Fault, Zygote
from tests.faults.works import WORKS, Scene

NAMED = {work.name: work for work in WORKS}
FAULTS = [
    ("import", Fault("KILL", "pwrite64", 12)),
    ("import", Fault("KILL", "rename", 2)),
    ("import", Fault("INT", "unlink", 1)),
    ("import", Fault("EIO", "fsync", 1)),
    ("import", Fault("ENOSPC", "pwrite64", 1)),
    ("bulk", Fault("KILL", "rename", 2)),
    ("bulk", Fault("EIO", "fsync", 2)),
    ("merge", Fault("KILL", "rename", 3)),
    ("merge", Fault("ENOSPC", "fsync", 5)),
    ("watch", Fault("KILL", "link", 1)),
    ("watch", Fault("EIO", "link", 1)),
    ("watch", Fault("ENOSPC", "write", 1)),
    ("undo", Fault("KILL", "rename", 1)),
    ("undo", Fault("EIO", "fsync", 1)),
    ("erase", Fault("KILL", "rename", 1)),
    ("erase", Fault("KILL", "pwrite64", 30)),
    ("erase", Fault("KILL", "unlink", 2)),
    ("erase", Fault("EIO", "fsync", 2)),
    ("erase", Fault("EIO", "unlink", 2)),
    ("erase", Fault("EIO", "unlink", 5)),
    ("bill", Fault("INT", "pwrite64", 6)),
    ("bill", Fault("EIO", "fdatasync", 1)),
]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("faults")
    try:
        zygote = Zygote(folder)
    except CannotStrikeError as error:
        pytest.skip(str(error))
    with zygote:
        yield Scene(folder / "scene", zygote)


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=str)
def test_all_or_nothing_and_again(scene: Scene, name: str, fault: Fault) -> None:
    run, wrong = scene.tried(NAMED[name], fault)
    assert run.struck, "there is no such call: choose another place"
    assert wrong == []
