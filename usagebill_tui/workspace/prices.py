"""What usage costs, would cost, and costs elsewhere; nothing here stores anything."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from usagebill_tui.workspace.base import Opened

if TYPE_CHECKING:
    from usagebill_tui.billing.invoices import sketching
    from usagebill_tui.billing.parity import Parity, ParityRequest
    from usagebill_tui.billing.simulating import Simulation, SimulationRequest
    from usagebill_tui.billing.usage.comparing import ComparedLine, Comparison
    from usagebill_tui.billing.usage.trending import Trend
    from usagebill_tui.domain.invoice import Invoice
    from usagebill_tui.domain.pricing import Charge


class Prices(Opened):
    """What usage costs, would cost, and costs elsewhere; nothing here stores anything."""

    def sketch(
        self, price: Mapping[str, Any], currency: str, upto: Decimal | None = None
    ) -> "sketching.Sketch":
        """Return what a price, as a table of the catalogue file, costs from no usage to `upto`."""
        from usagebill_tui.billing.invoices import sketching

        return sketching.sketch(self._house.registry, price, currency, upto)

    def quote(self, price: Mapping[str, Any], currency: str, units: Decimal) -> "Charge":
        """Price a quantity by a table of the catalogue file; where it walks events, by typical ones."""
        from usagebill_tui.billing.invoices import sketching

        return sketching.quoted(self._house.registry, price, currency, units)

    def estimate(self, customers: Sequence[str] = (), at: datetime | None = None) -> "list[Invoice]":
        """Return the current period of each active subscription, as if it were invoiced now."""
        from usagebill_tui.billing.invoices import estimating

        return estimating.estimate(self._house, tuple(customers), at)

    def compare(self, customer: str, back: int = 0, at: datetime | None = None) -> "list[Comparison]":
        """Return each subscription's period `back` periods ago, priced as of now, beside the one before."""
        from usagebill_tui.billing.usage import comparing

        return comparing.compare(self._house, customer, back, at)

    def trend(self, comparison: "Comparison", line: "ComparedLine") -> "Trend | None":
        """Return the usage behind a line by day, week or month since the period before; None for a fee."""
        from usagebill_tui.billing.usage.trending import trend

        return trend(self._house, comparison, line)

    def simulate(self, request: "SimulationRequest") -> "Simulation":
        """Return what past usage comes to under other prices, beside each customer's own; stores nothing."""
        from usagebill_tui.billing.simulating import simulate

        return simulate(self._house, request)

    def repriced(self, product: str, price: Mapping[str, Any]) -> str:
        """Return the catalogue file to simulate in which a product has another price, in all its plans."""
        from usagebill_tui.billing.simulating.repricing import repriced

        return repriced(self._house, product, price)

    def parity(self, request: "ParityRequest") -> "Parity":
        """Return where another system's amounts differ from our invoices, by likely cause; stores nothing."""
        from usagebill_tui.billing.parity import compare_with

        return compare_with(self._house, request)
