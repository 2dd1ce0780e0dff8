"""The form of one customer."""

from typing import TYPE_CHECKING, Any

from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.editor import EditorPage, Prepared

if TYPE_CHECKING:
    from usagebill_tui.domain.catalogue import Catalogue
    from usagebill_tui.workspace import Workspace


class CustomerEditor(EditorPage):
    """Edits a customer's own data; its subscriptions have forms of their own."""

    PAGE = "customers"
    NOUN = "customer"

    def prepare(self, workspace: "Workspace") -> Prepared:
        """Return the fields and the stored customer."""
        from usagebill_tui.billing.catalogue.layout import customer_table

        catalogue = workspace.catalogue_around(self.key)
        customer = catalogue.customers.get(self.key)
        values: dict[str, Any] = {} if customer is None else customer_table(customer)
        return Prepared(_fields(catalogue, new=customer is None), values)


def _fields(catalogue: "Catalogue", *, new: bool) -> list[Field]:
    from zoneinfo import available_timezones

    currencies = sorted({plan.currency for plan in catalogue.plans.values()} | {"USD", "EUR"})
    identity = "Unique; events name the customer by it" if new else "Another id makes another customer"
    return [
        Field(key="id", title="Id", required=True, help=identity),
        Field(key="name", title="Name", help="What the invoice calls the customer"),
        Field(key="aliases", title="Aliases", kind="list", help="Other names that events may use"),
        Field(
            key="timezone",
            title="Time zone",
            default="UTC",
            help="Days and billing periods are days there, such as Europe/Berlin",
            suggestions=sorted(available_timezones()),
        ),
        Field(
            key="currency",
            title="Currency",
            default="USD",
            help="That of the customer's plans, such as USD",
            suggestions=currencies,
        ),
        Field(
            key="tax_percent",
            title="Tax %",
            kind="number",
            default="0",
            bounds={"ge": 0, "le": 100},
            help="On all that is invoiced",
        ),
        Field(
            key="tax",
            title="Tax codes",
            kind="list",
            help="Rates of the catalogue instead of a percentage; those of 0 hold for all products",
        ),
        Field(key="email", title="E-mail", help="Where invoices go"),
        Field(key="address", title="Address", help="Stands on the invoice"),
    ]
