"""What differs between two catalogues, in words."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import msgspec

from usagebill_tui.billing.catalogue.layout import (
    customer_table,
    metric_table,
    plan_table,
    product_table,
    subscription_table,
    tax_table,
)
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.plan import PlanVersion
from usagebill_tui.domain.properties import path_of
from usagebill_tui.domain.quantity import plain

ChangedNoun = Literal["metric", "product", "tax", "plan", "plan version", "customer", "subscription"]


class Field(NamedTuple):
    """One value that differs, by its path in the table; empty text where there is none."""

    name: str
    before: str
    after: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One noun that is added or changed, and its values that differ.

    The first version of a plan lists all it fixes; a later one that is added,
    what differs from the one before.
    """

    action: Literal["add", "change", "archive", "unarchive"]
    noun: ChangedNoun
    key: str
    fields: tuple[Field, ...] = ()


class _Kind(NamedTuple):
    """A noun, where a catalogue keeps it, and how it looks as a table."""

    noun: ChangedNoun
    of: Callable[[Catalogue], Mapping[str, Any]]
    table: Callable[[Any], dict[str, Any]]


def changes(before: Catalogue, after: Catalogue) -> list[Change]:
    """Return what `after` adds to and changes in `before`: by noun, then by code or id.

    Nothing is ever taken out of a catalogue, so what only `before` has is not listed.
    """
    return [change for kind in _KINDS for change in _of_kind(kind, before, after)]


def unchanged(before: Catalogue, after: Catalogue) -> int:
    """Return how many metrics, products, plans, versions, customers and subscriptions stay as they are."""
    return sum(
        one.get(key) == noun
        for kind in _KINDS
        for one, other in [(kind.of(before), kind.of(after))]
        for key, noun in other.items()
    )


def _of_kind(kind: _Kind, before: Catalogue, after: Catalogue) -> Iterator[Change]:
    """Yield the changes of one noun."""
    old = kind.of(before)
    for key, noun in kind.of(after).items():
        if key not in old:
            reference = _version_before(noun, after) if kind.noun == "plan version" else None
            yield Change(action="add", noun=kind.noun, key=key, fields=_fields(kind, reference, noun))
        elif old[key] != noun:
            yield Change(action="change", noun=kind.noun, key=key, fields=_fields(kind, old[key], noun))


def _fields(kind: _Kind, old: Any, new: Any) -> tuple[Field, ...]:
    """Return the values that differ between two nouns of a kind, all of the new one where there is no old."""
    one = {} if old is None else dict(_flat(kind.table(old)))
    other = dict(_flat(kind.table(new)))
    names = [*other, *(name for name in one if name not in other)]
    pairs = (Field(name, one.get(name, ""), other.get(name, "")) for name in names)
    return tuple(field for field in pairs if field.before != field.after)


def _version_before(version: PlanVersion, catalogue: Catalogue) -> PlanVersion | None:
    """Return the version of the same plan that a version follows."""
    earlier = [
        number
        for code, number in catalogue.versions
        if code == version.plan.code and number < version.version
    ]
    return catalogue.versions[version.plan.code, max(earlier)] if earlier else None


def _flat(value: Any, keys: str = "") -> Iterator[tuple[str, str]]:
    """Yield the single values in a table, each with its path."""
    match value:
        case dict() if value:
            for key, each in value.items():
                yield from _flat(each, ".".join(part for part in (keys, path_of((key,))) if part))
        case [{}, *_]:
            for index, each in enumerate(value):
                yield from _flat(each, f"{keys}[{index}]")
        case _:
            yield keys, _words(value)


def _words(value: Any) -> str:
    """Write a value as people read it."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain(value)
        case date():
            return value.isoformat()
        case list():
            return ", ".join(_words(each) for each in value)
        case _:
            return str(value)


def _version_table(version: PlanVersion) -> dict[str, Any]:
    """Return a plan version as one table, without its number."""
    return {
        **plan_table(version.plan),
        "product": {product.code: product_table(product) for product in version.products},
        "metric": {metric.code: metric_table(metric) for metric in version.metrics},
    }


def _versions(catalogue: Catalogue) -> Mapping[str, PlanVersion]:
    """Return the versions by their label, in order."""
    return {
        version.label: version for _, version in sorted(catalogue.versions.items(), key=lambda item: item[0])
    }


def _ordered(nouns: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return nouns by their code or id, in order."""
    return dict(sorted(nouns.items(), key=lambda item: item[0]))


_KINDS = (
    _Kind("metric", lambda catalogue: _ordered(catalogue.metrics), metric_table),
    _Kind("product", lambda catalogue: _ordered(catalogue.products), product_table),
    _Kind("tax", lambda catalogue: _ordered(catalogue.taxes), tax_table),
    _Kind("plan", lambda catalogue: _ordered(catalogue.plans), plan_table),
    _Kind("plan version", _versions, _version_table),
    _Kind("customer", lambda catalogue: _ordered(catalogue.customers), customer_table),
    _Kind("subscription", lambda catalogue: _ordered(catalogue.subscriptions), subscription_table),
)
