"""`usagebill verify`, `doctor`, `backup` and `restore`: is everything well, and a copy of it."""

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from usagebill_tui.backups import back_up
from usagebill_tui.backups import restore as restore_backup
from usagebill_tui.billing.proofs.health import Finding
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.clock import system_clock

_COLUMNS = [Column(key, key.capitalize()) for key in ("status", "check", "detail", "mend")]
FAILED = 1


@click.command()
@format_option
@pass_place
@click.pass_context
def verify(ctx: click.Context, place: Place, form: Format | None) -> None:
    """Read everything that is stored again, against its digests, counts and sums."""
    with place.open() as workspace:
        _show(ctx, workspace.verify(), form)


@click.command()
@click.option("--repair", is_flag=True, help="Remove what interrupted imports left.")
@format_option
@pass_place
@click.pass_context
def doctor(ctx: click.Context, place: Place, form: Format | None, *, repair: bool) -> None:
    """Look at the installation and the workspace: versions, permissions, database, leftovers."""
    with place.open() as workspace:
        findings = workspace.doctor(repair=repair)
    _show(ctx, findings, form)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_place
def backup(place: Place, file: Path) -> None:
    """Copy the whole workspace to FILE, while it is in use."""
    home = place.all()
    fixed = home.fixed(place.name, system_clock())
    with place.open() as workspace:
        count = back_up(home.folder(place.name), fixed, file)
        workspace.note_backup(file.absolute(), count)
    narrate(f"{place.name}: the database and {count:,} segments are in {file}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_place
def restore(place: Place, file: Path) -> None:
    """Make the workspace that --workspace names of a backup; one that exists is never touched."""
    count = restore_backup(place.all(), place.name, file)
    narrate(f"{place.name}: restored with {count:,} segments; `usagebill verify` reads them all again")


def _show(ctx: click.Context, findings: Sequence[Finding], form: Format | None) -> None:
    emit([msgspec.structs.asdict(finding) for finding in findings], _COLUMNS, form)
    if any(finding.status == "failed" for finding in findings):
        ctx.exit(FAILED)
