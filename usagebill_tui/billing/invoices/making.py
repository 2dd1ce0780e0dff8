"""Making invoices: what is due is rated and composed, one customer after the other, and put on the shelf.

Nothing is written here. Usage is measured for many customers together; whatever is worked out of it is of one
customer at a time, so that a run of any size needs little memory.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import msgspec

from usagebill_tui.billing.adjustments.carrying import as_settled, carry_on
from usagebill_tui.billing.adjustments.ended import settlements
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.composing import compose
from usagebill_tui.billing.invoices.planning import Work
from usagebill_tui.billing.invoices.rating import Rated, Rater
from usagebill_tui.billing.invoices.rating_each import failure, rated_in_turn
from usagebill_tui.billing.invoices.runs import Failure, NotRated
from usagebill_tui.billing.invoices.shelf import Made, Shelf
from usagebill_tui.billing.prepaid.units import unit_pool
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.bookkeeping import final_legs
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice, document_form
from usagebill_tui.domain.summary import Summary, summary_of
from usagebill_tui.errors import UsagebillError
from usagebill_tui.store.adjustments import Accepted, adjustments_of
from usagebill_tui.store.ledger import to_minor


class Making:
    """The invoices of a run as they are made, and what happened on the way.

    `pending` adjustments are carried by the first invoice that each fits; `carried` tells which ones invoices
    carry, by id. With `finalize`, what can become final is made even where its draft would stay the same.
    """

    def __init__(
        self,
        house: House,
        catalogue: Catalogue,
        pending: Sequence[Accepted],
        *,
        finalize: bool,
    ) -> None:
        self.shelf = Shelf()
        self.summaries: list[Summary] = []
        self.carried: dict[str, tuple[int, ...]] = {}
        self.failures: list[Failure] = []
        self.not_rated: list[NotRated] = []
        self.unchanged = 0
        self._house = house
        self._catalogue = catalogue
        self._accounts = Accounts(catalogue)
        self._snapshot = house.events.snapshot()
        self._finalize = finalize
        self._pending: dict[str, list[Accepted]] = {}
        for one in pending:
            self._pending.setdefault(one.customer, []).append(one)

    def add(self, work: Sequence[Work]) -> None:
        """Make the invoices of some customers, with all that they get in this run."""
        work = _with_settled(self._house, work)
        owners = sorted({one.due.contract.customer.id for one in work})
        with self._house.database.reading() as session:
            units = unit_pool(session, owners, (one.identity for one in work))
        rater = Rater(self._house, self._accounts, self._snapshot, units=units or None)
        composed = self._composed(rated_in_turn(rater, work), {one.identity for one in work})
        for customer, found in groupby(composed, key=lambda one: one[1].customer):
            self._keep(self._carrying(customer, found))

    def settle(self, subscriptions: Collection[str] | None) -> None:
        """Make invoices for what was accepted of these subscriptions, or all, and no other will carry."""
        carried = {one for ids in self.carried.values() for one in ids}
        left = [
            one
            for some in self._pending.values()
            for one in some
            if one.id not in carried and (subscriptions is None or one.subscription in subscriptions)
        ]
        with self._house.database.reading() as session:
            apart = settlements(session, self._catalogue, left, self._snapshot, self._house.clock())
        self.carried.update((invoice.id, ids) for _, invoice, ids in apart)
        self._keep((work, invoice) for work, invoice, _ in apart)

    def _composed(
        self, rated: Iterable[tuple[Work, Rated | Failure]], coming: Collection[str]
    ) -> Iterator[tuple[Work, Invoice]]:
        """Yield the invoices that have lines, each counting what those before it of its period come to."""
        for _, those in groupby(rated, key=lambda one: one[0].due.contract.subscription.id):
            made: dict[str, Invoice] = {}
            by_period: dict[str, list[Invoice]] = {}
            for work, found in those:
                if isinstance(found, Failure):
                    self.failures.append(found)
                    continue
                of_period = by_period.setdefault(work.due.full.first.isoformat(), [])
                try:
                    invoice = self._invoice(work, found, _earlier(work, made, coming, of_period))
                except UsagebillError as error:
                    self.failures.append(failure(work, error))
                    continue
                made[work.identity] = invoice
                of_period.append(invoice)
                if invoice.lines or work.renews is not None:
                    yield work, invoice

    def _invoice(self, work: Work, rated: Rated, earlier: Sequence[Invoice]) -> Invoice:
        invoice = compose(
            rated, identity=work.identity, status="draft", snapshot=self._snapshot, earlier=earlier
        )
        to_minor(invoice.total, invoice.currency)
        return invoice

    def _carrying(
        self, customer: str, found: Iterable[tuple[Work, Invoice]]
    ) -> Iterable[tuple[Work, Invoice]]:
        """Return a customer's invoices with what is pending for it."""
        pending = self._pending.get(customer)
        if not pending:
            return found
        made, carried = carry_on(list(found), pending)
        self.carried.update(carried)
        return made

    def _keep(self, made: Iterable[tuple[Work, Invoice]]) -> None:
        """Put down invoices that are new, differ from their drafts, or are to become final."""
        for work, invoice in made:
            unfit = _not_rated(invoice)
            self.not_rated += unfit
            if (unfit or not self._finalize) and _same(work.renews, invoice):
                self.unchanged += 1
                continue
            self.shelf.put(_made(work, invoice, rated=not unfit))
            self.summaries.append(summary_of(invoice))


def _with_settled(house: House, work: Sequence[Work]) -> Sequence[Work]:
    """Return work that counts the other invoices of its period as what was settled of them leaves them."""
    final = {one.id for each in work for one in each.known if one.status in {"final", "paid"}}
    with house.database.reading() as session:
        accepted = adjustments_of(session, final)
    if not accepted:
        return work
    return [
        msgspec.structs.replace(
            one, known=tuple(as_settled(known, accepted.get(known.id, ())) for known in one.known)
        )
        for one in work
    ]


def _earlier(
    work: Work, made: Mapping[str, Invoice], coming: Collection[str], of_period: Sequence[Invoice]
) -> list[Invoice]:
    """Return the other invoices of a period as this run leaves them; those yet to be made do not count."""
    stored = {invoice.id for invoice in work.known}
    known = [
        made.get(invoice.id, invoice)
        for invoice in work.known
        if invoice.status != "void"
        and invoice.id != work.identity
        and (invoice.id in made or invoice.id not in coming)
    ]
    return [*known, *(invoice for invoice in of_period if invoice.id not in stored)]


def _made(work: Work, invoice: Invoice, *, rated: bool) -> Made:
    contract = work.due.contract
    return Made(
        form=document_form(invoice),
        items=tuple((item.product, item.period_start) for item in work.items),
        renews=work.renews is not None,
        legs=tuple((leg.account, leg.amount, leg.product) for leg in final_legs(invoice)) if rated else (),
        timezone=contract.customer.timezone,
        terms=contract.version.plan.payment_terms_days,
        rated=rated,
    )


def _not_rated(invoice: Invoice) -> list[NotRated]:
    return [
        NotRated(invoice.customer, invoice.id, number, line.product or "", line.not_rated or "")
        for number, line in invoice.not_rated
    ]


def _same(draft: Invoice | None, invoice: Invoice) -> bool:
    return draft is not None and msgspec.structs.replace(draft, snapshot=invoice.snapshot) == invoice
