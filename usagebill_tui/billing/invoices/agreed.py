"""Contracts as they were agreed when an invoice was computed, though customers and prices changed since."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from usagebill_tui.billing.invoices.due import Contract
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.plan import PlanVersion
from usagebill_tui.domain.tax import Tax
from usagebill_tui.store.billed import Earlier

Definitions = Literal["today", "agreed"]
"""Metrics as they are defined today, or as the plan version that an invoice was billed by fixed them."""


class Agreed:
    """What was agreed at each moment of the audit; names are today's, since events may come late as well.

    `computed` tells for each invoice the audit's entry with which it was computed.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        earlier: Sequence[Earlier],
        computed: Mapping[str, int],
        definitions: Definitions,
    ) -> None:
        self._catalogue = catalogue
        self._earlier: dict[tuple[str, str], list[Earlier]] = {}
        for one in earlier:
            self._earlier.setdefault((one.noun, one.key), []).append(one)
        self._computed = computed
        self._today = definitions == "today"
        self._sold: dict[str, PlanVersion] = {}

    def contract(self, invoice: Invoice, *, exact: bool = False) -> Contract:
        """Return the contract that an invoice was computed under; `exact`: names and end as they were too."""
        catalogue = self._catalogue
        at = self._computed.get(invoice.id, 0)
        subscription, customer = (
            catalogue.subscriptions[invoice.subscription],
            catalogue.customers[invoice.customer],
        )
        then = self._then("subscription", subscription.id, at)
        if isinstance(then, Subscription) and exact:
            subscription = then
        elif isinstance(then, Subscription):
            # Of what was billed in advance, the days after an end that came later are credited.
            subscription = msgspec.structs.replace(then, aliases=subscription.aliases, end=subscription.end)
        before = self._then("customer", customer.id, at)
        if isinstance(before, Customer):
            customer = msgspec.structs.replace(before, aliases=customer.aliases)
        plan, _, number = invoice.plan.rpartition("@")
        version = catalogue.versions[plan, int(number)]
        taxes = {code: self._tax(tax, at) for code, tax in catalogue.taxes.items()}
        return Contract(subscription, customer, self._of_today(version) if self._today else version, taxes)

    def _of_today(self, version: PlanVersion) -> PlanVersion:
        """Return a plan version with today's metrics, the same one for all of its contracts."""
        if version.label not in self._sold:
            self._sold[version.label] = current(version, self._catalogue)
        return self._sold[version.label]

    def _tax(self, tax: Tax, at: int) -> Tax:
        then = self._then("tax", tax.code, at)
        return then if isinstance(then, Tax) else tax

    def _then(self, noun: str, key: str, at: int) -> Customer | Subscription | Tax | None:
        changes = self._earlier.get((noun, key), ())
        return next((one.definition for one in changes if one.until > at), None)


def current(version: PlanVersion, catalogue: Catalogue) -> PlanVersion:
    """Return a plan version with its metrics as they are defined today."""
    metrics = tuple(catalogue.metrics.get(metric.code, metric) for metric in version.metrics)
    return msgspec.structs.replace(version, metrics=metrics)


def redefined(version: PlanVersion, catalogue: Catalogue) -> frozenset[str]:
    """Return the metrics of a plan version that measure something else today."""
    return frozenset(
        metric.code
        for metric in version.metrics
        if _measured(catalogue.metrics.get(metric.code, metric)) != _measured(metric)
    )


def _measured(metric: Metric) -> Metric:
    return msgspec.structs.replace(metric, name="", unit="", group_by=())
