"""`usagebill catalog`: the catalogue as a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from usagebill_tui.billing.catalogue import Change
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, chosen, emit, encoded, format_option, put
from usagebill_tui.domain.invoice import written
from usagebill_tui.errors import WrongCall
from usagebill_tui.foreign_text import safe
from usagebill_tui.locations import write_private_file

if TYPE_CHECKING:
    from usagebill_tui.billing.subscriptions.ending import Consequence


@click.group()
def catalog() -> None:
    """Apply, export, compare and check the catalogue file."""


@catalog.command()
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@format_option
@pass_place
def apply(place: Place, file: str, form: Format | None, *, dry_run: bool) -> None:
    """Bring the workspace to what FILE says, all of it or nothing."""
    with place.open() as workspace:
        applied = workspace.apply_catalogue(file, dry_run=dry_run)
    show_changes(applied.changes, form, applied.consequences)
    verb = "would change" if dry_run else "changed"
    added = sum(change.action == "add" for change in applied.changes)
    changed = len(applied.changes) - added
    narrate(f"{place.name}: {added} added, {changed} {verb}, {applied.unchanged} left as they were")


@catalog.command()
@click.argument("file")
@format_option
@pass_place
def diff(place: Place, file: str, form: Format | None) -> None:
    """Say what applying FILE would add and change."""
    with place.open() as workspace:
        applied = workspace.apply_catalogue(file, dry_run=True)
    show_changes(applied.changes, form, applied.consequences)


@catalog.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@pass_place
def export(place: Place, out: Path | None) -> None:
    """Write the catalogue as a file that changes nothing when it is applied."""
    with place.open() as workspace:
        text = workspace.export_catalogue()
    if out is None:
        put(text)
    else:
        write_private_file(out, text)
        narrate(f"wrote {out}")


@catalog.command()
@click.argument("file")
@format_option
@pass_place
def lint(place: Place, file: str, form: Format | None) -> None:
    """Warn of what in FILE is allowed but would surprise somebody."""
    from usagebill_tui.billing.catalogue.applying import lint_file
    from usagebill_tui.workspace import read_text

    findings = lint_file(place.plugins().registry, read_text(file), file)
    columns = [
        Column("level", "Level"),
        Column("where", "Where"),
        Column("what", "What"),
        Column("mend", "Mend"),
    ]
    emit([msgspec.structs.asdict(f) for f in findings], columns, form, empty=f"{file}: nothing to warn of")


@catalog.command()
@click.argument("name", required=False)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write its files to a folder.")
@format_option
def recipes(name: str | None, out: Path | None, form: Format | None) -> None:
    """List ready catalogues, or show the one called NAME; with --out, write it with events to try it on."""
    from usagebill_tui.billing.recipes import CATALOGUE, RECIPES, recipe, write_recipe

    if name is None:
        if out is not None:
            raise WrongCall("--out without a recipe", mend="name one; `usagebill catalog recipes` lists them")
        rows = [{"name": one.name, "about": one.about} for one in RECIPES]
        emit(rows, [Column("name", "Name"), Column("about", "About")], form)
        return
    if form is not None:
        raise WrongCall("--format with a recipe", mend="leave it out: a recipe is a catalogue file")
    chosen = recipe(name)
    if out is None:
        put(chosen.text(CATALOGUE))
        return
    for path in write_recipe(chosen, out):
        narrate(f"wrote {path}")


def show_changes(
    changes: Sequence[Change], form: Format | None, consequences: "Sequence[Consequence]" = ()
) -> None:
    """Write what applying a catalogue adds and changes, and what that does to invoices."""
    rows = [
        {
            "action": change.action,
            "noun": change.noun,
            "key": change.key,
            "fields": {field.name: {"before": field.before, "after": field.after} for field in change.fields},
        }
        for change in changes
    ]
    rows += [_consequence_row(one) for one in consequences]
    match chosen(form):
        case "table":
            for change in changes:
                put(_text(change))
            for one in consequences:
                put(f"{safe(_words(one))}\n")
        case "json":
            put(encoded(written(rows), pretty=True) + "\n")
        case _:
            emit(rows, [Column(key, key) for key in ("action", "noun", "key", "fields")], form)


def _consequence_row(one: "Consequence") -> dict[str, Any]:
    if one.total is None:
        action, told = ("renew" if one.form == "renewed" else "void"), {}
    else:
        action = "credit" if one.total < 0 else "charge"
        told = {"by": one.form, "net": one.net, "total": one.total, "currency": one.currency}
        told |= {"reason": one.reason} if one.reason else {}
    fields = {name: {"before": "", "after": str(value)} for name, value in told.items()}
    return {"action": action, "noun": "invoice", "key": one.invoice, "fields": fields}


def _words(one: "Consequence") -> str:
    from usagebill_tui.billing.words import consequence_words

    return consequence_words(one)


def _text(change: Change) -> str:
    sign = "+" if change.action == "add" else "~"
    lines = [f"{sign} {change.noun} {change.key}"]
    for field in change.fields:
        before = f"{field.before} → " if change.action == "change" else ""
        lines.append(f"    {field.name}: {before}{field.after}")
    return "".join(f"{safe(line)}\n" for line in lines)
