"""Applying a catalogue file to a workspace: all of it, or nothing."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from usagebill_tui.billing.catalogue.archiving import archive_changes, check_unused
from usagebill_tui.billing.catalogue.changes import Change, changes, unchanged
from usagebill_tui.billing.catalogue.file import CatalogueFile
from usagebill_tui.billing.catalogue.lint import Finding, lint
from usagebill_tui.billing.catalogue.reading import read_catalogue, read_tables
from usagebill_tui.billing.catalogue.resolving import resolve
from usagebill_tui.billing.catalogue.time_zones import with_earlier_zones
from usagebill_tui.billing.house import House
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.errors import Refused
from usagebill_tui.plugin.registry import Registry
from usagebill_tui.store.catalogue import billed_subscriptions, load_catalogue, save_catalogue, used_versions
from usagebill_tui.store.database import Session
from usagebill_tui.store.neighbourhood import load_around

if TYPE_CHECKING:
    from usagebill_tui.billing.subscriptions.ending import Consequence, Consequences

_FEW = 1000
"""So many names are looked up one by one; of more, all customers are read."""


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What applying a file added or changed (or would), and how much it left as it was.

    `consequences` are what it does to invoices that were made before, `after` is the catalogue it leads to.
    """

    changes: tuple[Change, ...]
    unchanged: int
    after: Catalogue
    consequences: "tuple[Consequence, ...]" = ()


def apply_catalogue(house: House, text: str, name: str, *, dry_run: bool = False) -> Applied:
    """Bring the workspace to what a file says; what it leaves out stays.

    Raises InvalidInput where the file is wrong, Refused where it would change what was used or billed.
    """
    file = read_catalogue(text, name, house.registry)
    return _apply(house, lambda _: file, dry_run=dry_run)


def apply_tables(house: House, tables: Mapping[str, Any], *, dry_run: bool = False) -> Applied:
    """Do what `apply_catalogue` does for the tables of a file as plain data, such as a form's values.

    An error's `key` is the path of the value that cannot be used. Of few tables, only the customers that they
    concern are read: `after` and `unchanged` tell of those, and of all that is sold.
    """
    file = read_tables(tables, "", house.registry)
    return _apply(house, lambda _: file, dry_run=dry_run, around=_concerned(file))


def check_tables(house: House, tables: Mapping[str, Any]) -> Applied:
    """Say what a few tables would add or change, as a dry run does, loading only what they concern.

    Without what it does to invoices that were made before: applying says that. Raises what applying raises.
    """
    file = read_tables(tables, "", house.registry)
    around = _concerned(file)
    if around is None:
        return apply_tables(house, tables, dry_run=True)
    with house.database.reading() as session:
        before = load_around(session, around)
        after = _resolved(house, file, before, session)
        _check_billed(before, after, billed_subscriptions(session, list(after.subscriptions)))
    return _applied(before, after, None)


def _concerned(file: CatalogueFile) -> set[str] | None:
    """Return the names around which a file's tables change or need anything, None where that may be all.

    Who is archived may still be used, and who pays a tax must go on understanding it, by anybody.
    """
    if file.archived or file.taxes:
        return None
    names = set(_names(file))
    return names if len(names) <= _FEW else None


def _names(file: CatalogueFile) -> Iterator[str]:
    """Yield every name by which the tables of a file call a customer or a subscription."""
    for customer in file.customers:
        yield from customer.value.names
    for one in file.subscriptions:
        yield from (one.id, one.customer, *one.aliases)
        if one.follows is not None:
            yield one.follows


def change_catalogue(
    house: House, change: Callable[[Catalogue], Mapping[str, Any]], name: str = "", *, dry_run: bool = False
) -> Applied:
    """Do what `apply_tables` does for tables made of what there is: no change of others is lost between."""
    return _apply(house, lambda before: read_tables(change(before), name, house.registry), dry_run=dry_run)


def _apply(
    house: House,
    read: Callable[[Catalogue], CatalogueFile],
    *,
    dry_run: bool,
    around: Collection[str] | None = None,
) -> Applied:
    """Apply what `read` makes of the catalogue, of which `around` some names is enough; of none, all is."""
    if dry_run:
        with house.database.reading() as session:
            before = _loaded(session, around)
            after = _resolved(house, read(before), before, session)
            found = _consequences(house, session, before, after)
        return _applied(before, after, found)
    with house.database.writing() as session:
        before = _loaded(session, around)
        after = _resolved(house, read(before), before, session)
        found = _consequences(house, session, before, after)
        save_catalogue(session, before, after, house.author())
        if found is not None:
            found.settle(house, session)
    if found is not None:
        found.renew_drafts(house)
    return _applied(before, after, found)


def _loaded(session: Session, around: Collection[str] | None) -> Catalogue:
    return load_catalogue(session) if around is None else load_around(session, around)


def _resolved(house: House, file: CatalogueFile, before: Catalogue, session: Session) -> Catalogue:
    after = resolve(file, before, used_versions(session))
    check_unused(after, house.clock(), {one.thing: one.place for one in file.archived})
    return with_earlier_zones(before, after, house.clock())


def _consequences(
    house: House, session: Session, before: Catalogue, after: Catalogue
) -> "Consequences | None":
    """Return what a change does to invoices, None where nothing billed changes; Refused where it may not."""
    few = len(after.subscriptions) <= _FEW
    billed = billed_subscriptions(session, list(after.subscriptions) if few else None)
    _check_billed(before, after, billed)
    if not billed or (before.subscriptions == after.subscriptions and before.customers == after.customers):
        return None
    # Rating reads the catalogue's modules, so it is loaded when it is needed.
    from usagebill_tui.billing.subscriptions.ending import consequences

    return consequences(house, session, before, after)


def lint_file(registry: Registry, text: str, name: str) -> list[Finding]:
    """Return what in a file would surprise somebody; it needs no workspace. Raises InvalidInput."""
    file = read_catalogue(text, name, registry)
    return lint(resolve(file, Catalogue()), registry, file)


def _applied(before: Catalogue, after: Catalogue, found: "Consequences | None") -> Applied:
    return Applied(
        changes=(*changes(before, after), *archive_changes(before, after)),
        unchanged=unchanged(before, after),
        after=after,
        consequences=() if found is None else found.told,
    )


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
