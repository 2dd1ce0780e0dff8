"""Erasing a customer: nothing personal is left in any file, and every amount is what it was."""

import json
from pathlib import Path

import duckdb
import msgspec
import pytest
from sqlalchemy import select, update

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, as_json, catalogue, fee, metered
from tests.databases import chosen, open_database
from usagebill_tui.billing.erasing import Erased, Erasure
from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.domain.customer import PERSONAL, Customer
from usagebill_tui.errors import NotFound, Refused
from usagebill_tui.eventstore.erasing import Rewritten
from usagebill_tui.store.tables import AuditRow, Base

NAME, MAIL, STREET, IP = "Jana Nováková", "jana.novakova@example.org", "Zlatá ulička 22", "203.0.113.77"
EARLIER = "nova.jana@example.org"
PHONE, NOTE = 420_777_123_456, "called about her knee"
PERSON = (NAME, MAIL, STREET, IP, str(PHONE), NOTE, "knee", "Nov\\u00e1kov\\u00e1", EARLIER)
TEXT = catalogue(
    {
        "fee": fee("49.00"),
        "gb": metered("gb", unit_amount="0.25"),
        "users": metered("users", unit_amount="5"),
        "eu": metered("eu", unit_amount="1"),
    },
    metrics=[
        {"code": "gb", "aggregation": "sum", "property": "gb"},
        {"code": "users", "event": "gb", "aggregation": "unique_count", "property": "user"},
        {
            "code": "eu",
            "event": "gb",
            "aggregation": "count",
            "filters": [{"property": "region", "op": "eq", "value": "eu"}],
        },
    ],
    customer={
        "name": NAME,
        "email": MAIL,
        "address": f"{STREET}\n11800 Praha",
        "aliases": ["jana"],
        "tax_percent": "21",
    },
    more=[
        {
            "id": "globex",
            "name": "Globex",
            "email": "it@globex.com",
            "subscription": [],
            "address": "Elsewhere 1",
        }
    ],
)


def told(account: str = "acme", day: int = 2, **more: object) -> tuple[str, str, str, dict[str, object]]:
    properties = {"gb": 1.5, "user": MAIL, "region": "eu", "ip": IP, "phone": PHONE, "note": NOTE, **more}
    return account, "gb", f"2026-01-{day:02}T10:00:00Z", properties


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """January is billed, final and paid; there are rejected rows, drafts of forms and an earlier e-mail."""
    desk = open_desk(TEXT.replace(MAIL, EARLIER))
    desk.apply(TEXT)
    desk.events(told(), told("jana", 3, user=7), told("globex", 4), told("acme-pro", 5))
    desk.events(told(day=6, user={"mail": MAIL}))
    rows = [
        {"id": "x1", "account": "acme", "metric": "gb", "timestamp": "never", "properties": {"user": MAIL}},
        {"id": "x2", "metric": "gb", "timestamp": "2026-01-02T10:00:00Z", "who": NAME},
        {"id": "x3", "metric": "gb", "timestamp": "2026-01-02T10:00:00Z", "who": "somebody else"},
        {"id": "1-0", "account": "acme", "metric": "gb", "timestamp": "2026-01-09T10:00:00Z", "ip": IP},
    ]
    path = desk.folder / f"{MAIL}.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    desk.workspace.import_events([path])
    (invoice,) = list(desk.workspace.bill("2026-01", finalize=True).invoices)
    desk.workspace.pay(invoice.number or "", invoice.total, reference=f"wire of {NAME}")
    drafts = desk.workspace.folder / "drafts"
    drafts.mkdir()
    (drafts / "customer-1.json").write_bytes(
        msgspec.json.encode({"noun": "customer", "key": "acme", "values": {"phone": "777"}})
    )
    (drafts / "customer-2.json").write_bytes(msgspec.json.encode({"noun": "customer", "key": "globex"}))
    return desk


def erase(desk: Desk, *, dry_run: bool = False, **asked: tuple[str, ...]) -> Erased:
    return desk.workspace.erase(Erasure(customer="acme", dry_run=dry_run, **asked))


def files_with(folder: Path, texts: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return each file below a folder that holds one of the texts, in its bytes or in its rows."""
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        held = path.read_bytes()
        if path.suffix == ".parquet":
            with duckdb.connect() as connection:
                held += repr(connection.read_parquet(str(path)).fetchall()).encode()
        found += [(path.name, text) for text in texts if text.encode() in held]
    return found


def places_with(desk: Desk) -> list[tuple[str, str]]:
    """Return each file, and each table where the database is on a server, that holds a person's data."""
    found = files_with(desk.workspace.folder, PERSON)
    if chosen() is None:
        return found
    database = open_database(desk.folder)
    with database.reading() as session:
        for name, table in Base.metadata.tables.items():
            held = repr(session.execute(select(table)).all())
            found += [(name, text) for text in PERSON if text in held or text in held.replace("\\\\", "\\")]
    return found


def counted(desk: Desk) -> list[object]:
    asked = UsageRequest(customers=("acme", "globex"), first="2026-01-01", last="2026-02-01")
    return [*desk.workspace.usage(asked), as_json(desk.workspace.invoices())]


def test_no_file_holds_any_of_it_afterwards(desk: Desk) -> None:
    assert {text for _, text in places_with(desk)} >= {NAME, MAIL, STREET, IP, NOTE}
    # Globex's events say the same, and would keep it.
    desk.workspace.erase(Erasure(customer="globex"))
    erase(desk)
    assert places_with(desk) == []
    desk.workspace.close()
    assert files_with(desk.workspace.folder, PERSON) == []


def test_invoices_usage_and_sums_are_what_they_were(desk: Desk) -> None:
    before = counted(desk)
    erase(desk)
    assert counted(desk) == before
    assert [(f.status, f.detail) for f in desk.workspace.verify() if f.status != "ok"] == []
    assert desk.workspace.adjustment_proposals() == []


def test_the_customer_is_an_id_without_a_face(desk: Desk) -> None:
    before = desk.workspace.catalogue().customers
    erase(desk)
    after = desk.workspace.catalogue().customers
    assert after["acme"] == msgspec.structs.replace(before["acme"], **dict.fromkeys(PERSONAL, ""))
    assert after["globex"] == before["globex"]
    drafts = {path.name for path in (desk.workspace.folder / "drafts").iterdir()}
    assert drafts == {"customer-2.json"}


def test_every_field_of_a_customer_is_known_to_be_personal_or_not() -> None:
    needed = {"id", "aliases", "timezone", "earlier_zones", "currency", "tax_percent", "tax"}
    assert set(Customer.__struct_fields__) == needed | set(PERSONAL), "decide whether the new one is personal"


def test_a_dry_run_says_the_same_and_changes_nothing(desk: Desk) -> None:
    before = sorted((p, p.read_bytes()) for p in desk.workspace.folder.rglob("*.parquet"))
    audit = desk.workspace.audit()
    would = erase(desk, dry_run=True)
    assert sorted((p, p.read_bytes()) for p in desk.workspace.folder.rglob("*.parquet")) == before
    assert desk.workspace.audit() == audit
    assert erase(desk).choices == would.choices
    outcomes = {(c.kind, c.name): (c.rows, c.outcome) for c in would.choices}
    assert outcomes["property", "ip"] == (5, "erased")
    assert outcomes["property", "gb"] == (4, "kept")
    assert outcomes["property", "region"] == (4, "kept")
    assert outcomes["property", "user"] == (3, "pseudonym")
    assert outcomes["property", "user.mail"] == (1, "erased")
    assert outcomes["text", "rejected rows"] == (2, "erased")
    assert outcomes["text", "references of payments"] == (1, "erased")
    assert outcomes["name", "jana"] == (None, "kept")


def test_the_audit_says_that_it_was_done_and_keeps_its_rule(desk: Desk) -> None:
    count = len(desk.workspace.audit())
    erase(desk)
    entries = desk.workspace.audit()
    assert len(entries) == count + 1
    last = entries[-1]
    assert (last.who, last.action, last.noun, last.key, last.before) == (
        *("ada", "erase", "customer", "acme", None),
    )
    said = json.loads(last.after or "")
    assert (said["fields"], said["pseudonyms"], said["rejects"]) == (["name", "email", "address"], 1, 2)
    database = open_database(desk.folder)
    with pytest.raises(Exception, match="the audit only grows"), database.writing() as session:
        session.execute(update(AuditRow).values(who="nobody"))
    database.close()


def test_again_there_is_nothing_left_to_do(desk: Desk) -> None:
    erase(desk)
    again = erase(desk)
    assert again.rewritten == Rewritten()
    assert {choice.outcome for choice in again.choices} == {"kept"}


def test_late_events_undo_and_bills_go_on(desk: Desk) -> None:
    erase(desk)
    desk.events(told(day=8, user="new"))
    (proposal,) = desk.workspace.adjustment_proposals()
    assert {d.now.product for d in proposal.rest.differences} == {"gb", "users", "eu"}
    desk.workspace.undo_batch(desk.workspace.batches()[-1].id)
    assert desk.workspace.adjustment_proposals() == []
    desk.workspace.bill("2026-02", finalize=True)
    assert [f.status for f in desk.workspace.verify()] == ["ok"]


def test_only_what_is_named_goes_and_what_amounts_need_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="'region' is read by metric eu"):
        erase(desk, properties=("region",))
    with pytest.raises(NotFound, match="no event of acme has a property 'usr'"):
        erase(desk, properties=("usr",))
    done = erase(desk, properties=("ip", "phone"), keep=("phone",))
    assert {c.name for c in done.choices if c.kind == "property" and c.outcome == "erased"} == {"ip"}
    with pytest.raises(NotFound, match="there is no customer 'acmee'"):
        desk.workspace.erase(Erasure(customer="acmee"))


def test_earlier_copies_are_named(desk: Desk) -> None:
    copy = desk.workspace.folder / "catalogue-before-0002-at-0001.db"
    copy.write_bytes(b"")
    named = [c.name for c in erase(desk, dry_run=True).choices if c.outcome == "by hand"]
    assert named == [str(copy)]


def test_mended_rejects_leave_out_what_was_erased(desk: Desk) -> None:
    erase(desk)
    batch = desk.workspace.batches()[-1].id
    path = desk.folder / "rejects.jsonl"
    assert desk.workspace.export_rejects(batch, path)
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == ["x3"]
    assert [r.raw == "" for r in desk.workspace.rejects()] == [True, True, False]


def test_an_erasure_that_stops_before_the_last_step_is_finished_by_doctor(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("usagebill_tui.store.erasing.clear_remains", lambda _: None)
        erase(desk)
    found = {f.status: f.detail for f in desk.workspace.doctor()}
    assert "an erasure was interrupted" in found["warning"]
    desk.workspace.doctor(repair=True)
    assert {f.status for f in desk.workspace.doctor()} == {"ok"}
    desk.workspace.erase(Erasure(customer="globex"))
    assert files_with(desk.workspace.folder, PERSON) == []
