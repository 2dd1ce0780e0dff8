"""The collector is held back within blocks, and is as it was once the last of them is done."""

import gc
from collections.abc import Iterator

import pytest

from usagebill_tui.billing.collecting import seldom_collecting


@pytest.fixture
def _restored() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("_restored")
def test_the_collector_looks_seldom_within_blocks_and_as_before_after_the_last() -> None:
    gc.set_threshold(700, 10, 10)
    first, second = seldom_collecting(), seldom_collecting()
    first.__enter__()
    second.__enter__()
    assert gc.get_threshold()[0] > 100_000
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] > 100_000
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.usefixtures("_restored")
def test_a_block_that_fails_ends_as_well() -> None:
    gc.set_threshold(701, 11, 12)
    with pytest.raises(ValueError, match="no"), seldom_collecting():
        raise ValueError("no")
    assert gc.get_threshold() == (701, 11, 12)


@pytest.mark.usefixtures("_restored")
def test_a_collector_that_is_off_stays_off() -> None:
    gc.set_threshold(0, 10, 10)
    with seldom_collecting():
        assert gc.get_threshold()[0] == 0
    assert gc.get_threshold() == (0, 10, 10)
