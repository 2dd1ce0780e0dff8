from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.store import tables as t
from usagebill_tui.workspace import Workspace

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
CUSTOMERS: list[dict[str, Any]] = [
    {"id": "b", "name": "Żółw & 50%_off", "aliases": ["ally-1"]},
    {"id": "a", "name": "zebra"},
    {"id": "c", "name": "Acme", "subscription": [{"plan": "pro", "start": date(2026, 4, 1)}]},
    {"id": "d", "subscription": [{"plan": "pro", "start": date(2026, 1, 1)}]},
    {
        "id": "e",
        "subscription": [{"plan": "pro", "start": date(2026, 1, 1), "end": date(2026, 3, 11)}],
    },
]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW) as opened:
        plan = {"code": "pro", "name": "Pro", "currency": "USD", "products": []}
        opened.apply_tables({"plan": [plan], "customer": CUSTOMERS})
        yield opened


def ids(workspace: Workspace, **asked: Any) -> list[str]:
    return [one.customer.id for one in workspace.browse.customers(PageRequest(**asked)).rows]


def invoiced(workspace: Workspace, customer: str, number: int, cents: int, status: str, due: date) -> None:
    with workspace._house.database.writing() as session:  # noqa: SLF001 - no invoice is this easily billed
        row = {
            "id": f"i{number}",
            "number": f"INV-{number}",
            "status": status,
            "customer": customer,
            "subscription": f"{customer}-pro",
            "currency": "USD",
            "period_start": NOW,
            "period_end": NOW,
            "due": due,
            "total_minor": cents,
            "document": "{}",
            "checksum": "",
            "snapshot": 0,
        }
        session.execute(insert(t.InvoiceRow), [row])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "abcde"),
        ("ŻÓŁW", "b"),
        ("50%_", "b"),
        ("ALLY", "b"),
        ("_", "b"),
        ("ac", "c"),
        ("nobody", ""),
    ],
)
def test_a_text_is_looked_for_in_id_name_and_aliases(workspace: Workspace, text: str, found: str) -> None:
    page = workspace.browse.customers(PageRequest(text=text))
    assert [one.customer.id for one in page.rows] == list(found)
    assert (page.matching, page.total) == (len(found), len(CUSTOMERS))


def test_a_changed_name_is_found_and_the_old_one_is_not(workspace: Workspace) -> None:
    workspace.apply_tables({"customer": [{"id": "a", "name": "Quagga"}]})
    assert ids(workspace, text="quagga") == ["a"]
    assert ids(workspace, text="zebra") == []


def test_pages_follow_each_other(workspace: Workspace) -> None:
    assert [ids(workspace, offset=n, limit=2) for n in (0, 2, 4)] == [["a", "b"], ["c", "d"], ["e"]]
    assert ids(workspace, descending=True, limit=2) == ["e", "d"]
    assert ids(workspace, sort="name") == ["d", "e", "c", "a", "b"]


def test_states_follow_the_day_in_the_customers_zone(workspace: Workspace) -> None:
    states = {one.customer.id: one.state for one in workspace.browse.customers(PageRequest()).rows}
    assert states == {"a": "no plan", "b": "no plan", "c": "starts later", "d": "active", "e": "ended"}
    workspace.apply_tables(
        {
            "customer": [
                {
                    "id": "east",
                    "timezone": "Pacific/Auckland",
                    "subscription": [{"plan": "pro", "start": date(2026, 3, 12)}],
                }
            ]
        }
    )
    assert workspace.browse.customer("east").state == "active"


def test_what_is_owed_is_open_less_paid_and_credited(workspace: Workspace) -> None:
    invoiced(workspace, "d", 1, 1000, "final", date(2026, 3, 10))
    invoiced(workspace, "d", 2, 500, "final", date(2026, 3, 11))
    invoiced(workspace, "d", 3, 7777, "paid", date(2026, 1, 1))
    invoiced(workspace, "e", 4, 2000, "final", date(2026, 4, 1))
    with workspace._house.database.writing() as session:  # noqa: SLF001 - likewise
        row = {"invoice": "i1", "amount_minor": 400, "currency": "USD", "date": NOW.date()}
        session.execute(insert(t.PaymentRow), [{**row, "reference": "", "at": NOW, "who": "ada"}])
        note = {"number": "CN-1", "invoice": "i2", "customer": "d", "currency": "USD", "total_minor": -200}
        told = {"document": "{}", "checksum": "", "at": NOW, "who": "ada"}
        session.execute(insert(t.CreditNoteRow), [{**note, **told}])
    entry = workspace.browse.customer("d")
    assert entry.owed == {"USD": Decimal("9.00")}
    assert entry.overdue == {"USD": Decimal("6.00")}
    assert ids(workspace, sort="owed", descending=True)[:2] == ["e", "d"]


def test_customers_by_what_they_owe_go_on_over_those_who_owe_nothing(workspace: Workspace) -> None:
    for number, (customer, cents) in enumerate([("d", 500), ("e", -300), ("d", 100), ("e", 100)]):
        invoiced(workspace, customer, number, cents, "final", date(2026, 3, 11))
    whole = ids(workspace, sort="owed")
    assert whole == ["e", "a", "b", "c", "d"]
    for descending, order in ((False, whole), (True, whole[::-1])):
        for limit in (1, 2, 3, 5):
            asked = {"sort": "owed", "descending": descending, "limit": limit}
            pages = [ids(workspace, **asked, offset=offset) for offset in range(6)]
            assert pages == [order[offset : offset + limit] for offset in range(6)]
    assert ids(workspace, sort="owed", text="d") == ["d"]
    assert workspace.browse.customers(PageRequest(sort="owed", text="z", offset=1)).matching == 1


def test_plans_count_who_is_on_each_version(workspace: Workspace) -> None:
    workspace.apply_tables({"plan": [{"code": "pro", "name": "Pro", "currency": "USD", "trial_days": 3}]})
    (entry,) = workspace.browse.plans(PageRequest(text="PR")).rows
    assert (entry.versions, entry.on.all, entry.on.running) == (2, 3, 2)
    plan, versions = workspace.browse.plan("pro")
    assert plan.trial_days == 3
    assert [(one.version.label, one.on.running) for one in versions] == [("pro@2", 0), ("pro@1", 2)]
    assert [one.id for one in workspace.browse.subscribers("pro", PageRequest(text="d")).rows] == ["d-pro"]
    assert workspace.browse.subscribers("pro", PageRequest(), version=2).total == 0
