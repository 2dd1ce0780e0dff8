"""Strategies that invent events and questions: few values, so that they meet, and odd ones."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.eventstore.stores import event
from usagebill_tui.domain.event import Event
from usagebill_tui.domain.metric import Filter, Metric, Operator, Scalar
from usagebill_tui.domain.properties import path_of
from usagebill_tui.domain.quantity import plain

ACCOUNTS = ("a", "A", "b", "c")
TIMES = (-1, 0, 9, 10, 10, 11, 19, 20, 21)
SOURCES = ("", "s", "S")
IDS = ("e", "E", "e1", "e10", "e2", "é", "z")
NUMBERS = [
    Decimal(text)
    for text in (
        *("0", "1", "-1", "5", "10", "2.5", "-0.1", "0.1", "0.2", "152", "1000"),
        *("99999999999999999999.999999999999999999", "-99999999999999999999.999999999999999999"),
        *("12345678901234567890.123456789012345678", "1e-18", "-1e-18", "4e-19", "5e-19", "1e19"),
        *("1e20", "-1e20", "12345678901234567890123456789012345678901"),
    )
]
TEXTS = (
    *("5", "5.0", "05", " 5", "1e3", "-0", "0.30", ".5", "10", "100000000000000000000", "1e-30"),
    *("eu", "us", "EU", "", "true", "false", "add", "null", "Remove"),
    *("%", "a%b", "a_b", "a/b", "axb", "'", '"', "\\", "é", "e\u0301", "𝔘", "\uffff", "a\x00b", "two\nlines"),
)
OTHERS: tuple[Any, ...] = (True, False, None, [], [1, "eu"], [None, True], {})
KEYS = (
    *("n", "N", "n2.n", "r", "R", "a.b", 'q"x', "c:d", "\\:e", "%(since_1)s", "$1", "", "x y", "é", "it's"),
)  # fmt: skip
NESTED = ("output", "Output", "a.b")
ALL_KEYS: list[tuple[str, ...]] = [*((key,) for key in KEYS), *(("usage", key) for key in NESTED)]
OPERATORS: tuple[Operator, ...] = (
    *("eq", "ne", "in", "not_in", "contains", "not_contains", "gt", "ge", "lt", "le"),
)  # fmt: skip
HUGE: tuple[Scalar, ...] = (10**20, -(10**25), 10**19, "1e20", "4e-19")
TYPES = (
    *("count", "sum", "unique_count", "unique_count", "max", "min", "average", "latest"),
    *("weighted_sum", "weighted_sum", "percentile", "percentile"),
)
CARRIED = {"sum", "unique_count", "weighted_sum"}
PERCENTS = ("95", "100", "50", "1e-18", "99.999999999999999999", "33.333333333333333333", "20", "33.4")

leaves = st.one_of(*(st.sampled_from(list(one)) for one in (NUMBERS, NUMBERS, TEXTS, OTHERS)))
pools = st.one_of(
    st.lists(leaves, min_size=2, max_size=5),
    st.lists(st.sampled_from(NUMBERS), min_size=2, max_size=4),
    st.just(["remove", "add", Decimal(5), "5"]),
    st.just(["axb", "a_b", "a%b", "%", True]),
)


class Asked(NamedTuple):
    """One question: a metric, its windows as (accounts, start, end), and what it is broken down by."""

    metric: Metric
    spans: list[tuple[tuple[str, ...], int, int]]
    group_by: tuple[str, ...]


class World(NamedTuple):
    """Events that came in several imports, and questions about them."""

    imports: list[list[Event]]
    questions: list[Asked]

    @property
    def events(self) -> list[Event]:
        """Return the events of all imports."""
        return [one for part in self.imports for one in part]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Return events over a few properties and values, and questions about just these."""
    keys = draw(st.lists(st.sampled_from(ALL_KEYS), min_size=2, max_size=3, unique=True))
    if draw(st.booleans()):
        keys = [("n",), ("N",), *(each for each in keys if each not in {("n",), ("N",)})]
    pool = draw(pools)
    split: list[list[Event]] = [[], [], []]
    for one in draw(_events(keys, pool)):
        split[draw(st.integers(0, 2))].append(one)
    scalars = [*_as_scalars(pool), *draw(st.lists(st.sampled_from([*HUGE, *TEXTS]), max_size=2))]
    paths = st.sampled_from([*(path_of(each) for each in keys), "absent"][: len(keys) + 1])
    questions = draw(st.lists(_questions(paths, scalars), min_size=4, max_size=8))
    return World([part for part in split if part], questions)


def _events(keys: Sequence[tuple[str, ...]], pool: Sequence[Any]) -> st.SearchStrategy[list[Event]]:
    one = st.builds(
        _event,
        st.sampled_from(SOURCES),
        st.sampled_from(IDS),
        st.sampled_from(TIMES),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(["m", "m", "m", "m", "M"]),
        st.tuples(*(st.tuples(st.just(each), st.sampled_from([*pool, *pool, None])) for each in keys)),
    )
    return st.lists(one, min_size=5, max_size=20, unique_by=lambda e: (e.source, e.id))


def _event(
    source: str, name: str, at: int, account: str, metric: str, values: Sequence[tuple[tuple[str, ...], Any]]
) -> Event:
    data: dict[str, Any] = {}
    for keys, value in values:
        inner = data
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = value
    return event(name, at, account, source=source, metric=metric, **data)


def _as_scalars(pool: Sequence[Any]) -> list[Scalar]:
    """Return the values of a pool as a metric's definition holds them: no decimals, no lists."""
    numbers = [value for value in pool if isinstance(value, Decimal)]
    whole = [int(number) for number in numbers if number == int(number)]
    fractions = [plain(number) for number in numbers if number != int(number)]
    return [*(value for value in pool if isinstance(value, str | bool)), *whole, *fractions, 5]


@st.composite
def _questions(draw: st.DrawFn, paths: st.SearchStrategy[str], scalars: list[Scalar]) -> Asked:
    kind = draw(st.sampled_from(TYPES))
    one = st.sampled_from(scalars)
    wanted = st.one_of(one, st.lists(one, min_size=2, max_size=3).map(tuple))
    compared = st.builds(Filter, property=paths, op=st.sampled_from(OPERATORS), value=wanted)
    exists = st.builds(Filter, property=paths, op=st.just("exists"), value=st.booleans())
    params: dict[str, Any] = {}
    if kind == "unique_count" and draw(st.booleans()):
        params = {"operation_property": draw(paths)}
    elif kind == "percentile":
        params = {"percentile": Decimal(draw(st.sampled_from(PERCENTS)))}
    metric = Metric(
        code=draw(st.sampled_from(["m", "q"])),
        event="m",
        aggregation=kind,
        property=None if kind == "count" else draw(paths),
        filters=tuple(draw(st.lists(st.one_of(compared, compared, exists), max_size=1))),
        exclude=tuple(
            draw(st.lists(st.dictionaries(paths, wanted, min_size=1, max_size=2), max_size=1)),
        ),
        recurring=kind in CARRIED and draw(st.booleans()),
        params=params,
    )
    span = st.tuples(
        st.lists(st.sampled_from(ACCOUNTS), min_size=1, max_size=4, unique=True).map(tuple),
        st.sampled_from([0, 10, -1]),
        st.sampled_from([20, 21, 11]),
    )
    group_by = draw(st.lists(paths, max_size=2, unique=True).map(tuple))
    return Asked(metric, draw(st.lists(span, min_size=1, max_size=2)), group_by)
