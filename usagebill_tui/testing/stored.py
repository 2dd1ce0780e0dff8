"""What a real event store answers about made-up events."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from usagebill_tui.domain.aggregation import AnyAggregation
from usagebill_tui.domain.event import Chunk, Event
from usagebill_tui.domain.metric import Metric
from usagebill_tui.events.content import content_of
from usagebill_tui.testing.dice import dice
from usagebill_tui.testing.events import Made, World
from usagebill_tui.testing.trials import Failed, Outcome

if TYPE_CHECKING:
    from usagebill_tui.eventstore.protocol import EventStore

_METRIC = "m"


class Asked(msgspec.Struct, frozen=True):
    """An aggregation type over the property at `path`, with parameters."""

    aggregation: AnyAggregation
    path: str
    params: Any


def answers(worlds: Sequence[World], asked: Asked) -> dict[int, Outcome]:
    """Return the answers about worlds by their place, none for those without events."""
    from usagebill_tui.eventstore.types import Question, Window

    windows = [
        Window(place, (_account(place),), world.period.start, world.period.until, world.period)
        for place, world in enumerate(worlds)
    ]
    metric = Metric(code=_METRIC, aggregation=asked.aggregation.name, property=asked.path or None)
    with _filled(worlds) as store:
        question = Question(
            metric=metric,
            aggregation=asked.aggregation,
            params=asked.params,
            windows=windows,
            snapshot=store.snapshot(),
        )
        found = store.usage(question)
    return {one.key: one.units if one.failure is None else Failed(one.failure) for one in found}


@contextmanager
def _filled(worlds: Sequence[World]) -> Iterator["EventStore"]:
    """Give a store of Parquet files that holds the events of all worlds and vanishes after the block."""
    from usagebill_tui.eventstore.parquet.store import ParquetEventStore
    from usagebill_tui.store.engine import open_sqlite
    from usagebill_tui.store.migrate import upgrade

    with tempfile.TemporaryDirectory(prefix="usagebill-laws-") as folder:
        engine = open_sqlite(Path(folder) / "catalogue.db")
        try:
            upgrade(engine)
            (Path(folder) / "events").mkdir(mode=0o700)
            store = ParquetEventStore(engine, Path(folder) / "events")
            _deliver(store, worlds)
            yield store
        finally:
            engine.dispose()


def _deliver(store: "EventStore", worlds: Sequence[World]) -> None:
    from usagebill_tui.eventstore.types import Delivery
    from usagebill_tui.store.audit import Author
    from usagebill_tui.store.manifest import BatchFile

    rows = [_event(place, made) for place, world in enumerate(worlds) for made in world.events]
    dice("delivery").shuffle(rows)
    files = (BatchFile("made-up", "0" * 64, 1, "{}"),)
    under_way = store.start_import()
    try:
        under_way.add(0, Chunk(rows, [], 0))
        author = Author("laws", datetime(2024, 1, 1, tzinfo=UTC))
        under_way.finish(Delivery(files=files, format="made-up"), author)
    finally:
        under_way.close()


def _event(place: int, made: Made) -> Event:
    account, name = _account(place), f"{place}-{made.id}"
    content = content_of(made.source, account, _METRIC, made.timestamp, made.properties)
    return Event(1, made.source, name, account, _METRIC, made.timestamp, made.properties, content)


def _account(place: int) -> str:
    return f"world{place}"
