"""What 128 bits cannot hold: sums and weighted sums beyond them, exactly, and the finest ranks."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.engines import needs_chdb
from tests.eventstore.stores import Store, any_store, ask, deliver, event
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.quantity import exact_arithmetic, round_to
from usagebill_tui.eventstore.types import Window

pytestmark = needs_chdb
LARGEST = Decimal("99999999999999999999.999999999999999999")


@pytest.fixture(name="store")
def store_of_large_numbers(tmp_path: Path) -> Store:
    store = any_store(tmp_path)
    deliver(store, [event(f"e{k}", k, n=LARGEST) for k in range(40)])
    return store


def test_a_sum_that_128_bits_would_wrap(store: Store) -> None:
    (answer,) = ask(store, Metric(code="m", aggregation="sum", property="n"))
    with exact_arithmetic():
        assert answer.units == 40 * LARGEST


def test_a_weighted_sum_of_the_largest_numbers_over_centuries(store: Store) -> None:
    metric = Metric(code="m", aggregation="weighted_sum", property="n")
    (answer,) = ask(store, metric, [Window(0, ("a",), 0, 10**17)])
    with exact_arithmetic():
        held = sum((LARGEST * (10**17 - k) for k in range(40)), Decimal(0)) / 10**17
    assert answer.units == round_to(held, 18)


@pytest.mark.parametrize("percentile", ["0.000000000000000001", "99.999999999999999999", "50"])
def test_a_rank_of_the_finest_percent(store: Store, percentile: str) -> None:
    params = {"percentile": Decimal(percentile)}
    (answer,) = ask(store, Metric(code="m", aggregation="percentile", property="n", params=params))
    assert answer.units == LARGEST
