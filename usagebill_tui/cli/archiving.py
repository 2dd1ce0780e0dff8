"""`archive` and `unarchive`, as every list of the catalogue has them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, done_already, format_option

if TYPE_CHECKING:
    from usagebill_tui.domain.catalogue import Archivable, Catalogue

archived_option = click.option("--archived", is_flag=True, help="Also what is archived, marked as such.")


def shown(catalogue: "Catalogue", *, archived: bool) -> "Catalogue":
    """Return what a list shows: all, or what is not archived."""
    return catalogue if archived else catalogue.without_archived()


def marked(
    rows: dict[str, dict[str, Any]], catalogue: "Catalogue", noun: "Archivable", *, archived: bool
) -> list[dict[str, Any]]:
    """Return rows by code or id, where archived ones are shown with the mark that tells them."""
    if not archived:
        return list(rows.values())
    return [{**row, "archived": (noun, key) in catalogue.archived} for key, row in rows.items()]


def with_mark(columns: list[Column], *, archived: bool) -> list[Column]:
    """Return a list's columns, with that of the mark where archived things are shown."""
    return [*columns, Column("archived", "Archived")] if archived else columns


def archive_commands(group: click.Group, noun: "Archivable") -> None:
    """Add the commands that archive things of a kind and bring them back."""
    group.add_command(_command(noun, "archive", away=True))
    group.add_command(_command(noun, "unarchive", away=False))


def _command(noun: "Archivable", name: str, *, away: bool) -> click.Command:
    does = "Leave {} out of lists that are used no more" if away else "Bring {} back to the lists"
    ends = "; past periods are billed all the same." if away else "."

    def command(place: Place, keys: tuple[str, ...], form: Format | None, *, dry_run: bool) -> None:
        from usagebill_tui.cli.catalog import show_changes

        with place.open() as workspace:
            changes = workspace.archive(noun, keys, away=away, dry_run=dry_run)
        with done_already():
            show_changes(changes, form)
        would = "would be " if dry_run else ""
        narrate(f"{place.name}: {would}{name}d {len(changes):,} of {len(keys):,}")

    command.__doc__ = does.format(f"{noun}s") + ends
    options: list[Callable[[Any], Any]] = [
        pass_place,
        format_option,
        click.option("--dry-run", is_flag=True, help="Say what would change, change nothing."),
        click.argument("keys", nargs=-1, required=True, metavar="CODE…" if noun != "customer" else "ID…"),
    ]
    wrapped: Any = command
    for option in options:
        wrapped = option(wrapped)
    return click.command(name=name)(wrapped)
