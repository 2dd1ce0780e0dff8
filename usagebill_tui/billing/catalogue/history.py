"""The history of a plan: what each version has that the one before had not."""

from usagebill_tui.billing.catalogue.changes import Field, changes
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.plan import PlanVersion


def differences(before: PlanVersion, after: PlanVersion) -> tuple[Field, ...]:
    """Return the values in which a version of a plan differs from an earlier one."""
    both = Catalogue(versions={(one.plan.code, one.version): one for one in (before, after)})
    found = {change.key: change.fields for change in changes(Catalogue(), both)}
    return found[after.label]
