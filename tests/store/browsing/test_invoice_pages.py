from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.store.browsing.invoices import InvoiceKind, is_overdue
from usagebill_tui.workspace import Workspace

CATALOGUE = """
currency = "USD"
[[product]]
code = "fee"
fee = "recurring"
price = { unit_amount = "10.00" }
[[plan]]
code = "basic"
products = ["fee"]
payment_terms_days = 10
"""
CUSTOMER = """
[[customer]]
id = "{id}"
name = "{name}"
[[customer.subscription]]
id = "{id}-basic"
plan = "basic"
start = 2023-01-01
"""
NAMES = {"acme": "Acme Inc.", "birch": "Birch Ltd.", "cedar_wood": ""}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Three customers and three months: January void or paid, February open, March draft."""
    now = [datetime(2023, 2, 1, 9, tzinfo=UTC)]
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: now[0], who="me") as opened:
        text = CATALOGUE + "".join(CUSTOMER.format(id=one, name=name) for one, name in NAMES.items())
        opened.apply_catalogue_text(text, "test.toml")
        january = opened.bill("2023-01", finalize=True).invoices
        opened.void(january[0].id)
        opened.pay(january[1].id, january[1].total)
        now[0] = datetime(2023, 3, 1, 9, tzinfo=UTC)
        opened.bill("2023-02", finalize=True)
        now[0] = datetime(2023, 4, 1, 9, tzinfo=UTC)
        opened.bill("2023-03")
        yield opened


def numbers(workspace: Workspace, request: PageRequest, kind: InvoiceKind = "all") -> list[str | None]:
    return [one.invoice.number for one in workspace.browse.invoices(request, kind=kind).rows]


def test_a_page_holds_the_invoices_as_they_stand(workspace: Workspace) -> None:
    found = workspace.browse.invoices(PageRequest(descending=True))
    assert sorted(one.invoice.id for one in found.rows) == sorted(one.id for one in workspace.invoices())
    by_id = {one.id: one for one in workspace.invoices()}
    assert all(one.invoice == by_id[one.invoice.id] for one in found.rows)
    starts = [one.invoice.period.start for one in found.rows]
    assert starts == sorted(starts, reverse=True)
    assert (found.matching, found.total) == (9, 9)


def test_names_are_those_of_the_customers(workspace: Workspace) -> None:
    found = workspace.browse.invoices(PageRequest())
    assert {one.invoice.customer: one.customer_name for one in found.rows} == {
        **NAMES,
        "cedar_wood": "cedar_wood",
    }


@pytest.mark.parametrize(
    ("kind", "count"), [("all", 9), ("draft", 3), ("open", 4), ("overdue", 4), ("paid", 1), ("void", 1)]
)
def test_kinds_are_counted_as_they_are_listed(workspace: Workspace, kind: InvoiceKind, count: int) -> None:
    found = workspace.browse.invoices(PageRequest(), kind=kind)
    assert (
        found.total == found.matching == len(found.rows) == count == workspace.browse.invoice_counts()[kind]
    )


def test_one_customers_invoices_are_listed_and_counted_alone(workspace: Workspace) -> None:
    found = workspace.browse.invoices(PageRequest(), customer="acme")
    assert {one.invoice.customer for one in found.rows} == {"acme"}
    counts = workspace.browse.invoice_counts("acme")
    assert (found.total, counts["all"], counts["void"], counts["overdue"]) == (3, 3, 1, 1)


def test_an_invoice_is_overdue_from_the_day_after_its_due_date(workspace: Workspace) -> None:
    late = next(one.invoice for one in workspace.browse.invoices(PageRequest(), kind="overdue").rows)
    assert late.due is not None
    assert not is_overdue(late, late.due)
    assert is_overdue(late, date.fromordinal(late.due.toordinal() + 1))


@pytest.mark.parametrize(
    ("text", "count"),
    [("inv-0001", 1), ("CEDAR", 3), ("overdue", 4), ("void", 1), ("r_w", 3), ("r%w", 0), ("nothing", 0)],
)
def test_text_is_found_in_number_id_customer_and_status(workspace: Workspace, text: str, count: int) -> None:
    found = workspace.browse.invoices(PageRequest(text=text))
    assert (len(found.rows), found.matching, found.total) == (count, count, 9)


def test_pages_tile_in_every_order(workspace: Workspace) -> None:
    for sort in (None, "number", "customer", "period", "status", "total", "due_on"):
        for descending in (False, True):
            whole = numbers(workspace, PageRequest(sort=sort, descending=descending))
            parts = [
                numbers(workspace, PageRequest(sort=sort, descending=descending, offset=at, limit=4))
                for at in (0, 4, 8)
            ]
            assert [one for part in parts for one in part] == whole
    found = workspace.browse.invoices(PageRequest(text="acme", offset=2, limit=2))
    assert (len(found.rows), found.matching) == (1, 3)


def test_numbers_sort_both_ways(workspace: Workspace) -> None:
    rising = [one for one in numbers(workspace, PageRequest(sort="number")) if one]
    falling = [one for one in numbers(workspace, PageRequest(sort="number", descending=True)) if one]
    assert rising == sorted(rising) == falling[::-1]


def test_drafts_are_listed_by_id(workspace: Workspace) -> None:
    assert workspace.browse.drafts() == [one.id for one in workspace.invoices(statuses=["draft"])]


def test_payments_are_paged_with_their_invoice(workspace: Workspace) -> None:
    paid = workspace.invoices(statuses=["paid"])[0]
    workspace.pay(paid.id, Decimal(5), reference="twice, by mistake")
    found = workspace.browse.payments(PageRequest(descending=True))
    assert [(one.payment.amount, one.number, one.customer) for one in found.rows] == [
        (Decimal("5.00"), paid.number, paid.customer),
        (Decimal("10.00"), paid.number, paid.customer),
    ]
    assert [one.payment for one in found.rows] == workspace.payments()[::-1]
    assert workspace.browse.payments(PageRequest(text="mistake")).matching == 1
    assert workspace.browse.payments(PageRequest(), customer=paid.customer).total == 2
    assert workspace.browse.payments(PageRequest(), customer="nobody").total == 0
