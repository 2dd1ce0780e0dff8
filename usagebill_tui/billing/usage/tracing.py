"""Tracing: from an event to every invoice that it touched, and how."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.explaining import ExplainedLine, explained, question_behind
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice, Span
from usagebill_tui.domain.invoice import Line as InvoiceLine
from usagebill_tui.domain.narrowing import WHOLE, group_texts
from usagebill_tui.domain.zones import from_micros
from usagebill_tui.errors import NotFound
from usagebill_tui.eventstore.browsing import Line, Order, Sought
from usagebill_tui.eventstore.history import Version
from usagebill_tui.eventstore.types import Question, Search, StoredEvent, Window
from usagebill_tui.store.adjustments import Accepted, adjustments_of
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import find_invoice, invoices_naming
from usagebill_tui.store.manifest import batches

How = Literal["counted", "left out", "adjusted", "open"]
"""The line's usage has it; the line left it out for want of a usable property; an accepted adjustment of the
invoice is about it; or it came, or went, since the invoice was made and nobody settled that."""

_PAGE = 200


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that a version of an event touched, and how.

    `line` is the line's number from 1, None where the invoice has no line for the event's part of the usage.
    `settled_by` is the invoice or credit note that carries an adjustment, None while it waits for one.
    """

    event: StoredEvent
    invoice: Invoice
    line: int | None
    how: How
    settled_by: str | None = None


class Traced(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of the events with one id, and what each touched."""

    versions: tuple[Version, ...]
    touches: tuple[Touch, ...]


def trace(house: House, identity: str, source: str | None = None) -> Traced:
    """Return what the event with an id touched; without a source, of all sources that gave it.

    Events that were replaced or taken back are found too. Raises NotFound where there never was one.
    """
    lines = _found(house, identity, source)
    if not lines:
        of = "" if source is None else f" of source {source!r}"
        raise NotFound(f"there is no event {identity!r}{of}", mend="`usagebill events` lists events and ids")
    versions = tuple(version for line in lines for version in versions_of(house, line))
    touches = touched(house, [version.event for version in versions])
    return Traced(versions=versions, touches=tuple(touches))


def touched(house: House, events: Sequence[StoredEvent]) -> list[Touch]:
    """Return the invoices that events touched, void ones and drafts included, by their periods."""
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        named = [invoices_naming(session, one.account, from_micros(one.timestamp)) for one in events]
        accepted = adjustments_of(session, {invoice.id for each in named for invoice in each})
        settled = {
            invoice: [(one, _carrier(session, one)) for one in each] for invoice, each in accepted.items()
        }
    return [
        touch
        for event, invoices in zip(events, named, strict=True)
        for invoice in invoices
        for touch in _of_invoice(house, catalogue, event, invoice, settled.get(invoice.id, ()))
    ]


def versions_of(house: House, line: Line) -> tuple[Version, ...]:
    """Return every content with which an event was delivered, in the order of batches."""
    around = Search(
        accounts=(line.account,),
        metrics=(line.metric,),
        since=line.timestamp,
        until=line.timestamp + 1,
    )
    versions = house.events.history.versions(around)
    return tuple(v for v in versions if (v.event.source, v.event.id) == (line.source, line.id))


def _found(house: House, identity: str, source: str | None) -> list[Line]:
    """Return the events with an id: as of today, or else as of before an import with one was taken back."""
    with house.database.reading() as session:
        undone = [batch.seq - 1 for batch in batches(session) if batch.kind == "undo"]
    for snapshot in (house.events.snapshot(), *reversed(undone)):
        found = [line for line in _pages(house, identity, snapshot) if source in {None, line.source}]
        if found:
            return found
    return []


def _pages(house: House, identity: str, snapshot: int) -> Iterator[Line]:
    offset = 0
    while True:
        order = Order(earliest_first=True, offset=offset, limit=_PAGE)
        page = house.events.browser.page(Sought(id=identity), order, snapshot)
        yield from (line for line in page.rows if line.id == identity)
        offset += _PAGE
        if offset >= page.matching:
            return


def _carrier(session: Session, one: Accepted) -> str | None:
    """Return the number (a draft's id) of what carries an accepted adjustment; None while it is pending."""
    invoice = None if one.billed_on is None else find_invoice(session, one.billed_on)
    return one.credit_note if invoice is None else invoice.number or invoice.id


class _Lines(msgspec.Struct, frozen=True):
    """Usage lines of an invoice that are of one metric and period, and that metric as a whole."""

    whole: Question
    lines: list[ExplainedLine]


def _of_invoice(
    house: House,
    catalogue: Catalogue,
    event: StoredEvent,
    invoice: Invoice,
    accepted: Sequence[tuple[Accepted, str | None]],
) -> Iterator[Touch]:
    """Yield how an invoice was touched: as it was made, by what was accepted since, and by what was not."""
    for about in _usage(house, catalogue, event, invoice):
        at = invoice.snapshot
        counts = _counts(house, about.whole, event, at)
        if counts:
            yield Touch(
                event=event,
                invoice=invoice,
                line=_line(house, event, invoice, about.lines, at),
                how="counted" if _usable(house, about.whole, event, at) else "left out",
            )
        for one, carrier in accepted:
            if _counts(house, about.whole, event, one.snapshot) != counts:
                line = _line(house, event, invoice, about.lines, at if counts else one.snapshot)
                yield Touch(event=event, invoice=invoice, line=line, how="adjusted", settled_by=carrier)
                counts = not counts
            at = one.snapshot
        today = house.events.snapshot()
        if invoice.status != "void" and _counts(house, about.whole, event, today) != counts:
            line = _line(house, event, invoice, about.lines, at if counts else today)
            yield Touch(event=event, invoice=invoice, line=line, how="open")


def _usage(house: House, catalogue: Catalogue, event: StoredEvent, invoice: Invoice) -> Iterator[_Lines]:
    """Yield the lines that an event with this account, code and time may be in."""
    found: dict[tuple[str, Span], _Lines] = {}
    for number, line in enumerate(invoice.lines, 1):
        if line.metric is None or event.account not in line.accounts:
            continue
        key = line.metric, line.period
        if key not in found:
            whole = explained(catalogue, invoice, number, whole=True)
            question = question_behind(house, invoice, whole)
            if question is None or not _within(question, event):
                continue
            found[key] = _Lines(question, [])
        found[key].lines.append(explained(catalogue, invoice, number))
    yield from found.values()


def _within(question: Question, event: StoredEvent) -> bool:
    window = question.windows[0]
    return question.metric.event_code == event.metric and window.since <= event.timestamp < window.until


def _line(
    house: House, event: StoredEvent, invoice: Invoice, lines: Sequence[ExplainedLine], snapshot: int
) -> int | None:
    """Return the number of the line that has, or would have, an event; None where there is none."""
    for one in lines:
        question = question_behind(house, invoice, one) if _of_group(one.line, event) else None
        if question is not None and _counts(house, question, event, snapshot):
            return one.number
    return None


def _of_group(line: InvoiceLine, event: StoredEvent) -> bool:
    """Tell whether an event has the texts of a line's group: most lines of many groups are ruled out so."""
    texts = {path: value.as_text() for path, value in event.properties.items()}
    return all(texts.get(path) == text for path, text in group_texts(line.part or WHOLE, line.group).items())


def _counts(house: House, question: Question, event: StoredEvent, snapshot: int) -> bool:
    """Tell whether an event is among those that a question is about, as of a snapshot."""
    key = event.batch, event.source, event.id
    found = house.events.matching(_moment(question, event, snapshot))
    return any((one.batch, one.source, one.id) == key for one in found)


def _usable(house: House, question: Question, event: StoredEvent, snapshot: int) -> bool:
    """Tell whether an event has the property that counts; of several at one instant, whether any has."""
    return any(answer.events for answer in house.events.usage(_moment(question, event, snapshot)))


def _moment(question: Question, event: StoredEvent, snapshot: int) -> Question:
    window = Window(0, question.windows[0].accounts, event.timestamp, event.timestamp + 1)
    return msgspec.structs.replace(question, windows=[window], snapshot=snapshot)
