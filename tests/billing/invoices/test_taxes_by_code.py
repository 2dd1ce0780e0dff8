"""Taxes by code: which rate a line has, what is taxed at it, and that all of it adds up."""

from decimal import Decimal
from pathlib import Path

import pytest
import tomli_w

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, fee, metered
from usagebill_tui.domain.credit_note import parts
from usagebill_tui.domain.invoice import Invoice, checksum, fixed_part, invoice_json
from usagebill_tui.errors import InvalidInput

TAXES: list[Table] = [
    {"code": "vat", "name": "VAT", "percent": "19"},
    {"code": "reduced", "name": "VAT reduced", "percent": "7"},
    {"code": "gross", "name": "VAT incl.", "percent": "19", "inclusive": True},
    {"code": "reverse", "name": "Reverse charge", "percent": "0"},
    {"code": "gst", "name": "GST", "percent": "5"},
    {"code": "qst", "name": "QST", "percent": "9.975"},
]


def text(products: dict[str, Table], customer: Table | None = None, plan: Table | None = None) -> str:
    return f"{tomli_w.dumps({'tax': TAXES})}{catalogue(products, customer=customer, plan=plan)}"


def taxed(amount: str, *codes: str) -> Table:
    return {**fee(amount, "arrears"), **({"tax": list(codes)} if codes else {})}


def bill(desk: Desk) -> Invoice:
    (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert invoice.total == invoice.subtotal - invoice.discount + invoice.tax
    assert sum(part.net for part in parts(invoice)) == invoice.subtotal - invoice.discount
    assert sum(part.tax for part in parts(invoice)) == invoice.tax
    assert sum(row.tax for row in invoice.taxes) == invoice.tax
    for line in invoice.lines:
        assert sum(step.amount for step in line.steps) == line.amount
    table = invoice_json(desk.workspace.invoice(invoice.id))
    assert table["checksum"] == checksum(table)
    assert [finding.status for finding in desk.workspace.verify()] == ["ok"]
    return invoice


def rows(invoice: Invoice) -> dict[str | None, tuple[str, str]]:
    return {row.code: (str(row.taxable), str(row.tax)) for row in invoice.taxes}


def test_each_rate_is_computed_on_all_that_is_taxed_at_it_and_rounded_once(open_desk: OpenDesk) -> None:
    products = {
        "a": taxed("0.13", "vat"),
        "b": taxed("0.13", "vat"),
        "c": taxed("100", "reduced"),
        "d": taxed("10"),
    }
    invoice = bill(open_desk(text(products, {"tax_percent": "8.25"})))
    # 0.26 × 19 % = 0.0494 → 0.05; line by line it would be 0.04.
    assert rows(invoice) == {
        "vat": ("0.26", "0.05"),
        "reduced": ("100.00", "7.00"),
        None: ("10.00", "0.83"),
    }
    assert [str(line.tax_percent) for line in invoice.lines] == ["19", "19", "7", "8.25"]


def test_a_products_rate_comes_before_the_customers_unless_that_is_zero(open_desk: OpenDesk) -> None:
    products = {"a": taxed("100", "reduced"), "b": taxed("50")}
    assert rows(bill(open_desk(text(products, {"tax": "vat"})))) == {
        "reduced": ("100.00", "7.00"),
        "vat": ("50.00", "9.50"),
    }
    exempt = bill(open_desk(text(products, {"tax": ["reverse"], "tax_percent": "8.25"})))
    assert rows(exempt) == {"reverse": ("150.00", "0.00")}
    assert [row.name for row in exempt.taxes] == ["Reverse charge"]


def test_several_rates_on_one_line(open_desk: OpenDesk) -> None:
    invoice = bill(open_desk(text({"a": taxed("100")}, {"tax": ["gst", "qst"]})))
    assert rows(invoice) == {"gst": ("100.00", "5.00"), "qst": ("100.00", "9.98")}
    assert str(invoice.lines[0].tax_percent) == "14.975"


def test_a_price_that_contains_its_tax_stays_what_it_says(open_desk: OpenDesk) -> None:
    products = {"a": taxed("0.99", "gross"), "b": taxed("0.99", "gross"), "c": taxed("0.99", "gross")}
    invoice = bill(open_desk(text(products)))
    # 2.97 ÷ 1.19 = 2.4957… → 2.50, of which no line alone is 0.83: the cent goes to the largest rests.
    assert (str(invoice.subtotal), str(invoice.tax), str(invoice.total)) == ("2.50", "0.47", "2.97")
    assert sorted(str(line.amount) for line in invoice.lines) == ["0.83", "0.83", "0.84"]
    assert invoice.lines[0].steps[-1].description == "VAT incl. 19% that the price contains"


@pytest.mark.parametrize(
    ("plan", "taxable", "tax"),
    [
        # 9.99 holds 1.60 of tax, though 19 % of 8.39 are 1.59: the price stays what it says.
        ({}, "8.39", "1.60"),
        ({"discount": {"percent": "10"}}, "7.55", "1.44"),
        # What a minimum or maximum sets is without tax: the tax is the rate on it.
        ({"minimum_spend": "58.39"}, "58.39", "11.09"),
        ({"maximum_spend": "4.19"}, "4.19", "0.80"),
        ({"maximum_spend": "4.23"}, "4.23", "0.80"),
    ],
)
def test_a_plans_minimum_and_maximum_are_taxed_at_the_rate_to_the_cent(
    open_desk: OpenDesk, plan: Table, taxable: str, tax: str
) -> None:
    assert rows(bill(open_desk(text({"a": taxed("9.99", "gross")}, plan=plan)))) == {"gross": (taxable, tax)}


def test_a_discount_and_the_minimum_are_spread_by_the_largest_remainder(open_desk: OpenDesk) -> None:
    products = {"a": taxed("100", "vat"), "b": taxed("200", "reduced")}
    plan = {"minimum_spend": "400", "discount": {"amount": "10"}}
    invoice = bill(open_desk(text(products, plan=plan)))
    # 10.00: 3.33 and 6.67; up to 400.00 are 110.00: 36.67 and 73.33 by what stands at each rate.
    assert [(line.kind, str(line.amount), line.tax_percent) for line in invoice.lines[2:]] == [
        ("minimum", "36.67", Decimal(19)),
        ("minimum", "73.33", Decimal(7)),
    ]
    assert rows(invoice) == {"vat": ("133.34", "25.33"), "reduced": ("266.66", "18.67")}


def test_the_minimum_of_a_period_without_usage_is_taxed_like_its_lines(open_desk: OpenDesk) -> None:
    products = {"calls": {**metered("calls", unit_amount="1"), "tax": ["vat"]}}
    invoice = bill(open_desk(text(products, plan={"minimum_spend": "50"})))
    assert rows(invoice) == {"vat": ("50.00", "9.50")}


def test_credit_notes_take_back_each_rate(open_desk: OpenDesk) -> None:
    desk = open_desk(text({"a": taxed("100", "vat"), "b": taxed("200", "reduced"), "c": taxed("9")}))
    bill(desk)
    note = desk.workspace.credit("INV-0001", line=1)
    assert [(row.code, str(row.taxable), str(row.tax)) for row in note.taxes] == [
        ("vat", "-100.00", "-19.00")
    ]
    rest = desk.workspace.credit("INV-0001")
    assert [(row.code, str(row.tax)) for row in rest.taxes] == [("reduced", "-14.00")]
    assert str(rest.total) == "-223.00"
    assert [finding.status for finding in desk.workspace.verify()] == ["ok"]


def test_an_adjustment_corrects_each_rate_though_the_rate_has_changed_since(open_desk: OpenDesk) -> None:
    products = {
        "calls": {**metered("calls", unit_amount="10"), "tax": ["vat"]},
        "fee": taxed("200", "reduced"),
    }
    desk = open_desk(text(products))
    bill(desk)
    desk.apply(text(products).replace('"19"', '"21"'))
    desk.events(("acme", "calls", "2026-10-05T00:00:00Z"))
    desk.workspace.accept_adjustment("INV-0001")
    (later,) = desk.workspace.bill("2026-11", finalize=True).invoices
    assert [(row.code, row.adjusts, str(row.percent), str(row.tax)) for row in later.taxes] == [
        ("vat", None, "21", "0.00"),
        ("reduced", None, "7", "14.00"),
        ("vat", "INV-0001", "19", "1.90"),
    ]
    assert str(later.total) == "225.90"
    assert sum(part.gross for part in parts(later)) == later.total
    assert desk.workspace.adjustment_proposals() == []
    assert [finding.status for finding in desk.workspace.verify()] == ["ok"]


def test_an_invoice_without_codes_has_no_new_keys(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"a": taxed("100")}, customer={"tax_percent": "19"}))
    (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
    table = fixed_part(invoice)
    assert "taxes" not in table
    assert "taxes" not in table["lines"][0]


@pytest.mark.parametrize(
    ("products", "customer", "what"),
    [
        ({"a": taxed("1", "vta")}, {}, "unknown tax 'vta'"),
        ({"a": taxed("1")}, {"tax": "none"}, "unknown tax 'none'"),
    ],
)
def test_unknown_codes_are_refused(
    open_desk: OpenDesk, products: dict[str, Table], customer: Table, what: str
) -> None:
    with pytest.raises(InvalidInput, match=what):
        open_desk(text(products, customer))


def test_a_catalogue_with_taxes_is_exported_and_read_back(open_desk: OpenDesk) -> None:
    desk = open_desk(text({"a": taxed("1", "gross", "gst")}, {"tax": ["gst", "qst"]}))
    exported = desk.workspace.export_catalogue()
    assert '[[tax]]\ncode = "gross"' in exported
    again = open_desk(exported)
    assert again.workspace.catalogue() == desk.workspace.catalogue()
    with pytest.raises(InvalidInput, match="a price contains one tax, not both 'gross' and 'gst'"):
        desk.apply('[[tax]]\ncode = "gst"\npercent = 5\ninclusive = true')


def test_customers_from_a_table_name_their_taxes(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk(text({"a": taxed("1")}))
    table = tmp_path / "customers.csv"
    table.write_text("id,tax\nnova,gst;qst\nacme,reverse\n", encoding="utf-8")
    desk.workspace.import_customers(table)
    known = desk.workspace.catalogue().customers
    assert (known["nova"].tax, known["acme"].tax) == (("gst", "qst"), ("reverse",))
