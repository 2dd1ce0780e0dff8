"""Credits are added, declared void, and expire; each is a movement in the ledger with its date."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.domain.bookkeeping import Leg, bought_legs, ended_legs
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.prepaid import Credit
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.quantity import exact_arithmetic, to_quantity
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import InvalidInput, NotFound, Refused, WrongCall
from usagebill_tui.store.audit import Author, record
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.credits import Move, add_credit, add_moves, author_of, credits_of, moves_of
from usagebill_tui.store.database import Session
from usagebill_tui.store.entries import Movement, enter

_MOST_PRIORITY = 1_000_000
_ZERO = Decimal(0)


class CreditRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A credit to add: an `amount` of money in the customer's currency, or `units` of a `product`.

    `paid` was paid for it (None: all of an amount in money, nothing for units); what it holds beyond that is
    granted. Of a customer's credits the one of the lowest `priority` is used first. It is used up to, not
    including, the day `expires`. `day` is when it was paid for or granted (None: today).
    """

    customer: str
    amount: Decimal | None = None
    units: Decimal | None = None
    product: str | None = None
    paid: Decimal | None = None
    name: str = ""
    priority: int = 0
    expires: date | None = None
    day: date | None = None


def add(house: House, request: CreditRequest) -> Credit:
    """Add a credit; NotFound for an unknown customer or product, InvalidInput for what is impossible."""
    with house.database.writing() as session:
        author = house.author()
        catalogue = load_catalogue(session)
        if request.customer not in catalogue.customers:
            mend = suggestion(request.customer, catalogue.customers)
            raise NotFound(f"there is no customer {request.customer!r}", mend=mend)
        customer = catalogue.customers[request.customer]
        if request.product is not None and request.product not in catalogue.products:
            mend = suggestion(request.product, catalogue.products)
            raise NotFound(f"there is no product {request.product!r}", mend=mend)
        _check(request)
        if request.product is not None:
            _check_product(house, catalogue.products[request.product])
        day = request.day or local_day(author.at, zone(customer.timezone))
        credit = add_credit(session, _credit(request, customer.currency, day, author))
        _enter(session, "credit", credit, day, bought_legs(credit.amount, credit.paid), author)
        record(session, author, "add", "credit", credit.label, after=_told(credit))
        return credit


def void(house: House, label: str) -> Credit:
    """Declare a credit void: what was paid for its rest was given back in cash, what was granted is taken.

    Raises NotFound, and Refused where nothing is left of it.
    """
    with house.database.writing() as session:
        author = house.author()
        credit = _named(session, label)
        if credit.is_empty:
            raise Refused(f"nothing is left of credit {credit.label}", mend="void the invoices that used it")
        ended = _end(session, credit, "void", author.at.date(), author)
        record(session, author, "void", "credit", credit.label, before=_told(credit))
        return ended


def expire(house: House, day: date | None = None, customers: Sequence[str] = ()) -> list[Credit]:
    """Book the rest of every credit that expired up to a day (None: today in the customer's zone) as expired.

    The ledger has it on the day of expiry. What has expired is not used any more, booked or not.
    """
    with house.database.writing() as session:
        author = house.author()
        known = load_catalogue(session).customers
        ended = []
        for credit in credits_of(session, customers or None):
            today = local_day(author.at, zone(known[credit.customer].timezone))
            if day is not None and day > today:
                raise WrongCall(f"{day} has not come yet", mend="until then it can still be used")
            today = day or today
            if credit.expires is None or credit.expires > today or credit.is_void or credit.is_empty:
                continue
            ended.append(_end(session, credit, "expire", credit.expires, author))
            record(session, author, "expire", "credit", credit.label, before=_told(credit))
        return ended


def listed(house: House, customers: Sequence[str] = ()) -> list[Credit]:
    """Return credits as they stand, by customer and the order of their use."""
    with house.database.reading() as session:
        return credits_of(session, customers or None)


def moves(house: House, customers: Sequence[str] = ()) -> list[Move]:
    """Return what was taken off credits and balances and given back, oldest first."""
    with house.database.reading() as session:
        return moves_of(session, customers=customers)


def _named(session: Session, label: str) -> Credit:
    number = label.upper().removeprefix("CR-")
    found = credits_of(session, ids=[int(number)]) if number.isascii() and number.isdigit() else []
    if not found or len(number) > 9:  # noqa: PLR2004 - no id has more digits
        raise NotFound(f"there is no credit {label!r}", mend="`usagebill credits` lists them")
    return found[0]


def _end(
    session: Session, credit: Credit, kind: Literal["void", "expire"], day: date, author: Author
) -> Credit:
    legs = ended_legs(
        credit.left, credit.paid_part(credit.left), "cash" if kind == "void" else "credits_expired"
    )
    move = Move(
        kind=kind,
        credit=credit.id,
        currency=credit.currency,
        amount=credit.left,
        units=credit.units_left,
        day=day,
        **author_of(author),
    )
    add_moves(session, [move])
    _enter(session, "credit_void" if kind == "void" else "credit_expiry", credit, day, legs, author)
    (ended,) = credits_of(session, ids=[credit.id])
    return ended


def _enter(
    session: Session,
    kind: Literal["credit", "credit_void", "credit_expiry"],
    credit: Credit,
    day: date,
    legs: Sequence[Leg],
    author: Author,
) -> None:
    movement = Movement(
        kind=kind,
        reference=credit.label,
        day=day,
        customer=credit.customer,
        currency=credit.currency,
        legs=legs,
    )
    enter(session, [movement], author)


def _credit(request: CreditRequest, currency: str, day: date, author: Author) -> Credit:
    paid = request.paid
    with exact_arithmetic():
        if request.units is None:
            amount = _money(request.amount or _ZERO, currency, "amount")
            paid = amount if paid is None else _money(paid, currency, "paid")
            if paid > amount:
                raise InvalidInput(
                    f"{paid} paid for a credit of {amount}", mend="a credit holds what was paid, or more"
                )
        else:
            amount = paid = _money(paid or _ZERO, currency, "paid")
    if request.expires is not None and request.expires <= day:
        raise InvalidInput(f"it would expire on {request.expires}, not after {day}", mend="use a later day")
    return Credit(
        id=0,
        customer=request.customer,
        currency=currency,
        name=request.name,
        amount=amount,
        left=amount,
        product=request.product,
        units=request.units,
        units_left=request.units,
        paid=paid,
        priority=request.priority,
        expires=request.expires,
        day=day,
        at=author.at,
        who=author.who,
    )


def _check_product(house: House, product: Product) -> None:
    """Refuse units of what is not charged by quantity: fees, and prices that walk single events."""
    if product.fee != "metered":
        raise InvalidInput(f"{product.code!r} is a {product.fee} fee", mend="give a credit in money")
    for price in product.price.each():
        if house.registry.pricing_model(price.model).needs_events:
            raise InvalidInput(
                f"{product.code!r} is priced event by event ({price.model}), not by units",
                mend="give a credit in money",
            )


def _check(request: CreditRequest) -> None:
    if (request.amount is None) == (request.units is None):
        raise InvalidInput("a credit is in money or in units", mend="give either an amount or units")
    if (request.units is None) != (request.product is None):
        raise InvalidInput("units are those of a product", mend="give units and a product together")
    held = request.amount if request.units is None else request.units
    if held is None or held <= 0 or to_quantity(held) != held:
        raise InvalidInput(
            f"a credit of {held}", mend="give a positive amount of at most 18 digits after the point"
        )
    if abs(request.priority) > _MOST_PRIORITY:
        raise InvalidInput(f"a priority of {request.priority}", mend="use -1000000 to 1000000")


def _money(amount: Decimal, currency: str, what: str) -> Decimal:
    if amount < 0 or round_money(amount, currency) != amount:
        raise InvalidInput(
            f"{what} {amount} is no amount of {currency}", mend="use the digits it has, 0 or more"
        )
    return round_money(amount, currency)


def _told(credit: Credit) -> dict[str, str | None]:
    return {
        "customer": credit.customer,
        "amount": str(credit.amount),
        "paid": str(credit.paid),
        "units": None if credit.units is None else str(credit.units),
        "product": credit.product,
        "left": str(credit.left),
        "expires": None if credit.expires is None else str(credit.expires),
    }
