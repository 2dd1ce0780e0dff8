"""What in a catalogue is allowed but would surprise someone."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from usagebill_tui.billing.catalogue.archiving import uses
from usagebill_tui.billing.catalogue.cliffs import cliffs
from usagebill_tui.billing.catalogue.file import CatalogueFile
from usagebill_tui.billing.catalogue.unlikely_terms import unlikely_terms
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.plan import Plan
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing.parts import ambiguous
from usagebill_tui.domain.product import Product
from usagebill_tui.plugin.registry import Registry

_SHORTEST_NAME = 3
_LONGEST_ABBREVIATION = 4
_SNAKE_CASE = re.compile(r"[^\s_]+(?:_[^\s_]+)+")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look at: where, what, and how to mend it."""

    level: Literal["warning"] = "warning"
    where: str
    what: str
    mend: str


def lint(catalogue: Catalogue, registry: Registry, file: CatalogueFile | None = None) -> list[Finding]:
    """Return what would surprise a customer or bill less than meant.

    `file` is the one that the catalogue came from, for what is lost once it is read.
    """
    return [
        *_last_bounds(file),
        *_names(catalogue),
        *_cliffs(catalogue, registry),
        *_ambiguities(catalogue),
        *_unsold(catalogue),
        *_currencies(catalogue),
        *_archived(catalogue),
        *(Finding(where=at, what=what, mend=mend) for at, what, mend in unlikely_terms(catalogue)),
    ]


def _archived(catalogue: Catalogue) -> Iterator[Finding]:
    """Find what is archived and still used; a subscription with an end counts as ended."""
    for use in uses(catalogue, lambda one: one.end is not None):
        yield Finding(
            where=f"{use.noun} {use.key}",
            what=f"it is archived, and {use.by}",
            mend="archive or end that too, or unarchive this: apply refuses it",
        )


def _last_bounds(file: CatalogueFile | None) -> Iterator[Finding]:
    """Find last tiers that are written with a bound."""
    for place in file.last_bounds if file is not None else ():
        yield Finding(
            where=str(place), what="the last tier has a bound but is read as open", mend="leave up_to out"
        )


def _names(catalogue: Catalogue) -> Iterator[Finding]:
    """Find names that stand on invoices and that a customer would not understand."""
    nouns: list[tuple[str, Iterable[Metric | Product | Plan]]] = [
        ("metric", catalogue.metrics.values()),
        ("product", catalogue.products.values()),
        ("plan", catalogue.plans.values()),
    ]
    for noun, several in nouns:
        for each in sorted(several, key=lambda one: one.code):
            flaw = name_flaw(each.name, each.code)
            if flaw is not None:
                yield Finding(
                    where=f'{noun} "{each.code}"',
                    what=flaw,
                    mend="name it as a customer should read it on an invoice",
                )


def name_flaw(name: str, code: str) -> str | None:
    """Return what a customer would not understand about a name, None where it will do."""
    if not name.strip():
        return "has no name"
    if name == code:
        return f"the name {name!r} is the code"
    if _SNAKE_CASE.fullmatch(name):
        return f"the name {name!r} is written like a code"
    if len(name) < _SHORTEST_NAME:
        return f"the name {name!r} is very short"
    if name.isupper() and len(name) > _LONGEST_ABBREVIATION:
        return f"the name {name!r} is all capitals"
    return None


def _cliffs(catalogue: Catalogue, registry: Registry) -> Iterator[Finding]:
    """Find prices by which more usage costs less."""
    for where, whole in _prices(catalogue):
        for place, price in enumerate(whole.each()):
            at = f"{where}, by[{place - 1}]" if place else where
            for what in cliffs(price, registry):
                mend = "use model tiered, or a flat_amount that makes up the difference"
                yield Finding(where=at, what=what, mend=mend)


def _ambiguities(catalogue: Catalogue) -> Iterator[Finding]:
    """Find prices by property value of which several are as specific for one event."""
    for where, price in _prices(catalogue):
        for one, other in ambiguous(price):
            yield Finding(
                where=f"{where}, by[{other}]",
                what=f"by[{one}] is as specific and may be for the same event; the one written first counts",
                mend="say what is meant with a price whose `when` names the properties of both",
            )


def _prices(catalogue: Catalogue) -> Iterator[tuple[str, Price]]:
    """Yield the prices of products and the overrides of subscriptions, with where each is."""
    for code, product in sorted(catalogue.products.items()):
        yield f'product "{code}"', product.price
    for name, subscription in sorted(catalogue.subscriptions.items()):
        for code, price in sorted(subscription.prices.items()):
            yield f'subscription "{name}", price of "{code}"', price


def _unsold(catalogue: Catalogue) -> Iterator[Finding]:
    """Find metrics, products and plans that would bill nothing."""
    sold = {code for plan in catalogue.plans.values() for code in plan.products}
    measured = {product.metric for product in catalogue.products.values()}
    for code in sorted(catalogue.metrics.keys() - measured):
        yield Finding(
            where=f'metric "{code}"', what="no product sells it", mend="add a metered product of it"
        )
    for code in sorted(catalogue.products.keys() - sold):
        yield Finding(where=f'product "{code}"', what="it is in no plan", mend="add it to a plan's products")
    for code in sorted(catalogue.plans):
        if not catalogue.plans[code].products:
            yield Finding(where=f'plan "{code}"', what="it has no products", mend="add products to it")


def _currencies(catalogue: Catalogue) -> Iterator[Finding]:
    """Find that more than one currency is in use."""
    for noun, several in (("plans", catalogue.plans), ("customers", catalogue.customers)):
        used = sorted({each.currency for each in several.values()})
        if len(used) > 1:
            yield Finding(
                where=noun,
                what=f"they are in several currencies: {', '.join(used)}",
                mend="check that each is meant; amounts in different currencies are never added",
            )
