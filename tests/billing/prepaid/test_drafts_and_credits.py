"""What drafts would be left to pay says the same everywhere: in the list, on a page, alone and in the sum."""

from decimal import Decimal

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee
from usagebill_tui.billing.prepaid.granting import CreditRequest
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.paging import PageRequest


@pytest.fixture(name="desk")
def desk_with_three_drafts(open_desk: OpenDesk) -> Desk:
    """Three drafts of 100.00, and a credit for one and a half of them."""
    desk = open_desk(catalogue({"fee": fee("100", "arrears")}))
    desk.workspace.add_credit(CreditRequest(customer="acme", amount=Decimal(150)))
    for month in ("2026-10", "2026-11", "2026-12"):
        desk.workspace.bill(month)
    return desk


def due(invoices: list[Invoice]) -> dict[str, str]:
    return {one.id[-10:]: str(one.amount_due) for one in invoices}


def test_a_page_and_one_alone_agree_with_the_whole_list(desk: Desk) -> None:
    workspace = desk.workspace
    every = workspace.invoices()
    assert due(every) == {"2026-10-01": "0.00", "2026-11-01": "50.00", "2026-12-01": "100.00"}
    page = workspace.browse.invoices(PageRequest(sort="period", descending=True, limit=2)).rows
    assert due([one.invoice for one in page]) == {"2026-12-01": "100.00", "2026-11-01": "50.00"}
    for one in every:
        assert workspace.invoice(one.id) == workspace.browse.invoice(one.id).invoice == one


def test_the_sum_on_the_first_screen_is_the_sum_of_the_list(desk: Desk) -> None:
    workspace = desk.workspace
    (sums,) = workspace.standing().drafts.values()
    assert (sums.invoices, str(sums.amount)) == (3, "150.00")
    assert sums.amount == sum(one.amount_due for one in workspace.invoices(statuses=["draft"]))
    workspace.finalize_drafts([one.id for one in workspace.invoices()])
    standing = workspace.standing()
    assert not standing.drafts
    assert str(sum(one.amount for one in standing.open.values())) == "150.00"
