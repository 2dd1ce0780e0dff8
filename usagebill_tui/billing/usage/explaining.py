"""Explaining: from an amount to its arithmetic, its aggregate, and the very events behind it."""

from collections.abc import Iterator, Mapping

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.measuring import parameters_of
from usagebill_tui.billing.usage.totals_explained import ExplainedTotal, explained_totals
from usagebill_tui.billing.words import lines_there
from usagebill_tui.domain.aggregation import NoParameters
from usagebill_tui.domain.aggregation.builtin import EventCount
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice, Line
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.narrowing import WHOLE, group_texts, narrowed
from usagebill_tui.domain.periods import Days, instants
from usagebill_tui.domain.zones import to_micros, zone
from usagebill_tui.errors import NotFound
from usagebill_tui.eventstore.history import Fate, Key
from usagebill_tui.eventstore.types import Question, StoredEvent, Window
from usagebill_tui.store.browsing.one_customer import catalogue_of
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.ledger import find_invoice


class ExplainedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its number on the invoice (from 1) and, for usage, the metric and the names it counted.

    Where a line counts only a part of a metric's events, the metric says so in its filters.
    """

    number: int
    line: Line
    metric: Metric | None = None
    accounts: tuple[str, ...] = ()


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice and its lines, or the one that was asked for; `totals` only beside all lines."""

    invoice: Invoice
    lines: tuple[ExplainedLine, ...]
    totals: tuple[ExplainedTotal, ...] = ()


def explain(house: House, name: str, line: int | None = None) -> Explanation:
    """Return what an invoice's amounts come from; raises NotFound for an unknown invoice or line."""
    with house.database.reading() as session:
        invoice = find_invoice(session, name)
        if invoice is None:
            raise NotFound(f"there is no invoice {name!r}", mend="`usagebill invoices` lists them")
        catalogue = load_catalogue(session)
    if line is not None and not 1 <= line <= len(invoice.lines):
        raise NotFound(f"invoice {name} has no line {line}", mend=lines_there(len(invoice.lines)))
    if line is not None:
        return Explanation(invoice=invoice, lines=(explained(catalogue, invoice, line),))
    lines = tuple(explained(catalogue, invoice, number) for number in range(1, len(invoice.lines) + 1))
    plan, _, version = invoice.plan.rpartition("@")
    totals = explained_totals(invoice, catalogue.versions[plan, int(version)].plan.discount)
    return Explanation(invoice=invoice, lines=lines, totals=totals)


def explain_line(house: House, invoice: Invoice, line: int) -> Explanation:
    """Return what a line (from 1) of an invoice comes from, whether it is stored or an estimate."""
    with house.database.reading() as session:
        catalogue = catalogue_of(session, invoice.customer)
    return Explanation(invoice=invoice, lines=(explained(catalogue, invoice, line),))


def events_behind(house: House, invoice: Invoice, explained: ExplainedLine) -> Iterator[StoredEvent]:
    """Yield the events that a usage line counted or left out, in time order, as the invoice saw them."""
    question = question_behind(house, invoice, explained)
    if question is not None:
        yield from house.events.matching(question)


def fates(house: House, invoice: Invoice, explained: ExplainedLine) -> Mapping[Key, Fate]:
    """Return which of the events behind a line were replaced or taken back since."""
    question = question_behind(house, invoice, explained)
    return {} if question is None else house.events.history.fates(question)


def question_behind(house: House, invoice: Invoice, line: ExplainedLine) -> Question | None:
    """Return what a usage line asked of the event store; None for other lines."""
    metric = line.metric
    if metric is None or not line.accounts:
        return None
    # Which events matched does not depend on the type, so one whose plugin is gone can still show them.
    known = house.registry.aggregations.get(metric.aggregation)
    since = to_micros(line.line.period.start)
    if metric.recurring:
        since = min(since, _state_start(house, invoice))
    window = Window(0, line.accounts, since, to_micros(line.line.period.end))
    return Question(
        metric=metric,
        aggregation=known or EventCount(),
        params=NoParameters() if known is None else parameters_of(known, metric),
        windows=[window],
        only=group_texts(line.line.part or WHOLE, line.line.group),
        snapshot=invoice.snapshot,
    )


def explained(catalogue: Catalogue, invoice: Invoice, number: int, *, whole: bool = False) -> ExplainedLine:
    """Return a line with what it measured; `whole` leaves away of which part of the metric's events it is."""
    line = invoice.lines[number - 1]
    if whole:
        line = msgspec.structs.replace(line, part=None, group=None)
    if line.kind != "usage" or line.metric is None:
        return ExplainedLine(number=number, line=line)
    plan, _, version = invoice.plan.rpartition("@")
    metric = narrowed(catalogue.versions[plan, int(version)].metric(line.metric), line.part or WHOLE)
    return ExplainedLine(number=number, line=line, metric=metric, accounts=line.accounts)


def _state_start(house: House, invoice: Invoice) -> int:
    with house.database.reading() as session:
        catalogue = catalogue_of(session, invoice.customer)
    start = catalogue.subscriptions[invoice.subscription].origin
    zone_ = zone(catalogue.customers[invoice.customer].timezone)
    return to_micros(instants(Days(start, start), zone_).start)
