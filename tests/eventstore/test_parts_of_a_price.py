"""Parts of a price against a plain model: every event is in exactly one part, and in one group of it."""

from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines import every_event_store
from tests.eventstore.inventing import TEXTS, TYPES
from tests.eventstore.stores import EVER, deliver, event, question, temporary_any_store
from tests.eventstore.test_usage_folded import folded
from tests.model.pricing_parts import place_of
from tests.model.reference import ModelEvent, aggregate
from usagebill_tui.domain.event import Event
from usagebill_tui.domain.metric import Metric, Scalar
from usagebill_tui.domain.narrowing import group_of, narrowed
from usagebill_tui.domain.price import Price, PriceWhen
from usagebill_tui.domain.pricing import part_for, parts, price_from_table, price_table
from usagebill_tui.domain.pricing.parts import covers, may_meet

pytestmark = every_event_store

PATHS = ("r", "s", '"a.b"')
POOLS: tuple[tuple[Any, ...], ...] = (
    ("eu", "us", "EU", None),
    (1, "1", "1.0", "01", Decimal("1.5"), "1.5", None),
    (True, "true", False, "false", "True", None),
    (*TEXTS[:12], 5, [1], None),
)
SCALARS: tuple[Scalar, ...] = ("eu", "us", "EU", "1", "1.0", "1.5", "5", True, "true", "false", "1e3", "")
ONE = Price(model="per_unit", params={"unit_amount": "1"})


@st.composite
def divided_prices(draw: st.DrawFn) -> Price:
    one = st.sampled_from(SCALARS)
    several = st.lists(one, min_size=2, max_size=3, unique_by=str).map(tuple)
    whens = st.dictionaries(st.sampled_from(PATHS), st.one_of(one, one, several), min_size=1, max_size=3)
    found = draw(st.lists(whens, max_size=5))
    groups = draw(st.lists(st.sampled_from([*PATHS, "n"]), unique=True, max_size=2))
    by = tuple(PriceWhen(when=when, price=ONE) for when in found)
    return Price(model="per_unit", params={"unit_amount": "1"}, by=by, group_by=tuple(groups))


@st.composite
def deliveries(draw: st.DrawFn) -> list[Event]:
    pool = st.sampled_from(draw(st.sampled_from(POOLS)))
    rows = draw(st.lists(st.tuples(pool, pool, pool, st.integers(0, 9)), min_size=3, max_size=14))
    return [
        event(f"e{place}", at, **{"r": r, "s": s, "a.b": dotted, "n": 2**place})
        for place, (r, s, dotted, at) in enumerate(rows)
    ]


def model(events: list[Event]) -> list[ModelEvent]:
    return [ModelEvent(e.timestamp, e.source, e.id or "", e.properties) for e in events]


@settings(max_examples=5)
@given(divided_prices(), deliveries(), st.sampled_from([*TYPES, "sum", "sum"]))
def test_every_event_is_in_exactly_one_part_and_group(price: Price, events: list[Event], kind: str) -> None:
    metric = Metric(code="m", aggregation=kind, property=None if kind == "count" else "n")
    counted: Counter[str] = Counter()
    with temporary_any_store() as store:
        deliver(store, events)
        whole = question(store, metric, group_by=price.group_by)
        divided = msgspec.structs.replace(whole, parts=parts(price)[0].ranked)
        together = store.usage(divided)
        assert store.usage(folded(divided)[0]) == together
        for place, part in enumerate(parts(price)):
            wanted = place if place < len(price.by) else None
            own = [one for one in model(events) if place_of(price, one) == wanted]
            asked = question(store, narrowed(metric, part.narrowing), group_by=part.narrowing.group_by)
            found = {a.group: (a.units, a.events, a.left_out) for a in store.usage(asked)}
            expected = aggregate(metric, own, EVER.since, EVER.until, part.narrowing.group_by)
            assert found == {group: told for group, told in expected.items() if told[1] or told[2]}
            label = str(part.rank) if wanted is not None else None
            shared = [a for a in together if not price.by or a.group[-1] == label]
            width = len(price.group_by)
            assert {a.group[:width]: (a.units, a.events, a.left_out) for a in shared} == found
            fold, _ = folded(asked)
            assert {a.group: (a.units, a.events, a.left_out) for a in store.usage(fold)} == found
            counted.update(one.id for one in store.matching(asked))
    assert counted == Counter(one.id for one in events)


@settings(max_examples=5)
@given(divided_prices(), deliveries())
def test_the_events_and_the_amounts_of_a_group_are_its_own(price: Price, events: list[Event]) -> None:
    metric = Metric(code="m", aggregation="sum", property="n")
    seen: Counter[str] = Counter()
    titles = []
    with temporary_any_store() as store:
        deliver(store, events)
        for part in parts(price):
            narrowing = part.narrowing
            asked = question(store, narrowed(metric, narrowing), group_by=narrowing.group_by)
            walked = store.amounts(asked, "n").get(0, [])
            for answer in store.usage(asked):
                texts = dict(zip(narrowing.group_by, answer.group, strict=True))
                one = question(store, narrowed(metric, narrowing))
                behind = list(store.matching(msgspec.structs.replace(one, only=texts)))
                assert sum(e.properties["n"].number or 0 for e in behind) == answer.units
                assert sum(timed.number for timed in walked if timed.group == answer.group) == answer.units
                seen.update(e.id for e in behind)
                titles.append(str(group_of(narrowing, texts)))
    assert seen == Counter(one.id for one in events)
    assert len(set(titles)) == len(titles), "lines of one product are told apart by their group"


@settings(max_examples=100)
@given(divided_prices(), deliveries())
def test_what_covers_and_what_may_meet_is_seen_without_events(price: Price, events: list[Event]) -> None:
    alone = [Price(model="x", by=(one,)) for one in price.by]
    hits = [{e.id for e in model(events) if place_of(one, e) == 0} for one in alone]
    for one, own in zip(price.by, hits, strict=True):
        for other, theirs in zip(price.by, hits, strict=True):
            assert may_meet(one.when, other.when) or not own & theirs
            assert not covers(one.when, other.when) or theirs <= own


@settings(max_examples=60)
@given(divided_prices(), st.dictionaries(st.sampled_from(PATHS), st.sampled_from(SCALARS)))
def test_a_quote_chooses_the_part_that_an_event_would_have(price: Price, given_: dict[str, Scalar]) -> None:
    data: dict[str, Any] = {path.strip('"'): value for path, value in given_.items()}
    (one,) = model([event("e", **data)])
    chosen = place_of(price, one)
    assert part_for(price, given_) == parts(price)[-1 if chosen is None else chosen]


@settings(max_examples=60)
@given(divided_prices())
def test_a_divided_price_reads_back_from_its_table(price: Price) -> None:
    assert price_from_table(price_table(price)) == price
