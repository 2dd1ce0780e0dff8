"""Applying a catalogue file to a workspace: all of it, or nothing."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from usagebill_tui.billing.catalogue.changes import Change, changes, unchanged
from usagebill_tui.billing.catalogue.file import CatalogueFile
from usagebill_tui.billing.catalogue.lint import Finding, lint
from usagebill_tui.billing.catalogue.reading import read_catalogue, read_tables
from usagebill_tui.billing.catalogue.resolving import resolve
from usagebill_tui.billing.due import Contract
from usagebill_tui.billing.house import House
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.errors import Refused
from usagebill_tui.plugin.registry import Registry
from usagebill_tui.store.catalogue import billed_subscriptions, load_catalogue, save_catalogue, used_versions


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What applying a file added or changed (or would), and how much it left as it was."""

    changes: tuple[Change, ...]
    unchanged: int


def apply_catalogue(house: House, text: str, name: str, *, dry_run: bool = False) -> Applied:
    """Bring the workspace to what a file says; what it leaves out stays.

    Raises InvalidInput where the file is wrong, Refused where it would change what was used or billed.
    """
    file = read_catalogue(text, name, house.registry)
    return _apply(house, lambda _: file, dry_run=dry_run)


def apply_tables(house: House, tables: Mapping[str, Any], *, dry_run: bool = False) -> Applied:
    """Do what `apply_catalogue` does for the tables of a file as plain data, such as a form's values.

    An error's `key` is the path of the value that cannot be used.
    """
    file = read_tables(tables, "", house.registry)
    return _apply(house, lambda _: file, dry_run=dry_run)


def change_catalogue(
    house: House, change: Callable[[Catalogue], Mapping[str, Any]], name: str = "", *, dry_run: bool = False
) -> Applied:
    """Do what `apply_tables` does for tables made of what there is: no change of others is lost between."""
    return _apply(house, lambda before: read_tables(change(before), name, house.registry), dry_run=dry_run)


def _apply(house: House, read: Callable[[Catalogue], CatalogueFile], *, dry_run: bool) -> Applied:
    if dry_run:
        with house.database.reading() as session:
            before = load_catalogue(session)
            after = resolve(read(before), before, used_versions(session))
            _check_billed(before, after, billed_subscriptions(session))
        return _applied(before, after)
    with house.database.writing() as session:
        before = load_catalogue(session)
        after = resolve(read(before), before, used_versions(session))
        _check_billed(before, after, billed_subscriptions(session))
        save_catalogue(session, before, after, house.author())
    return _applied(before, after)


def lint_file(registry: Registry, text: str, name: str) -> list[Finding]:
    """Return what in a file would surprise somebody; it needs no workspace. Raises InvalidInput."""
    file = read_catalogue(text, name, registry)
    return lint(resolve(file, Catalogue()), registry, file)


def _applied(before: Catalogue, after: Catalogue) -> Applied:
    return Applied(changes=tuple(changes(before, after)), unchanged=unchanged(before, after))


def _check_billed(before: Catalogue, after: Catalogue, billed: Mapping[str, date | None]) -> None:
    """Refuse to change the terms under which a subscription has been invoiced already."""
    for key, new in after.subscriptions.items():
        old = before.subscriptions.get(key)
        if old is None or key not in billed or old == new:
            continue
        for field in ("customer", "plan", "version", "start", "follows", "since"):
            if getattr(old, field) != getattr(new, field):
                raise Refused(
                    f"subscription {key!r} has been invoiced, so its {field} stays {getattr(old, field)}",
                    mend="give it an end and start another subscription there",
                )
        last = billed[key]
        if last is not None:
            _check_end(before, old, new, last)


def _check_end(before: Catalogue, old: Subscription, new: Subscription, last: date) -> None:
    """Refuse an end that would cut a billed period, or lengthen one that was billed up to the old end."""
    if old.end == new.end:
        return
    version = before.versions[old.plan, old.version]
    full = Contract(old, before.customers[old.customer], version).cycle.containing(last)
    if old.end is not None and old.end < full.after:
        raise Refused(
            f"subscription {old.id!r} has been invoiced up to its end, so it stays {old.end}",
            mend="start another subscription there",
        )
    if new.end is not None and new.end < full.after:
        raise Refused(
            f"subscription {old.id!r} has been invoiced for the period up to {full.after}",
            mend=f"let it end on {full.after} or later",
        )
