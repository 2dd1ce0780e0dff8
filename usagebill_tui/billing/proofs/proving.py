"""Proving final invoices: each is computed again, as of what it was computed from, and comes out the same.

Where a plugin is gone or newer, or what it counted on was changed since, that is said: it is no fault.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from usagebill_tui.billing.adjustments.carrying import as_settled, with_adjustments
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.agreed import Agreed
from usagebill_tui.billing.invoices.composing import compose
from usagebill_tui.billing.invoices.due import due_on
from usagebill_tui.billing.invoices.planning import Work, closes, portions_of
from usagebill_tui.billing.invoices.rating import Rated, Rater
from usagebill_tui.billing.invoices.rating_each import rate_each
from usagebill_tui.billing.prepaid.units import RecordedUnits
from usagebill_tui.billing.proofs.missing import changed_plugins
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.invoice import Invoice, fixed_part
from usagebill_tui.domain.metric import Metric
from usagebill_tui.errors import UsagebillError
from usagebill_tui.store.adjustments import Accepted, adjustments_of
from usagebill_tui.store.billed import computed_at, earlier_contracts, items_of, period_of
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.computed import Life, lives, settled_at
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import Item, invoices

_AT_ONCE = 2_000
"""So many invoices are computed together, so that memory does not grow with their number."""
_Names = dict[tuple[str, str], tuple[str, ...]]


class Unproven(msgspec.Struct, frozen=True):
    """An invoice that did not come out the same; `excused` where there is a reason that is no fault."""

    invoice: Invoice
    why: str
    excused: bool


class _Past(msgspec.Struct, frozen=True):
    """What invoices were computed from, as far as the database tells."""

    agreed: Agreed
    items: Mapping[str, Sequence[Item]]
    lives: Mapping[str, Life]
    accepted: Mapping[str, Sequence[Accepted]]
    settled: Mapping[int, int]
    of_period: Mapping[tuple[str, str], Sequence[Invoice]]

    def life(self, invoice: Invoice) -> Life:
        """Return when an invoice was computed."""
        return self.lives.get(invoice.id, Life())


def unproven(house: House) -> Iterator[Unproven]:
    """Yield the final invoices that do not come out the same when they are computed again."""
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        every = invoices(session)
        past = _past(session, catalogue, every)
    final = [one for one in every if one.status in {"final", "paid"} and one.id in past.items]
    for group, names in _groups(final):
        yield from _unproven(house, past, group, _AsBilled(catalogue, names))


class _AsBilled(Accounts):
    """The names that invoices' lines say they counted; others are today's."""

    def __init__(self, catalogue: Catalogue, names: _Names) -> None:
        super().__init__(catalogue)
        self._names = names

    def of_subscription(self, subscription: Subscription, metric: Metric) -> tuple[str, ...]:
        """Return the names under which a metric's events reached a subscription then."""
        billed = self._names.get((subscription.id, metric.code))
        return super().of_subscription(subscription, metric) if billed is None else billed


def _past(session: Session, catalogue: Catalogue, every: Sequence[Invoice]) -> _Past:
    ids = [one.id for one in every if one.status != "draft"]
    earlier = earlier_contracts(session)
    of_period: dict[tuple[str, str], list[Invoice]] = {}
    for one in every:
        of_period.setdefault(period_of(one), []).append(one)
    return _Past(
        agreed=Agreed(catalogue, earlier, computed_at(session, ids) if earlier else {}, "agreed"),
        items=items_of(session, ids),
        lives=lives(
            session, [one.id for members in of_period.values() if len(members) > 1 for one in members]
        ),
        accepted=adjustments_of(session, ids),
        settled=settled_at(session),
        of_period=of_period,
    )


def _groups(final: Sequence[Invoice]) -> Iterator[tuple[list[Invoice], _Names]]:
    """Yield invoices that can be computed together: of one snapshot, none by other names than another."""
    group: list[Invoice] = []
    names: _Names = {}
    for one in sorted(final, key=lambda one: (one.snapshot, one.id)):
        own = {
            (one.subscription, line.metric): line.accounts
            for line in one.lines
            if line.kind == "usage" and line.metric is not None and line.accounts
        }
        other = group and group[0].snapshot != one.snapshot
        if other or len(group) == _AT_ONCE or any(names.get(key, told) != told for key, told in own.items()):
            yield group, names
            group, names = [], {}
        group.append(one)
        names |= own
    if group:
        yield group, names


def _unproven(house: House, past: _Past, group: Sequence[Invoice], names: Accounts) -> Iterator[Unproven]:
    work: dict[str, Work] = {}
    for one in group:
        try:
            work[one.id] = _work(past, one)
        except (KeyError, UsagebillError):
            yield Unproven(one, f"its contract ({one.plan}) is not there any more", excused=True)
    rater = Rater(house, names, group[0].snapshot, units=RecordedUnits(group))
    rated, failures = rate_each(rater, list(work.values()))
    of_invoice = {each.identity: lines for each, lines in rated}
    failed = {failure.subscription: failure.reason for failure in failures}
    for one in group:
        if one.id in work:
            lines = of_invoice.get(one.id)
            fault = _differs(past, one, lines) if lines else failed.get(one.subscription, "it was not rated")
            if fault:
                yield _told(house, past, one, fault, computed=lines is not None)


def _work(past: _Past, invoice: Invoice) -> Work:
    items = past.items[invoice.id]
    contract = past.agreed.contract(invoice, exact=True)
    due = due_on(contract, date.fromisoformat(period_of(invoice)[1]), closes=closes(items))
    return Work(due, portions_of(due, items), tuple(items), invoice.id, (), None)


def _differs(past: _Past, billed: Invoice, rated: Rated) -> str:
    """Return in what an invoice that is computed again differs from what is stored; empty: in nothing."""
    certain, perhaps = _earlier(past, billed)
    fault = _differs_after(billed, rated, certain)
    return _differs_after(billed, rated, [*certain, *perhaps]) if fault and perhaps else fault


def _differs_after(billed: Invoice, rated: Rated, earlier: Sequence[Invoice]) -> str:
    """Return in what an invoice differs if those were the earlier ones of its period."""
    try:
        made = compose(rated, identity=billed.id, status="draft", snapshot=billed.snapshot, earlier=earlier)
    except UsagebillError as error:
        return str(error)
    for _, line in made.not_rated:
        return f"{line.product}: {line.not_rated}"
    now = msgspec.structs.replace(
        with_adjustments(made, billed.adjustments),
        number=billed.number,
        issued=billed.issued,
        due=billed.due,
        document=None,
    )
    return _difference(fixed_part(billed), fixed_part(now))


def _difference(stored: Any, now: Any, path: str = "") -> str:
    """Return the first place in which plain data differs, with both values."""
    if stored == now:
        return ""
    if isinstance(stored, dict) and isinstance(now, dict):
        keys = [key for key in {**stored, **now} if stored.get(key) != now.get(key)]
        if keys:
            return _difference(stored.get(keys[0]), now.get(keys[0]), f"{path}.{keys[0]}".lstrip("."))
    if isinstance(stored, list) and isinstance(now, list) and len(stored) == len(now):
        place = next(index for index, one in enumerate(stored) if one != now[index])
        return _difference(stored[place], now[place], f"{path}[{place + 1}]")
    return f"{path} comes to {_short(now)}, not {_short(stored)}"


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - as much as fits a line


def _earlier(past: _Past, invoice: Invoice) -> tuple[list[Invoice], list[Invoice]]:
    """Return the invoices of its period that one counted, as they were settled then, and that it may have.

    What was made anew later may have come after it in the same run, which did not count.
    """
    at = past.life(invoice).computed
    certain: list[Invoice] = []
    perhaps: list[Invoice] = []
    for one in past.of_period[period_of(invoice)]:
        life = past.life(one)
        gone = life.void is not None and life.void < at
        if one.id != invoice.id and life.added < at and not gone:
            then = [each for each in past.accepted.get(one.id, ()) if past.settled.get(each.id, 0) < at]
            (certain if life.computed < at else perhaps).append(as_settled(one, then))
    return certain, perhaps


def _told(house: House, past: _Past, invoice: Invoice, fault: str, *, computed: bool) -> Unproven:
    """Tell a fault from what has a reason: another plugin, or another invoice that was made anew."""
    plugins = "; ".join(changed_plugins(house.registry, invoice))
    if plugins:
        return Unproven(invoice, plugins, excused=True)
    at = past.life(invoice).computed
    others = [one for one in past.of_period[period_of(invoice)] if one.id != invoice.id]
    for one in others:
        life = past.life(one)
        if life.added < at < life.computed:
            why = f"invoice {one.number or one.id} of the same period was made anew after it"
            return Unproven(invoice, why, excused=True)
    return Unproven(invoice, fault, excused=not computed)
