"""Which price of several an event has, written a second time: event by event, straight from the rules."""

from tests.model.conditions import equal
from tests.model.events import ModelEvent
from usagebill_tui.domain.price import Price


def place_of(price: Price, event: ModelEvent) -> int | None:
    """Return the place in `by` of an event's price, None where it has the default.

    The one with the most properties counts, of several with as many the one written first.
    """
    best: int | None = None
    for place, one in enumerate(price.by):
        holds = True
        for path, wanted in one.when.items():
            value = event.value(path)
            choice = wanted if isinstance(wanted, tuple) else (wanted,)
            holds = holds and value is not None and any(equal(each, value) for each in choice)
        if holds and (best is None or len(one.when) > len(price.by[best].when)):
            best = place
    return best
