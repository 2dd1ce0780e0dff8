"""What each movement of money posts."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.domain.bookkeeping import Leg, credit_legs, final_legs, payment_legs, reversal
from usagebill_tui.domain.credit_note import CreditLine, CreditNote
from usagebill_tui.domain.invoice import Invoice, Line, Settled, Span

SPAN = Span(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
CENTS = st.integers(-99_999, 99_999).map(lambda cents: Decimal(cents).scaleb(-2))


def line(product: str | None, amount: str, settles: Settled | None = None) -> Line:
    return Line(
        kind="fee" if settles is None else "adjustment",
        product=product,
        period=SPAN,
        description="",
        amount=Decimal(amount),
        tax_percent=Decimal(10),
        settles=settles,
    )


def invoice(lines: list[Line], discount: str, tax: str, **more: Decimal) -> Invoice:
    subtotal = sum((one.amount for one in lines), Decimal("0.00"))
    nothing = Decimal("0.00")
    return Invoice(
        id="i",
        number="INV-0001",
        status="final",
        customer="acme",
        subscription="acme-pro",
        plan="pro@1",
        currency="USD",
        period=SPAN,
        lines=tuple(lines),
        subtotal=subtotal,
        discount=Decimal(discount),
        tax=Decimal(tax),
        total=subtotal - Decimal(discount) + Decimal(tax),
        credits=more.get("credits", nothing),
        paid=more.get("paid", nothing),
        snapshot=0,
    )


def note(*lines: tuple[str | None, str, str]) -> CreditNote:
    made = tuple(
        CreditLine(
            line=n,
            product=product,
            description="",
            amount=Decimal(amount),
            tax=Decimal(tax),
            tax_percent=Decimal(10),
        )
        for n, (product, amount, tax) in enumerate(lines, 1)
    )
    subtotal = sum((one.amount for one in made), Decimal(0))
    tax = sum((one.tax for one in made), Decimal(0))
    return CreditNote(
        number="CN-0001",
        invoice="INV-0001",
        customer="acme",
        currency="USD",
        issued=date(2026, 11, 1),
        reason="",
        lines=made,
        subtotal=subtotal,
        tax=tax,
        total=subtotal + tax,
    )


def told(legs: list[Leg]) -> list[tuple[str, str | None, str]]:
    assert sum(leg.amount for leg in legs) == 0
    return [(leg.account, leg.product, str(leg.amount)) for leg in legs]


def test_a_final_invoice_is_owed_and_is_revenue_less_discount_by_product_and_tax() -> None:
    one = invoice(
        [line("a", "10.00"), line("b", "20.00"), line("a", "30.00"), line(None, "1.00")], "6.10", "5.49"
    )
    assert told(final_legs(one)) == [
        ("receivables", None, "60.39"),
        ("tax_payable", None, "-5.49"),
        ("revenue", None, "-0.90"),
        ("revenue", "a", "-36.00"),
        ("revenue", "b", "-18.00"),
    ]


def test_lines_that_settle_others_bear_no_discount() -> None:
    settled = line("a", "5.00", Settled("INV-0000", Decimal("0.41")))
    one = invoice([line("a", "10.00"), settled], "1.00", "1.31")
    assert told(final_legs(one)) == [
        ("receivables", None, "15.31"),
        ("tax_payable", None, "-1.31"),
        ("revenue", "a", "-14.00"),
    ]


def test_an_invoice_of_less_than_nothing_is_owed_to_the_customer() -> None:
    settled = line("a", "-5.00", Settled("INV-0000", Decimal("-0.50")))
    assert told(final_legs(invoice([settled], "0.00", "-0.50"))) == [
        ("customer_balance", None, "-5.50"),
        ("tax_payable", None, "0.50"),
        ("revenue", "a", "5.00"),
    ]


def test_an_invoice_of_nothing_posts_nothing() -> None:
    assert final_legs(invoice([line("a", "0.00")], "0.00", "0.00")) == []
    assert final_legs(invoice([], "0.00", "0.00")) == []


def test_a_payment_beyond_what_is_due_is_owed_to_the_customer_and_refunded_from_there_first() -> None:
    fresh = invoice([line("a", "10.00")], "0.00", "1.00")
    part = payment_legs(fresh, Decimal("4.00"))
    assert told(part) == [("receivables", None, "-4.00"), ("cash", None, "4.00")]
    over = payment_legs(fresh, Decimal("15.00"))
    assert told(over) == [
        ("receivables", None, "-11.00"),
        ("cash", None, "15.00"),
        ("customer_balance", None, "-4.00"),
    ]
    overpaid = invoice([line("a", "10.00")], "0.00", "1.00", paid=Decimal("15.00"))
    assert told(payment_legs(overpaid, Decimal("-6.00"))) == [
        ("receivables", None, "2.00"),
        ("cash", None, "-6.00"),
        ("customer_balance", None, "4.00"),
    ]


def test_a_credit_note_takes_revenue_and_tax_back() -> None:
    credit = note(("a", "-3.00", "-0.30"), (None, "1.00", "0.10"))
    fresh = invoice([line("a", "10.00")], "0.00", "1.00")
    assert told(credit_legs(fresh, credit)) == [
        ("receivables", None, "-2.20"),
        ("tax_payable", None, "0.20"),
        ("revenue", None, "-1.00"),
        ("revenue", "a", "3.00"),
    ]
    paid = invoice([line("a", "10.00")], "0.00", "1.00", paid=Decimal("10.00"))
    assert told(credit_legs(paid, credit))[:2] == [
        ("receivables", None, "-1.00"),
        ("customer_balance", None, "-1.20"),
    ]


def test_a_reversal_takes_back_every_leg() -> None:
    legs = final_legs(invoice([line("a", "10.00")], "0.00", "1.00"))
    assert told(reversal(legs)) == [
        ("receivables", None, "-11.00"),
        ("tax_payable", None, "1.00"),
        ("revenue", "a", "10.00"),
    ]


@given(st.lists(CENTS, max_size=5), CENTS, CENTS, CENTS, CENTS.filter(bool))
def test_every_entry_sums_to_zero_and_moves_what_is_due(
    lines: list[Decimal], tax: Decimal, paid: Decimal, credits_: Decimal, amount: Decimal
) -> None:
    one = invoice(
        [line(f"p{k % 2}", str(a)) for k, a in enumerate(lines)], "0.00", str(tax if lines else "0.00")
    )
    assert sum(leg.amount for leg in final_legs(one)) == 0
    stands = invoice(list(one.lines), "0.00", str(one.tax), paid=paid, credits=credits_)
    for legs, moved in (
        (payment_legs(stands, amount), -amount),
        (credit_legs(stands, note(("p0", str(amount), "0.00"))), amount),
    ):
        assert sum(leg.amount for leg in legs) == 0
        due = [leg.amount for leg in legs if leg.account in {"receivables", "customer_balance"}]
        assert sum(due) == moved
