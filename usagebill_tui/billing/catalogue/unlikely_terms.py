"""Terms of plans that are allowed and say something other than they seem to."""

from collections.abc import Iterator

from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.plan import Plan

_MONTHS = {"week": 0, "month": 1, "quarter": 3, "half_year": 6, "year": 12}


def unlikely_terms(catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    """Yield, plan by plan, where such a term is, what it comes to, and how to mend it."""
    for code in sorted(catalogue.plans):
        plan = catalogue.plans[code]
        where = f'plan "{code}"'
        for product in plan.products:
            if plan.trial_days and catalogue.products[product].fee == "one_time":
                what = (
                    f"one-time fee {product!r} is never charged: it is of the first day, a day of the trial"
                )
                yield where, what, "leave trial_days out, or sell it by a plan without a trial"
        months = plan.discount.months if plan.discount is not None else None
        if months is not None and _is_cut(plan, months):
            what = f"its discount for {months} months holds for the whole of each period they reach into"
            yield where, what, f"say months in whole periods of {_MONTHS[plan.interval]}"


def _is_cut(plan: Plan, months: int) -> bool:
    """Tell whether months end within a period of a plan, whatever the start."""
    length = _MONTHS[plan.interval]
    return length > 0 and months % length > 0
