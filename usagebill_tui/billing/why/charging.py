"""The last stages: what the usage of each billing period costs and how, and the invoice that it is on."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import Contract, DuePeriod, Portion, portions_touching
from usagebill_tui.billing.invoices.planning import Books
from usagebill_tui.billing.invoices.rating import Rated, Rater
from usagebill_tui.billing.why.result import Charged, OnInvoice, Reason, Stage
from usagebill_tui.billing.why.subject import Subject, metric_of
from usagebill_tui.billing.why.words import NOT_REACHED, counted
from usagebill_tui.billing.words import money, step, units
from usagebill_tui.domain.invoice import Invoice, Line
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.periods import Days, instants
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.store.ledger import billed_items, invoices_touching

_ADDS_UP = ("count", "sum")
MOST_PERIODS = 24
"""So many billing periods are priced, the newest; more are not looked through at once."""


def charges(house: House, subject: Subject, metric: Metric, snapshot: int) -> tuple[Charged, ...]:
    """Return the billing periods that touch the period in question, each priced as of a snapshot."""
    due = list(_due(subject, metric))[-MOST_PERIODS:]
    rater = Rater(house, subject.accounts, snapshot, until=subject.now)
    rated = rater.rate(due)
    if not rated:
        return ()
    every = [each for one, portions in due for each in (one, *(p.due for p in portions))]
    days = Days(min(one.full.first for one in every), max(one.full.after for one in every))
    ids = sorted({one.contract.subscription.id for one, _ in due})
    with house.database.reading() as session:
        books = Books(billed_items(session, days, ids), invoices_touching(session, days, ids))
    return tuple(
        _charged(subject, books, one, portion)
        for one, (_, portions) in zip(rated, due, strict=True)
        for portion in portions
    )


def invoiced_stage(subject: Subject, found: Sequence[Charged], entered: int) -> Stage:
    """Tell which invoices the usage is on; what came after a final one was made is lost to it."""
    first = _one_for_each_period(found)
    late = sum(_late(one) for one in first)
    waiting = sum(one.events for one in first if one.invoice is None and one.complete)
    if any(one.invoice is None and not one.complete for one in first):
        waiting = entered
    lost = min(late, entered)
    apart = min(waiting, entered - lost)
    names = [f"{one.invoice.called} ({one.invoice.status})" for one in first if one.invoice is not None]
    said = ", ".join(names[:3]) or "on no invoice yet"
    void = sorted({name for one in first for name in one.void})
    if void:
        said += f"; {', '.join(void[:3])} is void" if len(void) == 1 else f"; {', '.join(void[:3])} are void"
    reasons = []
    if apart:
        reasons.append(Reason(what="not invoiced yet", events=apart, in_period=apart, apart=True))
    if lost:
        reasons.append(Reason(what="came after the invoice was final", events=lost, in_period=lost))
    return Stage(
        name="invoiced",
        question="Is it on an invoice?",
        entered=entered,
        passed=entered - lost - apart,
        apart=apart,
        lost=lost,
        in_period=lost,
        said=said if entered else NOT_REACHED,
        reasons=tuple(reasons),
        mend=_mend(subject, first, lost=lost, apart=apart),
        suspect=lost > 0,
    )


def _late(one: Charged) -> int:
    """Return how many events more there are than the period's final invoice counted."""
    if not one.complete or one.invoice is None or one.invoice.status not in {"final", "paid"}:
        return 0
    return max(0, one.events - one.invoice.events)


def _one_for_each_period(found: Sequence[Charged]) -> list[Charged]:
    """Return the first product's charge of each period: others price the same events."""
    return list({(one.subscription, one.period.start): one for one in reversed(found)}.values())[::-1]


def _mend(subject: Subject, found: Sequence[Charged], *, lost: int, apart: int) -> str | None:
    if lost:
        return "`usagebill report adjustments` shows the difference, which can become a line or a credit note"
    if not apart:
        return None
    ended = [one for one in found if one.invoice is None and one.period.end <= subject.now]
    if not ended:
        return "the period has not ended; `usagebill estimate` shows it so far"
    local = zone(subject.timezone)
    first, after = local_day(ended[0].period.start, local), local_day(ended[-1].period.end, local)
    return f"`usagebill bill {first}..{after} --customer {ended[0].customer}` makes the invoice"


def _due(subject: Subject, metric: Metric) -> Iterator[tuple[DuePeriod, list[Portion]]]:
    """Yield the periods of the metric's products that touch the period in question, like ones together."""
    local = zone(subject.timezone)
    last = min(subject.period.end, max(subject.now, subject.period.start))
    days = Days(local_day(subject.period.start, local), local_day(last, local) + timedelta(days=1))
    for contract in subject.contracts:
        priced = metric_of(contract, metric.code)
        found: dict[Days, tuple[DuePeriod, list[Portion]]] = {}
        for product in () if priced is None else _products(contract, priced.code):
            for due, portion in portions_touching(contract, product, days, subject.now):
                span = instants(portion.due.active, zone(contract.customer.timezone))
                if span.start < subject.period.end and span.end > subject.period.start:
                    found.setdefault(portion.due.active, (due, []))[1].append(portion)
        yield from (found[key] for key in sorted(found))


def _products(contract: Contract, metric: str) -> list[Product]:
    return [p for p in contract.version.products if p.fee == "metered" and p.metric == metric]


def _charged(subject: Subject, books: Books, rated: Rated, portion: Portion) -> Charged:
    due, product = rated.due, portion.product
    currency = due.contract.version.plan.currency
    lines = [line for line in rated.lines if line.product == product.code]
    used = [line for line in lines if line.kind == "usage"]
    whole = instants(portion.due.active, zone(due.contract.customer.timezone))
    void = [i for i in books.of_period(due) if i.status == "void" and _lines(i, product)]
    with exact_arithmetic():
        amount = sum((line.amount for line in lines), Decimal(0))
    return Charged(
        customer=due.contract.customer.id,
        subscription=due.contract.subscription.id,
        plan=due.contract.version.label,
        product=product.code,
        period=used[0].period,
        units=_units(due, product, used),
        parts=len(used),
        events=sum(line.events for line in used),
        left_out=sum(line.left_out for line in used),
        amount=amount,
        currency=currency,
        steps=tuple(_steps(lines, currency)),
        notes=tuple(_notes(due, product, lines, amount)),
        not_rated=next((line.not_rated for line in used if line.not_rated is not None), None),
        invoice=_on_invoice(books, due, portion),
        void=tuple(i.number or i.id for i in void),
        complete=subject.period.start <= whole.start and whole.end <= subject.period.end,
    )


def _units(due: DuePeriod, product: Product, used: Sequence[Line]) -> Decimal | None:
    """Return the usage of a product's lines together; None where it does not add up."""
    if len(used) == 1:
        return used[0].units
    if due.contract.version.metric(product.metric or "").aggregation not in _ADDS_UP:
        return None
    with exact_arithmetic():
        return sum((line.units or Decimal(0) for line in used), Decimal(0))


def _steps(lines: Sequence[Line], currency: str) -> Iterator[str]:
    """Yield the steps of a product's lines, named by the line where its price has parts or groups."""
    for line in lines:
        named = "" if line.part is None else f"{line.description}: "
        yield from (f"{named}{step(one, currency)}" for one in line.steps)


def _notes(due: DuePeriod, product: Product, lines: Sequence[Line], amount: Decimal) -> Iterator[str]:
    """Yield what may surprise somebody about an amount."""
    currency = due.contract.version.plan.currency
    if product.code in due.contract.subscription.prices:
        yield f"the subscription has a price of its own for {product.code}"
    used = [line for line in lines if line.kind == "usage"]
    if len(used) > 1:
        yield f"its price has parts or groups: {len(used)} lines"
    for usage in used:
        if _has_no_value(usage):
            yield "no value: priced like 0"
        if not amount and usage.units and usage.not_rated is None:
            yield f"{units(usage.units)} cost nothing: {_free_of_charge(usage)}"
    for line in lines:
        if line.kind == "minimum":
            yield f"raised to the minimum charge by {money(line.amount, currency)}"
        yield from line.warnings
    if any(one.description == "maximum charge" for usage in used for one in usage.steps):
        yield "held at the maximum charge"


def _has_no_value(usage: Line) -> bool:
    told = usage.units is None and usage.not_rated is None and usage.steps
    return bool(told) and "trial" not in usage.steps[0].description


def _free_of_charge(usage: Line) -> str:
    """Return why usage costs nothing."""
    if usage.units is not None and usage.units < 0:
        return "usage is negative"
    sold = [one for one in usage.steps if one.quantity]
    if any(one.unit_amount != 0 for one in sold):
        return "the steps say why (a discount, a maximum, rounding)"
    free = bool(sold) and all("free unit" in one.description for one in sold)
    return "it lies within the free units" if free else "the price there is 0"


def _on_invoice(books: Books, due: DuePeriod, portion: Portion) -> OnInvoice | None:
    billed = books.billed.get(portion.item)
    invoice = next((i for i in books.of_period(due) if billed is not None and i.id == billed.invoice), None)
    if invoice is None or billed is None:
        return None
    lines = [
        line
        for line in _lines(invoice, portion.product)
        if local_day(line.period.start, zone(due.contract.customer.timezone)) in portion.due.full
    ]
    used = [line for line in lines if line.kind == "usage"]
    with exact_arithmetic():
        return OnInvoice(
            id=invoice.id,
            number=invoice.number,
            status=invoice.status,
            events=sum(line.events for line in lines),
            units=_units(due, portion.product, used) if used else None,
            parts=len(used),
            amount=sum((line.amount for line in lines), Decimal(0)),
        )


def _lines(invoice: Invoice, product: Product) -> list[Line]:
    return [
        line for line in invoice.lines if line.product == product.code and line.kind in {"usage", "minimum"}
    ]


def differing(charge: Charged) -> bool:
    """Tell whether an invoice says another amount or quantity than the usage would give now."""
    invoice = charge.invoice
    return invoice is not None and (invoice.units, invoice.amount) != (charge.units, charge.amount)


def said_of(charge: Charged, *, dated: bool = False) -> str:
    """Return a charge in one sentence, with the day its period starts if `dated`."""
    amount = money(charge.amount, charge.currency)
    when = f" from {charge.period.start:%Y-%m-%d}" if dated else ""
    what = f"{charge.product}{when}: {_quantity(charge)} = {amount} on {charge.plan}"
    if charge.not_rated is not None:
        return f"{charge.product}: not rated: {charge.not_rated}"
    invoice = charge.invoice
    if invoice is None:
        return f"{what}, on no invoice yet"
    shown = f"{what}, on {invoice.called} ({invoice.status})"
    if differing(charge):
        then = f"{_quantity(invoice)} = {money(invoice.amount, charge.currency)}"
        more = counted(abs(charge.events - invoice.events), "event")
        shown += f", which says {then}: {more} {'more' if charge.events >= invoice.events else 'fewer'} now"
    return shown


def _quantity(told: Charged | OnInvoice) -> str:
    """Write how much was used; where that does not add up, on how many lines."""
    return units(told.units) if told.parts == 1 or told.units is not None else f"{told.parts} lines"


def unrated(found: Sequence[Charged]) -> dict[str, str]:
    """Return the subscriptions none of whose charges could be priced, and why."""
    reasons: dict[str, str] = {}
    for one in found:
        if one.not_rated is not None:
            reasons.setdefault(one.subscription, one.not_rated)
    return {
        key: why
        for key, why in reasons.items()
        if all(one.not_rated for one in found if one.subscription == key)
    }
