"""The same rows give the same answers on SQLite and PostgreSQL: order, search, what is missing, any text."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tests.databases import Schemas
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.store import tables as t
from usagebill_tui.store.browsing.customers import customer_page
from usagebill_tui.store.browsing.ordering import ordered
from usagebill_tui.store.browsing.rejects import reject_page
from usagebill_tui.store.catalogue import searched_text
from usagebill_tui.store.engine import open_sqlite, writing
from usagebill_tui.store.migrate import upgrade
from usagebill_tui.store.postgresql.opening import open_postgresql
from usagebill_tui.store.rejects import StoredReject, add_rejects, stored_rejects

NOW = datetime(2027, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6)
FOREIGN = st.text(st.sampled_from("aB%_\\\0\U000f0000\U000f00010é"), max_size=8)
Both = tuple[Engine, Engine]


class _TakeBack(Exception):
    """Nothing of what was written is kept."""


@pytest.fixture(scope="module", name="both")
def both_engines(server_schemas: Schemas, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("both")
    ours = open_sqlite(folder / "catalogue.db")
    upgrade(ours)
    shared = open_postgresql(server_schemas.address, server_schemas.of(folder))
    yield ours, shared
    ours.dispose()
    shared.dispose()


def on_both(both: Both, work: Callable[[Session], object]) -> None:
    """Do the same on both, keep nothing, and compare what came out."""
    found = []
    for engine in both:
        with suppress(_TakeBack), writing(engine) as session:
            found.append(work(session))
            raise _TakeBack
    assert found[0] == found[1]


@settings(max_examples=10)
@given(names=st.lists(TEXTS, min_size=1, max_size=6, unique=True), text=TEXTS)
def test_customers_come_in_one_order_and_are_found_by_the_same_texts(
    both: Both, names: Sequence[str], text: str
) -> None:
    def pages(session: Session) -> object:
        rows = [customer(name, number) for number, name in enumerate(names)]
        session.execute(insert(t.CustomerRow), rows)
        asked = [
            PageRequest(sort=sort, descending=descending, text=wanted)
            for sort in (None, "name", "owed")
            for descending in (False, True)
            for wanted in ("", text, names[0])
        ]
        return [
            ([entry.customer.id for entry in page.rows], page.matching)
            for page in (customer_page(session, one, NOW) for one in asked)
        ]

    on_both(both, pages)


@settings(max_examples=10)
@given(raws=st.lists(FOREIGN, min_size=1, max_size=4), text=FOREIGN.filter(bool))
def test_rejected_rows_keep_any_text_and_are_found_by_it(both: Both, raws: Sequence[str], text: str) -> None:
    def kept(session: Session) -> object:
        session.execute(insert(t.BatchRow), [BATCH])
        add_rejects(session, [StoredReject(1, "f", k, "why", raw, "") for k, raw in enumerate(raws)])
        assert [row.raw for row in stored_rejects(session)] == list(raws)
        if any("\0" in one for one in (text, *raws)):
            return None  # SQLite compares no further than there
        return [row.raw for row in reject_page(session, PageRequest(text=text)).rows]

    on_both(both, kept)


@pytest.mark.parametrize("column", [t.InvoiceRow.number, t.InvoiceRow.due, t.InvoiceRow.status])
@pytest.mark.parametrize("descending", [False, True])
def test_what_is_missing_counts_as_the_least(
    both: Both, column: InstrumentedAttribute[object], *, descending: bool
) -> None:
    def order(session: Session) -> object:
        session.execute(insert(t.CustomerRow), [customer("a", 0)])
        session.execute(insert(t.SubscriptionRow), [SUBSCRIPTION])
        # Nulls that are written keep all rows in one statement.
        written = insert(t.InvoiceRow).execution_options(render_nulls=True)
        session.execute(written, [invoice(number) for number in range(6)])
        query = select(t.InvoiceRow.id)
        return session.scalars(query.order_by(ordered(column, descending=descending), t.InvoiceRow.id)).all()

    on_both(both, order)


def customer(name: str, number: int) -> dict[str, object]:
    one = Customer(id=f"{name}{number}", name=name)
    written = msgspec.json.encode(one).decode()
    return {"id": one.id, "name": name, "searched": searched_text(name), "definition": written}


SUBSCRIPTION = {
    "id": "s",
    "customer": "a0",
    "plan": "p",
    "version": 1,
    "definition": "{}",
    "start": date(2026, 1, 1),
    "end": None,
}
BATCH = {
    "id": 1,
    "seq": 1,
    "kind": "import",
    "undoes": None,
    "at": NOW,
    "who": "ada",
    "format": "",
    **dict.fromkeys(("read", "accepted", "duplicates", "conflicts", "rejected", "rounded"), 0),
    "on_conflict": "",
}


def invoice(number: int) -> dict[str, object]:
    at = NOW + timedelta(days=number // 2)
    return {
        "id": f"s_{number}",
        "number": f"INV-{number}" if number % 2 else None,
        "status": "final" if number % 2 else "draft",
        "customer": "a0",
        "subscription": "s",
        "period_start": at,
        "period_end": at,
        "due": None if number % 3 else date(2027, 2, 1 + number),
        "currency": "USD",
        "total_minor": number,
        "document": "{}",
        "checksum": "",
        "snapshot": 0,
    }
