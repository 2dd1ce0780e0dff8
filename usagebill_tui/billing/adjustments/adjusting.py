"""Adjustments: what final invoices would come to now, against what was billed and settled, and why.

Nothing final changes. Late events, undone batches, replaced events and redefined metrics make proposals.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.billing.adjustments.concerned import Causes, causes, renamed
from usagebill_tui.billing.adjustments.recomputing import Recomputed, recompute, standing
from usagebill_tui.billing.adjustments.renaming import Renamed, renamed_metrics
from usagebill_tui.billing.collecting import seldom_collecting
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.agreed import Definitions
from usagebill_tui.billing.proofs.missing import changed_plugins
from usagebill_tui.domain.adjustment import Difference, Figure, Rest, rest
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice, Span
from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import NotFound
from usagebill_tui.store.adjustments import Accepted, adjustments
from usagebill_tui.store.billed import Stub, earlier_contracts, final_stubs
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.database import Session
from usagebill_tui.store.manifest import batches


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What is left to settle of a final invoice, or the `problem` why that cannot be told.

    `accepted` are the adjustments of it that were accepted before; the rest takes them into account.
    """

    invoice: Invoice
    rest: Rest
    snapshot: int
    accepted: tuple[Accepted, ...] = ()
    problem: str = ""

    @property
    def redefined(self) -> bool:
        """Tell whether a metric that was redefined is among the reasons."""
        return any("definition changed" in one.reason for one in self.rest.differences)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the report. Of the kinds `discount` and `tax`, the differences of the invoice as a whole."""

    invoice: str
    customer: str
    line: int | None = None
    kind: str
    product: str | None = None
    metric: str | None = None
    group: Mapping[str, str | None] | None = None
    period: Span
    currency: str
    units_before: Decimal | None = None
    units_after: Decimal | None = None
    amount_before: Decimal | None = None
    amount_after: Decimal | None = None
    difference: Decimal | None = None
    reason: str


@seldom_collecting()
def proposals(
    house: House,
    customers: Sequence[str] = (),
    definitions: Definitions = "today",
    invoice: str | None = None,
) -> list[Proposal]:
    """Return what is left to settle of final invoices, by period, customer and id.

    Of all customers or these, of all invoices or the one with this id. Metrics are as defined today, or as
    the invoice's plan version fixed them (`agreed`). Raises NotFound for an unknown customer.
    """
    snapshot = house.events.snapshot()
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        _check_known(catalogue, customers)
        stubs = final_stubs(session, customers)
        if invoice is not None:
            (own,) = [stub.period for stub in stubs if stub.id == invoice] or [("", "")]
            stubs = [stub for stub in stubs if stub.period == own]
        told = causes(house, catalogue, stubs, batches(session), snapshot, definitions)
        accepted = _by_invoice(adjustments(session, customers))
        concerned = _concerned(session, catalogue, stubs, {*told, *accepted})
        those = standing(session, catalogue, concerned, definitions)
    recomputed = recompute(house, catalogue, those, snapshot)
    names = renamed_metrics(house, catalogue, recomputed, snapshot)
    found = [
        _proposal(one, _Reasons(house, one, told, names), tuple(accepted.get(one.billed.id, ())), snapshot)
        for one in recomputed
        if invoice is None or one.billed.id == invoice
    ]
    open_ = [one for one in found if one.rest.differences or one.problem]
    return sorted(open_, key=lambda one: (one.invoice.period.start, one.invoice.customer, one.invoice.id))


def rows(found: Iterable[Proposal]) -> list[Row]:
    """Return proposals as the report shows them, a row for each line that would change."""
    return [row for one in found for row in _rows(one)]


def _check_known(catalogue: Catalogue, customers: Iterable[str]) -> None:
    for customer in customers:
        if customer not in catalogue.customers:
            mend = suggestion(customer, catalogue.customers)
            raise NotFound(f"there is no customer {customer!r}", mend=mend)


def _concerned(
    session: Session, catalogue: Catalogue, stubs: Sequence[Stub], touched: Collection[str]
) -> list[Stub]:
    """Return the invoices that may come out otherwise now."""
    customers, subscriptions = renamed(catalogue, earlier_contracts(session))
    return [
        stub
        for stub in stubs
        if stub.id in touched or stub.customer in customers or stub.subscription in subscriptions
    ]


def _by_invoice(accepted: Iterable[Accepted]) -> dict[str, list[Accepted]]:
    found: dict[str, list[Accepted]] = {}
    for one in accepted:
        found.setdefault(one.invoice, []).append(one)
    return found


def _proposal(
    one: Recomputed, reasons: "_Reasons", accepted: tuple[Accepted, ...], snapshot: int
) -> Proposal:
    if one.now is None:
        gone = "; ".join(reasons.plugins)
        problem = f"{one.problem}; {gone}" if gone else one.problem
        nothing = Rest((), one.billed.tax - one.billed.tax)
        return Proposal(
            invoice=one.billed, rest=nothing, snapshot=snapshot, accepted=accepted, problem=problem
        )
    settled = [line for adjustment in accepted for line in adjustment.lines]
    left = rest(one.billed, one.now, settled)
    differences = tuple(msgspec.structs.replace(d, reason=reasons.of(d.now)) for d in left.differences)
    left = msgspec.structs.replace(left, differences=differences)
    return Proposal(invoice=one.billed, rest=left, snapshot=snapshot, accepted=accepted)


class _Reasons:
    """Why the lines of an invoice change; those without usage of their own do for all reasons together."""

    def __init__(self, house: House, one: Recomputed, told: Causes, names: Renamed) -> None:
        self._of = {metric: str(cause) for metric, cause in told.get(one.billed.id, {}).items()}
        for metric in sorted(names.get(one.billed.id, ())):
            self._of[metric] = f"{self._of.get(metric, '')}, names of accounts changed".lstrip(", ")
        self.plugins = changed_plugins(house.registry, one.billed)

    def of(self, figure: Figure) -> str:
        own = self._of.get(figure.metric or "")
        said = [own] if own else list(dict.fromkeys(self._of.values()))
        return "; ".join([*said, *self.plugins]) or "recomputed"


def _rows(one: Proposal) -> list[Row]:
    invoice = one.invoice
    blank = Row(
        invoice=invoice.number or invoice.id,
        customer=invoice.customer,
        kind="invoice",
        period=invoice.period,
        currency=invoice.currency,
        reason=f"cannot be recomputed: {one.problem}",
    )
    if one.problem:
        return [blank]
    told = [_line_row(blank, difference) for difference in one.rest.differences]
    return [*told, _tax_row(blank, one)] if one.rest.tax else told


def _line_row(blank: Row, one: Difference) -> Row:
    figure = one.now
    return msgspec.structs.replace(
        blank,
        line=one.line,
        kind=figure.kind,
        product=figure.product,
        metric=figure.metric,
        group=figure.group,
        period=figure.period,
        units_before=one.units_before,
        units_after=figure.units,
        amount_before=one.before,
        amount_after=figure.amount,
        difference=one.amount,
        reason=one.reason,
    )


def _tax_row(blank: Row, one: Proposal) -> Row:
    before = sum((each.tax for each in one.accepted), one.invoice.tax)
    return msgspec.structs.replace(
        blank,
        kind="tax",
        amount_before=before,
        amount_after=before + one.rest.tax,
        difference=one.rest.tax,
        reason="tax on what changes",
    )
