"""Whether the ledger says of prepaid credits and balances what became of them, and none was used up twice."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from usagebill_tui.domain.bookkeeping import Leg, earned_legs
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.store.credits import Move, credits_of, moves_of
from usagebill_tui.store.database import Session
from usagebill_tui.store.entries import Entry

_ZERO = Decimal(0)


class Prepaid:
    """All credits, and what was taken off them and off balances."""

    def __init__(self, session: Session, every: Iterable[Invoice]) -> None:
        self._credits = {one.id: one for one in credits_of(session)}
        self._moves = moves_of(session)
        every = list(every)
        self._final = [one for one in every if one.status in {"final", "paid"}]
        self._numbers = {one.id: one.number or one.id for one in every}
        self._legs: dict[str, list[Leg]] = {}
        for move in self._moves:
            self._note(move)

    def of(self, invoice: Invoice) -> Sequence[Leg]:
        """Return what the ledger has of an invoice besides its own, credit notes and payments."""
        return self._legs.get(invoice.id, ())

    def documents(self) -> Counter[tuple[str, date]]:
        """Return what has to be entered, by reference and day."""
        found = Counter((one.label, one.day) for one in self._credits.values() if one.amount)
        return found + Counter((self._reference(move), move.day) for move in self._moves if move.amount)

    def faults(self, known: Iterable[Entry]) -> Iterator[tuple[str, str]]:
        """Yield (what, its fault) for each credit that is below nothing, or not what the ledger says."""
        posted = dict.fromkeys((one.label for one in self._credits.values()), _ZERO)
        with exact_arithmetic():
            for entry in known:
                for leg in entry.legs:
                    if leg.account == "prepaid_credits":
                        posted[entry.reference] = posted.get(entry.reference, _ZERO) + leg.amount
            for one in self._credits.values():
                if one.left < 0 or (one.units_left is not None and one.units_left < 0):
                    yield f"credit {one.label}", "more of it was used than there was"
                if posted.pop(one.label) != -one.left:
                    yield f"credit {one.label}", "the ledger does not say what is left of it"
            yield from self._units()
        for reference in sorted(posted):
            yield f"credit {reference}", "the ledger has it, and nobody added it"

    def _units(self) -> Iterator[tuple[str, str]]:
        """Compare the units that final invoices say they took with what was taken for them."""
        left: dict[tuple[str, str], Decimal] = {}
        said = ((one.id, use) for one in self._final for line in one.lines for use in line.prepaid)
        changes = [
            *((invoice, use.credit, use.units) for invoice, use in said),
            *(
                (move.invoice, self._credits[move.credit or 0].label, -move.units)
                for move in self._moves
                if move.invoice is not None and move.units is not None
            ),
        ]
        for invoice, credit, units in changes:
            left[invoice, credit] = left.get((invoice, credit), _ZERO) + units
        for invoice, credit in sorted(key for key, units in left.items() if units):
            yield f"invoice {self._numbers[invoice]}", f"what it took of credit {credit} is not what is noted"

    def _note(self, move: Move) -> None:
        legs = self._legs.setdefault(move.invoice or "", [])
        if move.credit is None:
            legs.append(Leg("customer_balance", move.amount))
            self._legs.setdefault(move.source or "", []).append(Leg("customer_balance", -move.amount))
        elif move.units is None:
            legs.append(Leg("prepaid_credits", move.amount))
        elif move.invoice is not None:
            legs += earned_legs(move.amount, self._credits[move.credit].product or "")

    def _reference(self, move: Move) -> str:
        if move.credit is not None:
            return self._credits[move.credit].label
        return self._numbers.get(move.source or "", move.source or "")
