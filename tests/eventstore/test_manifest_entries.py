"""What the manifest says about each file, against the rows that went into it."""

import hashlib
import stat
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.eventstore.stores import deliver, event, new_store, temporary_store
from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import Segment, Sums, batches, segments

quantities = st.one_of(
    st.sampled_from(["99999999999999999999.999999999999999999", "-99999999999999999999.999999999999999999"]),
    st.sampled_from(["0.000000000000000001", "-0.000000000000000001", "0", "-1.5", "5"]),
    st.integers(-(10**38) + 1, 10**38 - 1).map(lambda n: f"{n}e-18"),
).map(Decimal)


def listed(store: ParquetEventStore) -> list[Segment]:
    with reading(store.engine) as session:
        return segments(session, ["events", "claims", "conflicts", "hides"], store.snapshot())


@settings(max_examples=15)
@given(st.lists(st.tuples(quantities, st.one_of(st.none(), quantities)), min_size=1, max_size=12))
def test_sums_are_exact(rows: list[tuple[Decimal, Decimal | None]]) -> None:
    with temporary_store() as store:
        deliver(store, [event(f"e{k}", k, n=n, other=other, t="x") for k, (n, other) in enumerate(rows)])
        (segment,) = listed(store)
    expected = {}
    with exact_arithmetic():
        for name, values in (("n", [n for n, _ in rows]), ("other", [o for _, o in rows if o is not None])):
            if values:
                texts = [plain(one) for one in (min(values), max(values), sum(values, Decimal(0)))]
                expected[name] = Sums(len(values), *texts)
    assert segment.sums == expected


def test_each_file_is_described_as_it_is(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    deliver(store, [event("a", 5, n=1), event("b", -7, n="2.5"), event("c", 9)])
    deliver(store, [event("a", 6, n=3), event("b", -7, n="2.5"), event("b", 8)], on_conflict="replace")
    deliver(store, [event("a", 3, n=4), event("d", 4, n=True)])
    found = [(s.batch, s.seq, s.kind, s.rows, s.first_at, s.last_at) for s in listed(store)]
    assert [row for row in found if row[0] == 1] == [(1, 1, "events", 3, -7, 9)]
    assert {row[2] for row in found if row[0] == 2} >= {"events", "claims", "hides"}
    assert [row for row in found if row[0] == 3] == [
        (3, 3, "events", 1, 4, 4),
        (3, 3, "conflicts", 1, 3, 3),
    ]
    for segment in listed(store):
        path = store.folder / segment.file
        assert path.stat().st_size == segment.bytes
        assert hashlib.sha256(path.read_bytes()).hexdigest() == segment.sha256
        assert stat.S_ISREG(path.stat().st_mode)


def test_batches_come_back_as_they_were_listed(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    counts = deliver(store, [event("a")], [event("a", 2), event("a")], on_conflict="replace").counts
    with reading(store.engine) as session:
        (batch,) = batches(session)
    assert batch.counts == counts
    assert (batch.on_conflict, batch.format, batch.who, batch.kind) == ("replace", "test", "tester", "import")
    assert [(file.name, file.options) for file in batch.files] == [("file0", "{}"), ("file1", "{}")]
