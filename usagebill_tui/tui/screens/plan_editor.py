"""The form of one plan, beside the products on offer."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from usagebill_tui.domain.dialect import DIALECTS, Bounds, Rounding, ZeroUsageFlat
from usagebill_tui.domain.product import Interval
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.editor import EditorPage, Prepared

if TYPE_CHECKING:
    from usagebill_tui.billing.catalogue.applying import Applied
    from usagebill_tui.domain.product import Product
    from usagebill_tui.workspace import Workspace


class Offered(Vertical):
    """The products that there are; enter or a click puts one into the plan, or takes it out."""

    class Toggled(Message):
        """A product was chosen."""

        def __init__(self, code: str) -> None:
            super().__init__()
            self.code = code

    def __init__(self) -> None:
        super().__init__(id="offered")

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        yield Label("Products: enter adds or removes", classes="section")
        yield OptionList(id="offered-products", compact=True)

    def show_products(self, products: "Sequence[Product]", chosen: Sequence[str]) -> None:
        """Show which products there are, and which are in the plan."""
        listed = self.query_one(OptionList)
        place = listed.highlighted
        listed.clear_options()
        listed.add_options([_option(one, inside=one.code in chosen) for one in products])
        if not products:
            listed.add_option(Option("No products yet. Press 3 for Products.", disabled=True))
        else:
            listed.highlighted = min(place or 0, len(products) - 1)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Say which product was chosen."""
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Toggled(event.option_id))


class PlanEditor(EditorPage):
    """Edits a plan as sold today; where somebody is on its newest version, saving makes the next one."""

    PAGE = "plans"
    NOUN = "plan"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        *EditorPage.ACTIONS,
        Action(id="plan.products", keys="f4", title="Go to the products", call="products", footer="products",
               help="Enter there puts one into the plan, or takes it out"),
    )  # fmt: skip
    HELP_TEXT = "Enter on a product beside the form adds it to the plan or removes it."

    def prepare(self, workspace: "Workspace") -> Prepared:
        """Return the fields, the stored plan, and the products on offer."""
        from usagebill_tui.billing.catalogue.layout import plan_table

        catalogue = workspace.catalogue_around()
        plan = catalogue.plans.get(self.key)
        values = {} if plan is None else _rows_of(plan_table(plan))
        currencies = sorted({one.currency for one in catalogue.plans.values()} | {"USD", "EUR"})
        products = sorted(catalogue.products.values(), key=lambda one: one.code)
        return Prepared(_fields(currencies), values, products)

    def tables(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the plan's table, its products as a list of codes."""
        return {"plan": [{"currency": "USD", **values, "products": _codes(values)}]}

    def notes(self, applied: "Applied") -> Sequence[str]:
        """Say whom a new version concerns, and that a plan without products bills nothing."""
        bills = _codes(self.values())
        empty = [] if bills else ["It has no products yet, so it bills nothing: f4 goes to them."]
        return empty + [
            f"{plain(change.key, 60)} is a new version: who is on an earlier one stays there until moved"
            for change in applied.changes
            if change.action == "add" and change.noun == "plan version" and not change.key.endswith("@1")
        ]

    def action_products(self) -> None:
        """Go to the products on offer."""
        self.query_one("#offered-products").focus()

    def preview(self) -> Widget:
        """Return the products on offer."""
        return Offered()

    def show_preview(self, values: dict[str, Any]) -> None:
        """Mark the products that are in the plan."""
        self.query_one(Offered).show_products(self.more, _codes(values))

    def check(self) -> None:
        """Check what is typed, and show the products even while something is missing."""
        self.show_preview(self.values())
        super().check()

    def on_offered_toggled(self, event: Offered.Toggled) -> None:
        """Put a product into the plan, or take it out."""
        event.stop()
        values = self.values()
        codes = _codes(values)
        chosen = [one for one in codes if one != event.code]
        if len(chosen) == len(codes):
            chosen.append(event.code)
        self.form.fill({**values, "products": [{"product": code} for code in chosen]})
        self.form.post_message(Form.Changed(self.form))


def _option(product: "Product", *, inside: bool) -> Option:
    from usagebill_tui.billing.words import price_words

    mark = ("✓ ", "bold $success") if inside else ("○ ", "$text-muted")
    price = (f"  {plain(price_words(product.price), 30)}", "$text-muted")
    return Option(Content.assemble(mark, plain(product.code, 40), price), id=product.code)


def _rows_of(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan's table with a row for each product."""
    return {**table, "products": [{"product": code} for code in table.get("products", ())]}


def _codes(values: Mapping[str, Any]) -> list[str]:
    return [row["product"] for row in values.get("products", ()) if row.get("product")]


def _dialect() -> tuple[Field, ...]:
    def offered(kind: Any) -> tuple[tuple[str, str], ...]:
        return tuple((one, one.replace("_", " ")) for one in kind)

    return (
        Field(
            key="name",
            title="Dialect",
            kind="choice",
            choices=offered(DIALECTS),
            default="usagebill",
            help="Whose choices prices follow where billing systems differ",
        ),
        *(
            Field(
                key=key, title=title, kind="choice", choices=offered(get_args(kind)), default="the dialect's"
            )
            for key, title, kind in (
                ("zero_usage_flat", "Flat at zero", ZeroUsageFlat),
                ("rounding", "Rounded by", Rounding),
                ("bounds", "Tiers' bounds", Bounds),
            )
        ),
    )


def _fields(currencies: Sequence[str]) -> list[Field]:
    amount = {"ge": 0}
    intervals = tuple((one, one.replace("_", " ")) for one in get_args(Interval))
    billing = (("calendar", "calendar"), ("anniversary", "anniversary"))
    return [
        Field(key="code", title="Code", required=True, help="Unique; subscriptions name it"),
        Field(key="name", title="Name", help="What people call it"),
        Field(key="currency", title="Currency", default="USD", suggestions=currencies, help="Such as USD"),
        Field(
            key="interval",
            title="Interval",
            kind="choice",
            choices=intervals,
            default="month",
            help="How often it is billed",
        ),
        Field(
            key="billing",
            title="Billing",
            kind="choice",
            choices=billing,
            default="calendar",
            help="From the 1st, or from the day on which the subscription starts",
        ),
        Field(
            key="minimum_spend",
            title="Minimum spend",
            kind="number",
            bounds=amount,
            default="none",
            help="An invoice of a period is topped up to it",
        ),
        Field(
            key="maximum_spend",
            title="Maximum spend",
            kind="number",
            bounds=amount,
            default="none",
            help="An invoice of a period is held below it",
        ),
        Field(key="trial_days", title="Trial days", kind="whole", bounds=amount, default="0"),
        Field(
            key="payment_terms_days",
            title="Due after days",
            kind="whole",
            bounds=amount,
            default="30",
            help="Days from the issue of an invoice to its due date",
        ),
        Field(
            key="discount",
            title="Discount",
            kind="table",
            fields=(
                Field(key="percent", title="Discount %", kind="number", bounds={"ge": 0, "le": 100}),
                Field(key="amount", title="or amount off", kind="number", bounds=amount),
                Field(key="months", title="for months", kind="whole", bounds={"ge": 1}, default="ever"),
            ),
        ),
        Field(key="dialect", title="Dialect", kind="table", fields=_dialect()),
        Field(
            key="products",
            title="Products, in the order of the invoice",
            kind="rows",
            fields=(Field(key="product", title="Code"),),
        ),
    ]
