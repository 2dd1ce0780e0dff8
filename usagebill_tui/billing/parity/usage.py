"""Causes that only the events betray: other edges of the period, events that one side does not have."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from usagebill_tui.billing.house import House
from usagebill_tui.billing.parity.case import Finding, Recharge
from usagebill_tui.billing.usage.measuring import Ask, measure
from usagebill_tui.billing.usage.unbilled import Unbilled
from usagebill_tui.domain.names import nearest
from usagebill_tui.domain.periods import Period, instants, rfc3339
from usagebill_tui.domain.pricing.words import counted
from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.domain.zones import zone
from usagebill_tui.errors import UsagebillError

_INSTANT = timedelta(microseconds=1)
_FARTHEST_ZONE = 14
_ADDS_UP = ("count", "sum")
_AT_ONCE = 400
_MOST_UNITS = 10**15


def boundaries(house: House, lines: Sequence[Recharge]) -> dict[int, Finding]:
    """Return, by the place of a line, the shift of its period's edges under which their amount comes out."""
    found: dict[int, Finding] = {}
    for start in range(0, len(lines), _AT_ONCE):
        some = range(start, min(start + _AT_ONCE, len(lines)))
        tries = [(place, said, period) for place in some for said, period in _shifted(lines[place])]
        asks = [lines[place].asks(period) for place, _, period in tries]
        for (place, said, _), (units, amount) in zip(tries, _charged(house, lines, tries, asks), strict=True):
            line = lines[place]
            if place in found or amount is None or units == line.units or not line.case.fits(amount):
                continue
            text = f"{said} there are {_units(units)} instead of {_units(line.units)}: {amount}"
            found[place] = Finding("boundary", f"{text}, as theirs")
    return found


def _charged(
    house: House,
    lines: Sequence[Recharge],
    tries: Sequence[tuple[int, str, Period]],
    asks: Sequence[Sequence[Ask]],
) -> Iterator[tuple[Decimal | None, Decimal | None]]:
    """Yield units and amount of each try, from the events as they are now."""
    try:
        found = iter(measure(house, [ask for several in asks for ask in several], house.events.snapshot()))
    except UsagebillError:
        yield from ((None, None) for _ in tries)
        return
    for (place, _, _), several in zip(tries, asks, strict=True):
        measured = [next(found) for _ in several]
        yield lines[place].measured_units(measured), lines[place].charge(measured)


def _shifted(line: Recharge) -> Iterator[tuple[str, Period]]:
    """Yield other readings of the same period, the likeliest first, each with its words."""
    own = Period(line.line.period.start, line.line.period.end)
    days = line.case.days()
    if days is not None and line.contract.customer.timezone != "UTC":
        utc = instants(days[0], zone("UTC"))
        if utc != own:
            yield f"in days of UTC instead of {line.contract.customer.timezone}", utc
    end = rfc3339(own.end)
    yield f"with the events exactly at the end, {end},", Period(own.start, own.end + _INSTANT)
    for hours in range(1, _FARTHEST_ZONE + 1):
        for shift in (hours, -hours):
            moved = timedelta(hours=shift)
            text = f"with days that start {hours} h {'later' if shift > 0 else 'earlier'}"
            yield text, Period(own.start + moved, own.end + moved)


def came_late(house: House, lines: Sequence[Recharge]) -> dict[int, Finding]:
    """Return, by place, lines that would come to their amount now: events came after the invoice was made."""
    late = [place for place, one in enumerate(lines)]
    tries = [
        (place, "", Period(lines[place].line.period.start, lines[place].line.period.end)) for place in late
    ]
    asks = [lines[place].asks(period) for place, _, period in tries]
    found = {}
    for (place, _, _), (units, amount) in zip(tries, _charged(house, lines, tries, asks), strict=True):
        line = lines[place]
        if amount is not None and units != line.units and line.case.fits(amount):
            text = f"the events that came since make {_units(units)} of {_units(line.units)}: {amount}"
            found[place] = Finding("missing events", f"{text}, as theirs; `usagebill adjustments` settles it")
    return found


def unbilled_usage(line: Recharge, unbilled: Sequence[Unbilled]) -> Finding | None:
    """They charge more, and there is usage of this customer that nobody is charged for."""
    case = line.case
    if case.theirs <= case.amount:
        return None
    near = [one for one in unbilled if _may_be(one, line)]
    if not near:
        return None
    events = sum(one.events for one in near)
    what = f"{counted(Decimal(events), 'event')} of {_accounts(near)} {_verb(events)} unbilled here"
    why = f"{what} ({', '.join(dict.fromkeys(one.reason for one in near))})"
    more = _added(line, near)
    if more is not None and case.fits(line.charge_units(more) or Decimal(0)):
        return Finding("missing events", f"{why}: with them {plain(more)} units, their amount exactly")
    return Finding("missing events", f"{why} and may explain it; `usagebill report unbilled` lists them")


def _verb(events: int) -> str:
    return "is" if events == 1 else "are"


def _accounts(near: Sequence[Unbilled]) -> str:
    return ", ".join(dict.fromkeys(repr(one.account) for one in near))


def _may_be(one: Unbilled, line: Recharge) -> bool:
    code = line.metric.event_code
    if one.customer is None:
        ours = nearest(one.account, line.line.accounts) is not None
    else:
        ours = one.customer == line.contract.customer.id
    return ours and (one.metric == code or nearest(one.metric, [code]) is not None)


def _added(line: Recharge, near: Sequence[Unbilled]) -> Decimal | None:
    """Return our usage with what is unbilled, where such usage adds up; an unknown code may be anything."""
    if line.metric.aggregation not in _ADDS_UP:
        return None
    units = [one.usage.get(line.metric.code) for one in near]
    known = [unit for unit in units if unit is not None]
    if len(known) != len(units):
        return None
    with exact_arithmetic():
        return (line.units or Decimal(0)) + sum(known, Decimal(0))


def whole_units(line: Recharge) -> Finding | None:
    """Their amount is ours for another whole number of units, at a price that others are charged alike."""
    if line.metric.aggregation not in _ADDS_UP or line.terms is None or not line.terms.model.monotone:
        return None
    units = line.units or Decimal(0)
    low, high = 0, 1
    while (amount := line.charge_units(Decimal(high))) is not None and amount < line.case.theirs:
        high *= 2
        if high > _MOST_UNITS:
            return None
    if amount is None or units != int(units):
        return None
    while low < high:
        middle = (low + high) // 2
        amount = line.charge_units(Decimal(middle))
        low, high = (middle + 1, high) if amount is None or amount < line.case.theirs else (low, middle)
    amount = line.charge_units(Decimal(low))
    if amount is None or not line.case.fits(amount) or low == units:
        return None
    difference = abs(low - int(units))
    side = "here" if low > units else "there"
    next_one = line.charge_units(Decimal(low + 1))
    about = "about " if next_one is not None and line.case.fits(next_one) else ""
    text = f"theirs is our price of {about}{low:,} units, ours of {int(units):,}"
    text = f"{text}: {about}{difference:,} are missing {side}"
    return Finding("missing events", f"{text}, and others are charged the same price")


def _units(units: Decimal | None) -> str:
    return "no value" if units is None else f"{plain(units)} units"
