"""The form of one subscription: a plan version, from when, up to when, under which names."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.editor import EditorPage, Prepared

if TYPE_CHECKING:
    from usagebill_tui.domain.catalogue import Catalogue
    from usagebill_tui.domain.customer import Customer, Subscription
    from usagebill_tui.workspace import Workspace


class SubscriptionEditor(EditorPage):
    """Edits a subscription of a customer, or makes one; `ending` proposes the end of its current period."""

    PAGE = "customers"
    NOUN = "subscription"
    KEPT = ("prices",)
    AUTO_FOCUS = "Form Select, Form Input"
    HELP_TEXT = (
        "What was invoiced stays: the plan and the start of a billed subscription cannot change. "
        "Give it an end and start another one there, or move it from the plan's page. "
        "With an end within days that were billed in advance, those that are left are credited; "
        "saving shows first how much, and on which invoice."
    )

    def __init__(self, customer: str, subscription: str = "", *, ending: bool = False) -> None:
        super().__init__(subscription)
        self._customer, self._subscription, self._ending = customer, subscription, ending

    @property
    def title_text(self) -> str:
        """Return what is edited, and whose it is."""
        name = plain(self._subscription, 60)
        of = f"of {plain(self._customer, 60)}"
        if not name:
            return f"New subscription {of}"
        return f"End of {name} {of}" if self._ending else f"Subscription {name} {of}"

    @property
    def draft_of(self) -> tuple[str, str]:
        """Return what is edited: a subscription, its end, or a new one of a customer."""
        if self.is_new:
            return "new_subscription", self._customer
        return ("end_of_subscription" if self._ending else "subscription"), self._subscription

    @property
    def is_new(self) -> bool:
        """Tell whether this is to be a subscription more."""
        return not self._subscription

    def prepare(self, workspace: "Workspace") -> Prepared:
        """Return the fields and the stored subscription; the customer is kept for its table."""
        from usagebill_tui.billing.catalogue.layout import customer_table, subscription_table
        from usagebill_tui.domain.zones import local_day, zone

        catalogue = workspace.catalogue_around(self._customer)
        customer = catalogue.customers[self._customer]
        stored = catalogue.subscriptions.get(self._subscription)
        if stored is None:
            values: dict[str, Any] = {"start": local_day(workspace.now(), zone(customer.timezone))}
        else:
            values = subscription_table(stored)
        if self._ending:
            values = {"end": self._end(workspace), **values}
        tomorrow = local_day(workspace.now(), zone(customer.timezone)) + timedelta(days=1)
        fields = _fields(catalogue, customer, stored, tomorrow)
        return Prepared(fields, values, customer_table(customer))

    def _end(self, workspace: "Workspace") -> Any:
        """Return the day after the period that runs now."""
        found = workspace.compare(self._customer)
        return next((one.days.after for one in found if one.period.subscription == self._subscription), None)

    def tables(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the customer's table with this subscription in it; the others stay as they are."""
        return {"customer": [{**self.more, "subscription": [values]}]}


def _fields(
    catalogue: "Catalogue", customer: "Customer", stored: "Subscription | None", tomorrow: date
) -> list[Field]:
    labels = {
        version.label: f"{version.plan.name or version.plan.code} ({version.label})"
        for _, version in sorted(catalogue.versions.items())
        if version.plan.currency == customer.currency
        and (version.version == catalogue.latest(version.plan.code) or stored is not None)
    }
    return [
        Field(
            key="plan",
            title="Plan",
            kind="choice",
            required=True,
            choices=tuple(labels.items()),
            help=f"Plans in {customer.currency}; a version fixes products and prices",
        ),
        Field(key="start", title="Start", kind="date", required=True, help="The first day, in its zone"),
        Field(
            key="end",
            title="End",
            kind="date",
            default="open",
            help=f"The first day on which it is no longer active; {tomorrow} ends it after today",
        ),
        Field(
            key="id",
            title="Id",
            required=stored is not None,
            default="customer-plan",
            help="Unique; events may name the subscription by it",
        ),
        Field(key="aliases", title="Aliases", kind="list", help="Other names that events may use for it"),
    ]
