from datetime import UTC, datetime
from pathlib import Path

import pytest

from usagebill_tui.billing.usage.event_pages import EventSearch
from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.errors import NotFound, WrongCall
from usagebill_tui.workspace import Workspace

CATALOGUE = """
[[metric]]
code = "tokens"
event = "llm"
aggregation = "sum"
property = "n"
[[product]]
code = "p"
name = "P"
fee = "metered"
metric = "tokens"
price = { model = "per_unit", unit_amount = "2" }
[[plan]]
code = "pro"
name = "Pro"
currency = "USD"
interval = "month"
products = ["p"]
[[customer]]
id = "acme"
aliases = ["cus_1"]
timezone = "America/New_York"
[[customer.subscription]]
id = "acme-pro"
aliases = ["sub_1"]
plan = "pro"
start = 2023-11-01
"""
ROWS = (
    "id,account,metric,timestamp,n\n1,acme,llm,2023-12-01T03:00:00Z,1\n2,cus_1,llm,2023-12-01T06:00:00Z,2\n"
    "3,sub_1,llm,2023-12-02T06:00:00Z,3\n4,other,llm,2023-12-03,4\n5,acme,api,2023-12-04,5\nx,,llm,2023-12-04,5\n"
)


@pytest.fixture(name="workspace")
def small_workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "u.csv").write_text(ROWS)
    workspace = Workspace.open(
        "sandbox", home=tmp_path / "home", clock=lambda: datetime(2023, 12, 5, 9, tzinfo=UTC)
    )
    workspace.apply_catalogue_text(CATALOGUE, "catalogue")
    workspace.import_events([tmp_path / "u.csv"])
    return workspace


def ids(workspace: Workspace, text: str = "", **search: str) -> list[str]:
    found = workspace.browse.events(EventSearch(**search), PageRequest(text=text))
    assert found.matching == len(found.rows)
    assert found.total == 5
    return [line.id for line in found.rows]


def test_a_customer_has_the_events_of_all_its_names(workspace: Workspace) -> None:
    assert ids(workspace) == ["5", "4", "3", "2", "1"]
    expected = [e.id for e in workspace.events(customer="acme")]
    assert ids(workspace, customer="acme") == ids(workspace, customer="cus_1") == expected[::-1]
    assert ids(workspace, account="acme") == ["5", "1"]
    assert ids(workspace, customer="acme", account="cus_1") == ["2"]


def test_metric_time_id_and_text_restrict(workspace: Workspace) -> None:
    assert ids(workspace, metric="tokens") == ids(workspace, metric="llm") == ["4", "3", "2", "1"]
    assert ids(workspace, customer="acme", first="2023-12-01", last="2023-12-02") == ["2"]
    assert ids(workspace, id="3") == ["3"]
    assert ids(workspace, "OTH") == ["4"]


def test_unknown_customers_and_times_without_time_are_said(workspace: Workspace) -> None:
    with pytest.raises(NotFound):
        ids(workspace, customer="nobody")
    with pytest.raises(WrongCall):
        ids(workspace, first="2023-12-02", last="2023-12-01")


def test_a_workspace_at_a_glance_is_what_its_parts_say(workspace: Workspace) -> None:
    standing = workspace.standing()
    assert standing.counts == {"metrics": 1, "products": 1, "plans": 1, "customers": 1, "batches": 1}
    assert (standing.rejected, standing.rejected_in) == (1, 1)
    assert {day.day: n for day, n in workspace.daily_events(5)} == {1: 2, 2: 1, 3: 1, 4: 1, 5: 0}
    totals = workspace.expected().totals
    assert totals == {"USD": sum(i.total for i in workspace.estimate())}
    assert sum(workspace.unbilled_events().events.values()) == sum(r.events for r in workspace.unbilled())
    workspace.undo_batch(1)
    assert workspace.standing().rejected == 0


def test_what_is_owed_is_the_totals_less_what_was_paid(workspace: Workspace) -> None:
    (invoice,) = workspace.bill("2023-11", finalize=True).invoices or workspace.invoices()
    workspace.pay(invoice.number or "", "1") if invoice.total else None
    owed = {i.currency: i.amount_due for i in workspace.invoices(statuses=["final"])}
    assert {c: s.amount for c, s in workspace.standing().open.items()} == owed


def test_batches_come_newest_first_and_are_found_by_file(workspace: Workspace) -> None:
    workspace.undo_batch(1)
    found = workspace.browse.batches(PageRequest(sort="id", descending=True))
    assert [(b.id, b.undone_by) for b in found.rows] == [(2, None), (1, 2)]
    assert workspace.browse.batches(PageRequest(text="u.csv")).matching == 1
    assert [b.id for b in workspace.browse.latest_imports(3)] == [1]
    assert workspace.browse.rejects(PageRequest(text="account")).matching == 1
