"""Cases that are too rare to be left to chance."""

from decimal import Decimal
from typing import Any

import pytest

from tests.engines import every_event_store
from tests.eventstore.stores import EVER, Store, any_store, ask, deliver, event
from tests.model.conditions import fulfils
from tests.model.events import value_of
from tests.model.reference import Group
from usagebill_tui.domain.metric import Filter, Metric, Operator, Scalar
from usagebill_tui.eventstore.types import Answer, Window

pytestmark = every_event_store

LARGEST = Decimal("99999999999999999999.999999999999999999")


@pytest.fixture(name="store")
def empty_store(tmp_path: Any) -> Store:
    return any_store(tmp_path)


def units(store: Store, metric: Metric, *windows: Window) -> list[Decimal | None]:
    return [answer.units for answer in ask(store, metric, windows or (EVER,))]


def grouped(answers: list[Answer]) -> dict[Group, Decimal | None]:
    return {answer.group: answer.units for answer in answers}


@pytest.mark.parametrize(
    ("op", "wanted", "present", "expected"),
    [
        ("gt", 5, "high", False),
        ("lt", 5, "high", False),
        ("ge", "5", True, False),
        ("le", 5, [1], False),
        ("gt", (100, 5), 6, True),
        ("lt", (5, 100), 6, True),
        ("ge", ("x", 5), 4, False),
        ("contains", ("zz", "b"), "abc", True),
        ("lt", 10**20, 5, True),
        ("le", "1e30", Decimal("-2.5"), True),
        ("gt", 10**20, 5, False),
        ("ge", -(10**25), 5, True),
        ("lt", -(10**25), 5, False),
        ("lt", 10**25, "abc", False),
        ("eq", 10**20, Decimal(10**20), True),
        ("eq", 10**20, "100000000000000000000", True),
        ("ne", 10**20, Decimal(10**21), True),
        ("gt", 5, Decimal(10**21), False),
        ("eq", "0.0000000000000000005", Decimal("0.0000000000000000005"), True),
        ("eq", "1e-18", Decimal("0.000000000000000001"), True),
        ("gt", "b", "c", True),
        ("gt", "b", "B", False),
        ("lt", "\uffff", "𝔘", False),
        ("contains", "%", "axb", False),
        ("contains", "_", "axb", False),
        ("contains", "/", "a/b", True),
        ("contains", "", "", True),
        ("not_contains", ("a", "z"), "abc", False),
    ],
)
def test_conditions(
    store: Store,
    op: Operator,
    wanted: Scalar | tuple[Scalar, ...],
    present: Any,
    *,
    expected: bool,
) -> None:
    condition = Filter(property="p", op=op, value=wanted)
    assert fulfils(condition, value_of(present)) is expected
    deliver(store, [event("e", p=present)])
    assert units(store, Metric(code="m", aggregation="count", filters=(condition,))) == [1] * expected


def test_a_sum_may_outgrow_what_one_value_can_be(store: Store) -> None:
    deliver(store, [event(f"e{k}", n=LARGEST) for k in range(7)], [event("less", n=LARGEST.copy_negate())])
    metric = Metric(code="m", aggregation="sum", property="n")
    assert units(store, metric) == [Decimal("599999999999999999999.999999999999999994")]
    average = Metric(code="m", aggregation="average", property="n")
    assert units(store, average) == [Decimal("74999999999999999999.999999999999999999")]


def test_a_value_without_operation_goes_in_again_after_it_was_taken_out(store: Store) -> None:
    deliver(store, [event("e1", 1, v="x", op="remove"), event("e2", 2, v="x"), event("e3", 1, v="y")])
    deliver(store, [event("e4", 3, v="y", op="remove"), event("e5", 4, v="z", op=None)])
    counted = Metric(code="m", aggregation="unique_count", property="v", params={"operation_property": "op"})
    assert units(store, counted) == [2]


def test_properties_that_differ_in_case_are_two(store: Store) -> None:
    deliver(store, [event("e1", n=1, N=20, nN="x", Nn="y")])
    deliver(store, [event("e2", N=300)])
    for path, expected in (("n", 1), ("N", 320)):
        assert units(store, Metric(code="m", aggregation="sum", property=path)) == [expected]
    by_nn = ask(store, Metric(code="m", aggregation="count"), group_by=("nN", "Nn"))
    assert grouped(by_nn) == {(None, None): 1, ("x", "y"): 1}


def test_an_account_named_twice_counts_once(store: Store) -> None:
    deliver(store, [event("e1", n=2)])
    metric = Metric(code="m", aggregation="sum", property="n")
    assert units(store, metric, Window(0, ("a", "a"), 0, 9)) == [2]


def test_a_path_that_looks_like_sql_marks_is_only_a_path(store: Store) -> None:
    paths = ["%(since_1)s", "%(metric_1)s", ":since", "\\:x", "$1", "a'b", "?", "--", "/*", "%s", "%"]
    data: dict[str, Any] = dict.fromkeys(paths, 3)
    deliver(store, [event("e1", **data)])
    for path in paths:
        found = ask(store, Metric(code="m", aggregation="sum", property=path), group_by=(path,))
        assert grouped(found) == {("3",): 3}


def test_without_events_there_is_nothing(store: Store) -> None:
    metric = Metric(code="m", aggregation="sum", property="n")
    assert ask(store, metric) == []
    assert ask(store, metric, windows=()) == []
    deliver(store, [event("e1", n=2)])
    assert ask(store, metric, windows=()) == []
    assert ask(store, metric, snapshot=0) == []
