"""Invoices to write: an ordinary one, and one that is hostile in every text."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from usagebill_tui.config import Seller
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.invoice import Invoice, Line, Span
from usagebill_tui.domain.pricing.protocol import Step

NOVEMBER = Span(datetime(2023, 11, 1, 4, tzinfo=UTC), datetime(2023, 12, 1, 5, tzinfo=UTC))
DECEMBER = Span(NOVEMBER.end, datetime(2024, 1, 1, 5, tzinfo=UTC))
CUSTOMER = Customer(
    id="acme",
    name="Acme Inc.",
    timezone="America/New_York",
    tax_percent=Decimal("8.25"),
    email="billing@acme.example",
    address="350 Fifth Avenue\nNew York, NY 10118",
)
SELLER = Seller(
    name="Northwind Compute GmbH",
    address="Lange Straße 12\n10243 Berlin",
    email="billing@northwind.example",
    tax_id="DE 123456789",
    terms="Please pay by bank transfer, naming the invoice number.",
)


def step(description: str, amount: str, unit_amount: str | None = None) -> Step:
    unit = None if unit_amount is None else Decimal(unit_amount)
    return Step(description=description, unit_amount=unit, amount=Decimal(amount))


OUTPUT = Line(
    kind="usage",
    product="output",
    metric="llm_output_tokens",
    period=NOVEMBER,
    description="Output tokens",
    units=Decimal("4088665.5"),
    amount=Decimal("46.33"),
    tax_percent=Decimal("8.25"),
    steps=(
        step("first 1,000,000", "0", "0"),
        step("next 3,088,665.5", "46.3299825", "0.000015"),
        step("rounding", "0.0000175"),
    ),
    events=19366,
)
REGION = Line(
    kind="usage",
    product="storage",
    metric="storage",
    group={"region": "eu", "class": None},
    period=NOVEMBER,
    description="Storage",
    units=None,
    amount=Decimal("0.00"),
    tax_percent=Decimal("8.25"),
    steps=(step("no usage", "0", "0.10"),),
    warnings=("negative usage of -3 is priced as 0",),
)
FEE = Line(
    kind="fee",
    product="platform",
    period=DECEMBER,
    description="Platform fee",
    units=Decimal(1),
    amount=Decimal("49.00"),
    tax_percent=Decimal("8.25"),
    steps=(step("1 unit", "49", "49.00"),),
)
INVOICE = Invoice(
    id="acme-pro_2023-11-01",
    number="INV-0042",
    status="final",
    customer="acme",
    subscription="acme-pro",
    plan="pro@2",
    currency="USD",
    period=NOVEMBER,
    issued=date(2023, 12, 1),
    due=date(2023, 12, 31),
    lines=(OUTPUT, REGION, FEE),
    subtotal=Decimal("95.33"),
    discount=Decimal("9.53"),
    tax=Decimal("7.08"),
    total=Decimal("92.88"),
    credits=Decimal("0.00"),
    paid=Decimal("20.00"),
    snapshot=3,
)
DRAFT = msgspec.structs.replace(
    INVOICE, number=None, status="draft", issued=None, due=None, paid=Decimal("0.00")
)
VOID = msgspec.structs.replace(INVOICE, status="void", paid=Decimal("0.00"))

HOSTILE = "<script>alert('x')</script>&\"=1+1\x1b]0;gone\x07\u202egpj\x00\r\n|{{7*7}}"
HOSTILE_CUSTOMER = msgspec.structs.replace(
    CUSTOMER, name=HOSTILE, email=HOSTILE, address=f"{HOSTILE}\n株式会社 Ωmega Łódź"
)
HOSTILE_SELLER = Seller(name=HOSTILE, address=HOSTILE, email=HOSTILE, tax_id=HOSTILE, terms=HOSTILE)
HOSTILE_INVOICE = msgspec.structs.replace(
    INVOICE,
    number=HOSTILE,
    plan=HOSTILE,
    subscription=HOSTILE,
    lines=(
        msgspec.structs.replace(
            OUTPUT,
            description=HOSTILE,
            product=HOSTILE,
            metric=HOSTILE,
            group={HOSTILE: HOSTILE},
            steps=(step(HOSTILE, "46.33"),),
            warnings=(HOSTILE,),
        ),
    ),
)
