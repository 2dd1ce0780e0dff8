"""Invoices: lines that explain themselves, totals, and the part that being final fixes."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Literal

import msgspec

from usagebill_tui.domain.narrowing import Narrowing
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.pricing.protocol import Step
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.tax import Tax, TaxRow

Status = Literal["draft", "final", "paid", "void", "estimate"]
LineKind = Literal["usage", "fee", "minimum", "maximum", "adjustment"]

UNFIXED = ("status", "credits", "applied", "paid", "amount_due", "checksum")
"""What may change once an invoice is final, and the checksum over all the rest."""

_LATER = frozenset({"prepaid", "applied", "dialect", "part", "taxes", "taxed"})
"""What invoices did not have at first: written only where it says something, so that they stay the same."""


_GAP_BYTE = b"\0"
"""Stands where something is still to be written; JSON has no such byte, also not in a text."""
_GAP = msgspec.Raw(_GAP_BYTE)


class Span(msgspec.Struct, frozen=True, gc=False):
    """The instants (UTC) from `start` up to, not including, `end`."""

    start: datetime
    end: datetime


class Settled(msgspec.Struct, frozen=True):
    """What an adjustment line settles: the earlier invoice, by number, and the tax that goes with the line.

    That tax is the earlier invoice's own, so that both invoices together come to the cent to what is right.
    `taxed` splits it by the codes of the line's taxes.
    """

    invoice: str
    tax: Decimal
    taxed: Mapping[str, Decimal] = {}


class PrepaidUnits(msgspec.Struct, frozen=True):
    """Units that a prepaid credit, by its label, paid for: they are taken off before the price is applied."""

    credit: str
    units: Decimal


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line: `amount` is rounded to the minor unit and is what the `steps` add up to.

    A usage line counted `events` of any of `accounts`; `left_out` matched without a usable property.
    `not_rated` is why the line could not be priced: its amount is 0, and the invoice stays a draft.
    `settles` is what a line of kind `adjustment` settles. Where a price differs by property values or is one
    for each group, `part` says which events the line counts, and `group` what they have in common.
    `taxes` are the rates by code at which the line is taxed, `tax_percent` is all of them together. Amounts
    never contain tax.
    """

    kind: LineKind
    product: str | None
    metric: str | None = None
    group: Mapping[str, str | None] | None = None
    period: Span
    description: str
    units: Decimal | None = None
    amount: Decimal
    tax_percent: Decimal
    taxes: tuple[Tax, ...] = ()
    steps: tuple[Step, ...] = ()
    events: int = 0
    left_out: int = 0
    accounts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    not_rated: str | None = None
    settles: Settled | None = None
    part: Narrowing | None = None
    prepaid: tuple[PrepaidUnits, ...] = ()


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What was set against an invoice besides credit notes and payments, or would be against a draft.

    `prepaid` is money of a prepaid credit, `balance` what another invoice owed back, both named by the
    `reference`; `moved`, negative, is what this invoice owed back and was set against that one.
    """

    kind: Literal["prepaid", "balance", "moved"]
    reference: str
    name: str = ""
    amount: Decimal


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer owes for a period of one subscription.

    `plan` is the plan version, `dialect` whose choices its prices follow (empty: our own), `snapshot` the
    state of the events that it was computed from, `plugins` those that took part, by name and version.
    total = subtotal − discount + tax; amount_due = total − credits − paid. `document` is the canonical JSON
    that was stored when the invoice became final: it stays as it is, whatever later versions would write.
    `taxes` tells the tax by rate where any rate has a code. `credits` are credit notes and what is `applied`.
    """

    id: str
    number: str | None = None
    status: Status
    customer: str
    subscription: str
    plan: str
    dialect: str = ""
    currency: str
    period: Span
    issued: date | None = None
    due: date | None = None
    lines: tuple[Line, ...]
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    taxes: tuple[TaxRow, ...] = ()
    total: Decimal
    credits: Decimal
    applied: tuple[Applied, ...] = ()
    paid: Decimal
    snapshot: int
    plugins: Mapping[str, str] = {}
    document: str | None = None

    @property
    def not_rated(self) -> list[tuple[int, Line]]:
        """Return the lines that could not be priced, with their numbers from 1."""
        return [(number, line) for number, line in enumerate(self.lines, 1) if line.not_rated is not None]

    @property
    def adjustments(self) -> tuple[Line, ...]:
        """Return the lines that settle earlier invoices: no discount, minimum or maximum counts them."""
        return tuple(line for line in self.lines if line.kind == "adjustment")

    @property
    def own_net(self) -> Decimal:
        """Return the subtotal less the discount, without what settles earlier invoices."""
        with exact_arithmetic():
            return self.subtotal - self.discount - sum((line.amount for line in self.adjustments), Decimal(0))

    @property
    def credited(self) -> Decimal:
        """Return what credit notes took off."""
        with exact_arithmetic():
            return self.credits - sum((one.amount for one in self.applied), Decimal(0))

    @property
    def amount_due(self) -> Decimal:
        """Return what is still to be paid; negative where too much was."""
        return self.total - self.credits - self.paid


_FIELDS = tuple(name for name in Invoice.__struct_fields__ if name != "document")


def invoice_json(invoice: Invoice) -> dict[str, Any]:
    """Return an invoice as plain data: exact numbers as text, times as RFC 3339."""
    fixed = fixed_part(invoice)
    now = {name: written(getattr(invoice, name)) for name in _FIELDS}
    loose = [name for name in UNFIXED if name in now and (now[name] or name not in _LATER)]
    stored = {**fixed, **{name: now[name] for name in loose}}
    return {
        **_in_order(stored, now),
        "amount_due": written(invoice.amount_due),
        "checksum": checksum(fixed),
    }


def _in_order(value: Any, like: Any) -> Any:
    """Return plain data with its keys in the order of other data; canonical JSON has them sorted."""
    if isinstance(value, dict) and isinstance(like, dict):
        keys = dict.fromkeys([*like, *value])
        return {key: _in_order(value[key], like.get(key)) for key in keys if key in value}
    if isinstance(value, list) and isinstance(like, list) and len(value) == len(like):
        return [_in_order(one, other) for one, other in zip(value, like, strict=True)]
    return value


def fixed_part(invoice: Invoice) -> dict[str, Any]:
    """Return, as plain data, everything that being final fixes."""
    if invoice.document is not None:
        stored: dict[str, Any] = msgspec.json.decode(invoice.document)
        return stored
    fields = {name: getattr(invoice, name) for name in _FIELDS if name not in UNFIXED}
    return {name: written(value) for name, value in fields.items() if name not in _LATER or value}


def document_form(invoice: Invoice) -> bytes:
    """Return the canonical JSON of a draft, with gaps for the number and dates that a final one has."""
    table: dict[str, Any] = {
        "id": invoice.id,
        "number": _GAP,
        "customer": invoice.customer,
        "subscription": invoice.subscription,
        "plan": invoice.plan,
        "currency": invoice.currency,
        "period": _span_table(invoice.period),
        "issued": _GAP,
        "due": _GAP,
        "lines": [_line_table(line) for line in invoice.lines],
        "subtotal": format(invoice.subtotal, "f"),
        "discount": format(invoice.discount, "f"),
        "tax": format(invoice.tax, "f"),
        "total": format(invoice.total, "f"),
        "snapshot": invoice.snapshot,
        "plugins": written(invoice.plugins),
    }
    if invoice.dialect:
        table["dialect"] = invoice.dialect
    if invoice.taxes:
        table["taxes"] = written(invoice.taxes)
    return canonical(table)


def filled(form: bytes, *, number: str | None, issued: date | None, due: date | None) -> bytes:
    """Return the document that a form becomes with a number and dates: the same as `fixed_part` written."""
    head, between, lines, rest = form.split(_GAP_BYTE)
    gaps = (None if due is None else due.isoformat(), None if issued is None else issued.isoformat(), number)
    first, second, third = map(canonical, gaps)
    return b"".join((head, first, between, second, lines, third, rest))


def checksum(table: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of everything that being final fixes."""
    return digest(canonical({key: value for key, value in table.items() if key not in UNFIXED}))


def digest(document: bytes) -> str:
    """Return the SHA-256 of a document in hexadecimal digits."""
    return hashlib.sha256(document).hexdigest()


def canonical(value: object) -> bytes:
    """Return the one JSON of some plain data: keys sorted, no spaces."""
    return msgspec.json.encode(value, order="deterministic")


def read_invoice(table: Mapping[str, Any]) -> Invoice:
    """Return the invoice that `invoice_json` wrote."""
    kept = {key: value for key, value in table.items() if key not in {"amount_due", "checksum"}}
    return msgspec.convert(kept, Invoice)


def written(value: Any) -> Any:
    """Return a value as plain data for JSON: decimals in plain notation as text, instants as RFC 3339."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    often = _OFTEN.get(kind)
    if often is not None:
        return often(value)
    if kind is tuple:
        return [one if type(one) in _AS_THEY_ARE else written(one) for one in value]
    if issubclass(kind, msgspec.Struct):
        return {
            name: one if type(one) in _AS_THEY_ARE else written(one)
            for name, one in zip(kind.__struct_fields__, _values_of(kind)(value), strict=True)
            if one or name not in _LATER
        }
    return _rarely_written(value)


@lru_cache(maxsize=10_000)  # thousands of lines have the same period
def _instant_text(value: datetime) -> str:
    return rfc3339(value)


def _line_table(line: Line) -> dict[str, Any]:
    """Return a line as plain data; written out, since invoices are little else."""
    table: dict[str, Any] = {
        "kind": line.kind,
        "product": line.product,
        "metric": line.metric,
        "group": None if line.group is None else written(line.group),
        "period": _span_table(line.period),
        "description": line.description,
        "units": None if line.units is None else format(line.units, "f"),
        "amount": format(line.amount, "f"),
        "tax_percent": format(line.tax_percent, "f"),
        **({"taxes": written(line.taxes)} if line.taxes else {}),
        "steps": [_step_table(step) for step in line.steps],
        "events": line.events,
        "left_out": line.left_out,
        "accounts": [*line.accounts],
        "warnings": [*line.warnings],
        "not_rated": line.not_rated,
        "settles": None if line.settles is None else written(line.settles),
    }
    if line.part:
        table["part"] = written(line.part)
    if line.prepaid:
        table["prepaid"] = written(line.prepaid)
    return table


def _step_table(step: Step) -> dict[str, Any]:
    quantity, unit_amount = step.quantity, step.unit_amount
    return {
        "description": step.description,
        "quantity": None if quantity is None else format(quantity, "f"),
        "unit_amount": None if unit_amount is None else format(unit_amount, "f"),
        "amount": format(step.amount, "f"),
    }


def _span_table(span: Span) -> dict[str, Any]:
    return {"start": _instant_text(span.start), "end": _instant_text(span.end)}


def _number_text(number: Decimal) -> str:
    return format(number, "f")


_OFTEN: dict[type, Callable[[Any], Any]] = {
    Decimal: _number_text,
    datetime: _instant_text,
    Line: _line_table,
    Step: _step_table,
    Span: _span_table,
}
"""How the kinds are written of which an invoice is full; a test holds lines to what is written of others."""
_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


@cache
def _values_of(kind: type[msgspec.Struct]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads all fields of a kind at once: invoices are written by the thousand."""
    names = kind.__struct_fields__
    read = attrgetter(*names)
    return read if len(names) > 1 else lambda value: (read(value),)


def _rarely_written(value: Any) -> Any:
    match value:
        case str() | int() | None:
            plain_data: Any = value
        case Decimal():
            plain_data = format(value, "f")
        case list() | tuple():
            plain_data = [written(item) for item in value]
        case datetime():
            plain_data = rfc3339(value)
        case date():
            plain_data = value.isoformat()
        case Mapping():
            plain_data = {str(key): written(item) for key, item in value.items()}
        case _:
            raise TypeError(type(value))
    return plain_data
