"""Applying a catalogue file to a workspace: all of it, or nothing."""

from collections.abc import Collection

import msgspec

from usagebill_tui.billing.catalogue.changes import Change, changes, unchanged
from usagebill_tui.billing.catalogue.lint import Finding, lint
from usagebill_tui.billing.catalogue.reading import read_catalogue
from usagebill_tui.billing.catalogue.resolving import resolve
from usagebill_tui.billing.house import House
from usagebill_tui.domain.catalogue import Catalogue
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
    if dry_run:
        with house.database.reading() as session:
            before = load_catalogue(session)
            after = resolve(file, before, used_versions(session))
            _check_billed(before, after, billed_subscriptions(session))
        return _applied(before, after)
    with house.database.writing() as session:
        before = load_catalogue(session)
        after = resolve(file, before, used_versions(session))
        _check_billed(before, after, billed_subscriptions(session))
        save_catalogue(session, before, after, house.author())
    return _applied(before, after)


def lint_file(registry: Registry, text: str, name: str) -> list[Finding]:
    """Return what in a file would surprise somebody; it needs no workspace. Raises InvalidInput."""
    file = read_catalogue(text, name, registry)
    return lint(resolve(file, Catalogue()), registry, file)


def _applied(before: Catalogue, after: Catalogue) -> Applied:
    return Applied(changes=tuple(changes(before, after)), unchanged=unchanged(before, after))


def _check_billed(before: Catalogue, after: Catalogue, billed: Collection[str]) -> None:
    """Refuse to change the terms under which a subscription has been invoiced already."""
    for key, new in after.subscriptions.items():
        old = before.subscriptions.get(key)
        if old is None or key not in billed:
            continue
        for field in ("customer", "plan", "version", "start"):
            if getattr(old, field) != getattr(new, field):
                raise Refused(
                    f"subscription {key!r} has been invoiced, so its {field} stays {getattr(old, field)}",
                    mend="give it an end and start another subscription there",
                )
