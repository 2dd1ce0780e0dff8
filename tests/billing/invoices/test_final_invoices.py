"""Final invoices: numbered without gaps, whoever bills at the same time, and never changed again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event, select

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, amounts, as_json, catalogue, fee, metered
from tests.databases import open_database
from usagebill_tui.domain.invoice import canonical, checksum, digest, fixed_part, invoice_json
from usagebill_tui.errors import NotFound, Refused, StorageFailed, UsagebillError
from usagebill_tui.store import tables as t
from usagebill_tui.store.audit import Author
from usagebill_tui.store.database import Database
from usagebill_tui.store.ledger import stored_checksum
from usagebill_tui.store.postings import post, post_final, posting_of

TEXT = catalogue({"fee": fee("49.00"), "calls": metered("calls", unit_amount="1")})

AUTHOR = Author("ada", datetime(2027, 1, 1, tzinfo=UTC))


def crowd(size: int) -> list[Table]:
    return [
        {"id": f"c{number}", "subscription": [{"plan": "pro", "start": date(2026, 1, 1)}]}
        for number in range(size)
    ]


def database_of(desk: Desk) -> Database:
    return open_database(desk.folder)


def numbers(desk: Desk) -> list[str]:
    return sorted(each.number for each in desk.workspace.invoices() if each.number is not None)


def in_a_row(count: int) -> list[str]:
    return [f"INV-{number:04}" for number in range(1, count + 1)]


def test_numbers_follow_the_order_of_becoming_final(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    drafts = desk.workspace.bill("2026-01-01..2026-04-01").invoices
    backwards = [desk.workspace.finalize(draft.id).number for draft in reversed(drafts)]
    assert backwards == in_a_row(3)
    assert {each.number for each in desk.workspace.bill("2026-04", finalize=True).invoices} == {"INV-0004"}


def test_dates_are_the_customers_and_terms_the_plans(open_desk: OpenDesk) -> None:
    text = catalogue(
        {"fee": fee("49.00")}, plan={"payment_terms_days": 14}, customer={"timezone": "Pacific/Auckland"}
    )
    desk = open_desk(text, now="2026-11-30T11:30:00Z")
    (final,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert (str(final.issued), str(final.due)) == ("2026-12-01", "2026-12-15")


def test_terms_are_those_of_the_version_that_was_billed(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    (draft,) = desk.workspace.bill("2026-10").invoices
    changed = catalogue(
        {"fee": fee("49.00"), "calls": metered("calls", unit_amount="1")}, plan={"payment_terms_days": 7}
    )
    desk.apply(changed)
    final = desk.workspace.finalize(draft.id)
    assert (final.plan, str(final.due)) == ("pro@1", "2027-07-15")


def test_a_failed_attempt_leaves_no_gap(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    first, second = desk.workspace.bill("2026-01-01..2026-03-01").invoices
    desk.workspace.finalize(first.id)
    with pytest.raises(Refused, match="INV-0001 is final; only a draft"):
        desk.workspace.finalize(first.id)
    with pytest.raises(NotFound, match="there is no invoice 'INV-0099'"):
        desk.workspace.finalize("INV-0099")
    desk.workspace.bill("2026-03", finalize=True, dry_run=True)
    assert desk.workspace.finalize(second.id).number == "INV-0002"


def test_a_run_that_breaks_off_leaves_nothing_behind(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(catalogue({"fee": fee("49.00")}, more=crowd(3)))
    (draft,) = desk.workspace.bill("2026-01", ["acme"]).invoices
    before = (as_json(desk.workspace.invoices()), len(desk.workspace.audit()))

    def full(*_: object, **__: object) -> None:
        raise StorageFailed("disk full")

    with monkeypatch.context() as broken:
        broken.setattr("usagebill_tui.billing.invoices.writing.record_all", full)
        with pytest.raises(StorageFailed, match="disk full"):
            desk.workspace.bill("2026-01", finalize=True)
    assert (as_json(desk.workspace.invoices()), len(desk.workspace.audit())) == before
    desk.workspace.bill("2026-01", finalize=True)
    assert numbers(desk) == in_a_row(4)
    assert desk.workspace.invoice(draft.id).status == "final"


def test_two_at_once_bill_everybody_once_and_number_without_gaps(tmp_path: Path) -> None:
    with Desk(tmp_path, catalogue({"fee": fee("49.00")}, more=crowd(9))) as one, Desk(tmp_path) as other:
        start = threading.Barrier(2)

        def work(desk: Desk) -> list[str]:
            start.wait()
            refused = []
            for month in (1, 2, 3):
                desk.workspace.bill(f"2026-{month:02}", finalize=month == 2)
                for draft in desk.workspace.invoices(statuses=["draft"]):
                    try:
                        desk.workspace.finalize(draft.id)
                    except Refused as error:
                        refused.append(error.what)
            return refused

        with ThreadPoolExecutor(2) as pool:
            refused = list(pool.map(work, (one, other)))
        made = one.workspace.invoices()
        assert len(made) == 30
        assert len({(each.customer, each.period) for each in made}) == 30
        assert numbers(one) == in_a_row(30)
        assert all("is final" in what for whats in refused for what in whats)


def test_somebody_who_bills_meanwhile_is_noticed(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(TEXT)
    with Desk(desk.folder) as other:
        runs: list[int] = []
        house = desk.workspace._house  # noqa: SLF001 - the moment between reading and writing is inside
        snapshot = house.events.snapshot

        def meanwhile() -> int:
            if not runs:
                runs.append(len(other.workspace.bill("2026-10", finalize=True).invoices))
            return snapshot()

        monkeypatch.setattr(house.events, "snapshot", meanwhile)
        run = desk.workspace.bill("2026-10", finalize=True)
    assert (runs, run.invoices, run.billed) == ([1], (), 1)
    assert numbers(desk) == in_a_row(1)


def test_a_contract_that_changes_while_it_is_billed_is_billed_as_it_is_then(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(TEXT)
    with Desk(desk.folder) as other:
        house = desk.workspace._house  # noqa: SLF001 - the moment between reading and writing is inside
        snapshot = house.events.snapshot
        ended: list[int] = []

        def meanwhile() -> int:
            if not ended:
                ended.append(1)
                other.workspace.change_subscription("acme-pro", {"end": date(2026, 10, 11)})
            return snapshot()

        monkeypatch.setattr(house.events, "snapshot", meanwhile)
        (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert {line.period.end.date() for line in invoice.lines} == {date(2026, 10, 11)}


def test_whoever_is_always_too_late_is_told(open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = open_desk(TEXT)
    with Desk(desk.folder) as other:
        house = desk.workspace._house  # noqa: SLF001 - the moment between reading and writing is inside
        snapshot = house.events.snapshot

        def meanwhile() -> int:
            other.events(("acme", "calls", "2026-10-05T00:00:00Z"))
            other.workspace.bill("2026-10")
            return snapshot()

        monkeypatch.setattr(house.events, "snapshot", meanwhile)
        with pytest.raises(UsagebillError, match="others kept billing the same periods"):
            desk.workspace.bill("2026-10", finalize=True)
    assert [amounts(each)["calls"] for each in desk.workspace.invoices()] == ["5.00"]


def test_the_stored_checksum_is_that_of_the_stored_document(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    desk.workspace.bill("2026-10", finalize=True)
    desk.workspace.pay("INV-0001", "10")
    database = database_of(desk)
    with database.reading() as session:
        row = session.scalars(select(t.InvoiceRow)).one()
        document = msgspec.json.decode(row.document)
        stored = stored_checksum(session, row.id)
    database.close()
    invoice = desk.workspace.invoice("INV-0001")
    assert stored == digest(row.document.encode()) == checksum(document) == invoice_json(invoice)["checksum"]
    assert row.document.encode() == canonical(fixed_part(invoice))


def test_a_final_invoice_can_be_neither_renewed_nor_written_over(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    (final,) = desk.workspace.bill("2026-10", finalize=True).invoices
    before = as_json(desk.workspace.invoices())
    cheaper = msgspec.structs.replace(final, status="draft", total=final.total - 1)
    database = database_of(desk)
    for renews in (True, False):
        with pytest.raises(Exception, match=r"never changes|(?i:unique)"), database.writing() as session:
            post(session, [posting_of(cheaper, (), renews=renews)], AUTHOR)
    with pytest.raises(Refused, match="never changes"), database.writing() as session:
        post_final(session, [cheaper], AUTHOR)
    database.close()
    assert as_json(desk.workspace.invoices()) == before


def test_paying_and_voiding_write_nothing_but_the_status(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    desk.workspace.bill("2026-10", finalize=True)
    engine = desk.workspace._house.database.engine  # noqa: SLF001 - to see what is sent to it
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: sent.append(str(told[2])))
    desk.workspace.pay("INV-0001", "10")
    desk.workspace.pay("INV-0001", "-10")
    desk.workspace.void("INV-0001")
    updates = {one.partition(" WHERE")[0] for one in sent if one.startswith("UPDATE invoices")}
    assert {one.partition("=")[0] for one in updates} == {"UPDATE invoices SET status"}
    assert not any("," in one for one in updates)
