"""Causes that the amounts alone betray: rounding, proration, another price."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Decimal

from usagebill_tui.billing.catalogue.fees import fee_terms
from usagebill_tui.billing.parity.case import Case, Finding, ratio_range
from usagebill_tui.domain.pricing.words import counted
from usagebill_tui.domain.quantity import EXACT, divided, exact_arithmetic, plain, round_to

_MODES = {
    "half to even": ROUND_HALF_EVEN,
    "down": ROUND_DOWN,
    "up": ROUND_UP,
}
_SHARED = 2
_SHARE = 5
"""One in so many of a product's differences has to share a ratio, or it is shared by chance."""
_MOST_CHANCE = Decimal("0.05")
_RATIO_DIGITS = 6


def rounding(case: Case) -> Finding | None:
    """Tell whether they differ by a cent a line or less, and which way of rounding gives theirs."""
    lines = len(case.ours.lines)
    with exact_arithmetic():
        if abs(case.amount - case.theirs) > case.cent * lines:
            return None
        exact = sum((_unrounded(case, place) for place in range(lines)), Decimal(0))
    within = f"within {plain(case.cent)} a line on {counted(Decimal(lines), 'line')}"
    unrounded = f"{plain(round_to(exact, _RATIO_DIGITS))} before rounding"
    if case.theirs == exact:
        return Finding("rounding", f"{within}; theirs is not rounded: {unrounded}")
    for name, mode in _MODES.items():
        if EXACT.quantize(exact, case.cent) != case.theirs == exact.quantize(case.cent, mode, EXACT):
            return Finding("rounding", f"{within}; theirs is rounded {name}: {unrounded}")
    return Finding("rounding", f"{within}; {unrounded}")


def _unrounded(case: Case, place: int) -> Decimal:
    steps = case.ours.lines[place].line.steps
    return sum((step.amount for step in steps if not step.description.startswith("rounding")), Decimal(0))


def proration(case: Case) -> Finding | None:
    """Tell whether their amount is ours for another share of the period's days."""
    days, line = case.days(), case.line
    if days is None or line is None or not 0 < days[0].count < days[1].count:
        return None
    active, whole = days[0].count, days[1].count
    if line.kind == "usage":
        if case.fits(_share(case.amount, active, whole)):
            ours = f"{active} of {counted(Decimal(whole), 'day')}"
            return Finding("proration", f"theirs is our amount × {ours}: usage is never prorated here")
        return None
    fee = _whole_fee(case)
    return None if fee is None else _prorated_fee(case, fee, active, whole)


def _prorated_fee(case: Case, fee: Decimal, active: int, whole: int) -> Finding | None:
    ours = f"{active} of {counted(Decimal(whole), 'day')} of {plain(fee)} are charged here"
    if case.fits(fee):
        return Finding("proration", f"{ours}, the whole fee there")
    if not case.theirs:
        return Finding("proration", f"{ours}, nothing there")
    for days, base in ((active + 1, whole), (active - 1, whole), (active, 30), (active, 31)):
        if case.fits(_share(fee, days, base)):
            return Finding("proration", f"{ours}, {days} of {base} there")
    return None


def _share(amount: Decimal, days: int, base: int) -> Decimal:
    return divided(EXACT.multiply(amount, Decimal(days)), Decimal(base))


def _whole_fee(case: Case) -> Decimal | None:
    """Return the fee of a full period."""
    contract, product = case.contract, case.product
    if contract is None or product is None or product.fee != "recurring":
        return None
    return fee_terms(contract.subscription.prices.get(product.code, product.price)).amount


def shared_ratios(cases: Iterable[Case]) -> dict[int, Decimal]:
    """Return, by the place of a case, the ratio theirs ÷ ours that it shares with other customers' cases.

    Amounts are rounded, so each case has a range of ratios; the ratio that lies in most ranges counts.
    """
    groups: dict[tuple[str, str], list[tuple[int, Case, tuple[Decimal, Decimal]]]] = {}
    for place, case in enumerate(cases):
        found = ratio_range(case)
        if found is not None:
            group = groups.setdefault((case.key.product, case.key.currency), [])
            group.append((place, case, found))
    shared: dict[int, Decimal] = {}
    for group in groups.values():
        ratio = _most_shared([found for _, _, found in group])
        if ratio is None:
            continue
        holding = [(place, case) for place, case, (low, high) in group if low <= ratio <= high]
        customers = {case.key.customer for _, case in holding}
        if len(customers) >= _SHARED and len(holding) * _SHARE >= len(group):
            shared |= {place: ratio for place, _ in holding}
    return shared


def _most_shared(ranges: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Return the middle of the narrowest stretch that most ranges have in common; None for 1 or for none."""
    edges = sorted([(low, 0) for low, _ in ranges] + [(high, 1) for _, high in ranges])
    inside = most = 0
    best: tuple[Decimal, Decimal] | None = None
    for place, (edge, closes) in enumerate(edges):
        if closes:
            inside -= 1
            continue
        inside += 1
        if inside > most:
            most, best = inside, (edge, edges[place + 1][0])
    if best is None or most < _SHARED:
        return None
    with exact_arithmetic():
        return _neat(*best)


def _neat(low: Decimal, high: Decimal) -> Decimal:
    """Return the number of the fewest digits between two, theirs ÷ ours being an agreed price as a rule."""
    with exact_arithmetic():
        middle = (low + high) / 2
    for digits in range(_RATIO_DIGITS * 3):
        rounded = round_to(middle, digits)
        if low <= rounded <= high:
            return rounded
    return middle


def _unlikely(low: Decimal, high: Decimal) -> Decimal | None:
    """Return the neat number between two, None where one of as few digits would lie there by chance."""
    neat = _neat(low, high)
    digits = max(0, -int(neat.as_tuple().exponent))
    with exact_arithmetic():
        chance = (high - low).scaleb(digits)
    return neat if chance < _MOST_CHANCE else None


def price(case: Case, ratio: Decimal | None, customers: int) -> Finding | None:
    """Tell whether theirs is ours at another price: one ratio for several customers, or another fee."""
    line = case.line
    if ratio is not None:
        units = "" if line is None or line.units is None else f" on {plain(line.units)} units"
        return Finding(
            "price",
            f"theirs ÷ ours is {plain(round_to(ratio, _RATIO_DIGITS))} for {customers} customers: "
            f"the same units at another price{units}",
        )
    if line is not None and line.kind == "fee" and line.units:
        each = round_to(divided(case.theirs, line.units), _RATIO_DIGITS)
        ours = round_to(divided(case.amount, line.units), _RATIO_DIGITS)
        return Finding("price", f"a fee of {plain(each)} there, of {plain(ours)} here")
    return None


def single_price(case: Case) -> Finding | None:
    """Tell whether a unit, or the whole, comes to a neat number there, which is seldom so by chance."""
    ratios, line = ratio_range(case), case.line
    if ratios is None or line is None or line.kind != "usage" or not line.units or line.units < 0:
        return None
    with exact_arithmetic():
        half = case.cent / 2
        each = _unlikely((case.theirs - half) / line.units, (case.theirs + half) / line.units)
    if each is not None:
        ours = round_to(divided(case.amount, line.units), _RATIO_DIGITS)
        text = f"{plain(line.units)} units at {plain(each)} each there, {plain(ours)} here"
        return Finding("price", f"{text}; no other usage explains it")
    ratio = _unlikely(*ratios)
    if ratio is None:
        return None
    return Finding("price", f"theirs ÷ ours is {plain(ratio)}; no other usage explains it")


def unexplained(case: Case) -> Finding:
    """Say what was looked for, and the figures to go on from."""
    line = case.line
    each = ""
    if line is not None and line.units:
        there, here = (
            plain(round_to(divided(amount, line.units), _RATIO_DIGITS))
            for amount in (case.theirs, case.amount)
        )
        each = f": {plain(line.units)} units come to {there} each there, {here} here"
    return Finding("unexplained", f"no other usage, days, price or rounding gives their amount{each}")
