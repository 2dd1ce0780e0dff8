"""A run of any number of pieces makes what a run in one piece makes, whatever of it waits in a file."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from decimal import Decimal
from unittest.mock import patch

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, as_json, catalogue, fee, metered
from usagebill_tui.billing.invoices import invoicing, shelf, writing
from usagebill_tui.billing.invoices.pieces import pieces
from usagebill_tui.billing.prepaid.granting import CreditRequest

MIDDLE = date(2026, 1, 16)
NAMES = ("acme", "beta", "gamma", "delta", "eta")
TEXT = catalogue(
    {"calls": metered("calls", unit_amount="1.5"), "fee": fee("10.00")},
    more=[
        {
            "id": "beta",
            "subscription": [
                {"id": "first", "plan": "pro", "start": date(2026, 1, 1), "end": MIDDLE},
                {"id": "second", "plan": "pro", "start": MIDDLE},
            ],
        },
        *(
            {"id": name, "subscription": [{"id": name, "plan": "pro", "start": date(2026, 1, 1)}]}
            for name in ("gamma", "delta", "eta")
        ),
    ],
)


@contextmanager
def in_pieces(customers: int, invoices: int, shelved: int) -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(patch.object(invoicing, "_TOGETHER", customers))
        stack.enter_context(patch.object(writing, "_TOGETHER", invoices))
        stack.enter_context(patch.object(shelf, "_IN_MEMORY", shelved))
        yield


def billed(desk: Desk) -> bytes:
    """Bill with credits, a draft renewed, late events settled and a second month; return what was told."""
    workspace = desk.workspace
    desk.events(*[(name, "calls", f"2026-01-{day:02}T00:00:00Z") for name in NAMES for day in (3, 9)])
    workspace.add_credit(CreditRequest(customer="beta", amount=Decimal(7)))
    told = [as_json(workspace.bill("2026-01", dry_run=True, finalize=True).invoices)]
    told.append(as_json(workspace.bill("2026-01").invoices))
    desk.events(("delta", "calls", "2026-01-20T00:00:00Z"))
    told.append(as_json(workspace.bill("2026-01", finalize=True).invoices))
    desk.events(*[(name, "calls", "2026-01-25T00:00:00Z") for name in NAMES])
    workspace.accept_adjustments()
    told.append(as_json(workspace.bill("2026-02", finalize=True).invoices))
    told.append(as_json(workspace.invoices()))
    return b"\n".join(told)


@pytest.mark.parametrize(("customers", "invoices", "shelved"), [(1, 1, 1), (2, 3, 900)])
def test_pieces_make_what_one_piece_makes(
    open_desk: OpenDesk, customers: int, invoices: int, shelved: int
) -> None:
    whole = open_desk(TEXT)
    expected = billed(whole)
    cut = open_desk(TEXT)
    with in_pieces(customers, invoices, shelved):
        assert billed(cut) == expected
    assert b"adjustment" in expected
    assert b'"credits":"7.00"' in expected
    assert as_json(cut.workspace.invoices()) == as_json(whole.workspace.invoices())
    assert not [one for one in cut.workspace.verify() if one.status != "ok"]


@pytest.mark.parametrize(
    ("least", "expected"), [(1, ["aa", "b", "ccc"]), (2, ["aa", "bccc"]), (9, ["aabccc"])]
)
def test_no_customer_is_cut_in_two(least: int, expected: list[str]) -> None:
    assert ["".join(piece) for piece in pieces("aabccc", str, least)] == expected
