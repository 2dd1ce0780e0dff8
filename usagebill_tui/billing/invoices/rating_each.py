"""Rating many periods together, so that one customer's fault stays that customer's own."""

from collections.abc import Iterator, Sequence

from usagebill_tui.billing.invoices.planning import Work
from usagebill_tui.billing.invoices.rating import Rated, Rater, Usages
from usagebill_tui.billing.invoices.runs import Failure
from usagebill_tui.errors import UsagebillError


def rate_each(rater: Rater, work: Sequence[Work]) -> tuple[list[tuple[Work, Rated]], list[Failure]]:
    """Return all that can be rated, in the order of the work, and why the rest cannot."""
    rated: list[tuple[Work, Rated]] = []
    failures: list[Failure] = []
    for one, found in rated_in_turn(rater, work):
        if isinstance(found, Failure):
            failures.append(found)
        else:
            rated.append((one, found))
    return rated, failures


def rated_in_turn(rater: Rater, work: Sequence[Work]) -> Iterator[tuple[Work, Rated | Failure]]:
    """Yield all work, each as it is rated; usage is measured before, of all together."""
    for one, usages in _measured(rater, work):
        if isinstance(usages, Failure):
            yield one, usages
            continue
        try:
            rated = rater.rated(usages)
        except UsagebillError as error:
            yield one, failure(one, error)
        else:
            yield one, rated


def _measured(rater: Rater, work: Sequence[Work]) -> list[tuple[Work, Usages | Failure]]:
    """Measure all together; where that fails, in halves."""
    if not work:
        return []
    try:
        return list(zip(work, rater.measured([(one.due, one.portions) for one in work]), strict=True))
    except UsagebillError as error:
        if len(work) == 1:
            return [(work[0], failure(work[0], error))]
    middle = len(work) // 2
    return _measured(rater, work[:middle]) + _measured(rater, work[middle:])


def failure(work: Work, error: UsagebillError) -> Failure:
    """Return why an invoice cannot be made, with whom it is for."""
    contract = work.due.contract
    return Failure(contract.customer.id, contract.subscription.id, str(error))
