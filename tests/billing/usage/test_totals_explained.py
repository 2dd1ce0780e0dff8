"""Discount, tax and total explain themselves like lines."""

import json

from tests.billing.conftest import OpenDesk
from tests.billing.desk import catalogue, fee
from usagebill_tui.domain.invoice import invoice_json

PLAN = {"minimum_spend": "50", "discount": {"percent": "12.5", "months": 3}}


def test_each_amount_below_the_lines_says_where_it_comes_from(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"fee": fee("33.30")}, plan=PLAN, customer={"tax_percent": "8.25"}))
    (invoice,) = desk.workspace.bill("2026-01", finalize=True).invoices
    explanation = desk.workspace.explain(str(invoice.number))
    # 33.30 × 12.5 % = 4.1625; 50.00 − 29.14 = 20.86; 50.00 × 8.25 % = 4.125.
    assert [(one.name, str(one.amount), one.why) for one in explanation.totals] == [
        ("Subtotal", "54.16", "the sum of the lines, 2 in all"),
        ("Discount", "-4.16", "12.5% of $33.30, the lines of products, in the first 3 months"),
        ("Tax 8.25%", "4.13", "on $50.00"),
        ("Total", "54.13", "subtotal less discount, plus tax"),
        ("Amount due", "54.13", "total less credits, less what was paid"),
    ]
    assert desk.workspace.explain(str(invoice.number), 1).totals == ()
    assert "totals" not in json.dumps(invoice_json(invoice))
