"""What is agreed: the catalogue and the subscriptions in it."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from usagebill_tui.workspace.base import Opened
from usagebill_tui.workspace.text_files import read_text

if TYPE_CHECKING:
    from usagebill_tui.billing.catalogue import Finding
    from usagebill_tui.billing.catalogue.applying import Applied
    from usagebill_tui.billing.catalogue.changes import Change
    from usagebill_tui.billing.subscriptions.moving import Moved, MoveRequest
    from usagebill_tui.domain.catalogue import Archivable


class Agreements(Opened):
    """What is agreed: the catalogue and the subscriptions in it."""

    def apply_catalogue(self, file: str | Path, *, dry_run: bool = False) -> "Applied":
        """Bring the catalogue to what a TOML file says, all of it or nothing."""
        return self.apply_catalogue_text(read_text(file), str(file), dry_run=dry_run)

    def apply_catalogue_text(self, text: str, name: str, *, dry_run: bool = False) -> "Applied":
        """Do what `apply_catalogue` does for a text; `name` is what errors call it."""
        from usagebill_tui.billing.catalogue import applying

        return applying.apply_catalogue(self._house, text, name, dry_run=dry_run)

    def apply_tables(self, tables: Mapping[str, Any], *, dry_run: bool = False) -> "Applied":
        """Do what `apply_catalogue` does for a file's tables as plain data: `{"metric": [{"code": …}]}`.

        An error's `key` is the path of the value that cannot be used.
        """
        from usagebill_tui.billing.catalogue import applying

        return applying.apply_tables(self._house, tables, dry_run=dry_run)

    def check_tables(self, tables: Mapping[str, Any]) -> "Applied":
        """Say what `apply_tables` would add or change, quickly also with many customers; changes nothing."""
        from usagebill_tui.billing.catalogue import applying

        return applying.check_tables(self._house, tables)

    def lint_catalogue(self, file: str | Path) -> "list[Finding]":
        """Return what in a catalogue file is allowed but would surprise somebody."""
        from usagebill_tui.billing.catalogue import applying

        return applying.lint_file(self._house.registry, read_text(file), str(file))

    def export_catalogue(self, *, customers: bool = True) -> str:
        """Return the catalogue as a TOML file that changes nothing when it is applied."""
        from usagebill_tui.billing.catalogue import write_catalogue

        catalogue = self.catalogue()
        if not customers:
            catalogue = msgspec.structs.replace(catalogue, customers={}, subscriptions={})
        return write_catalogue(catalogue)

    def archive(
        self, noun: "Archivable", keys: Sequence[str], *, away: bool = True, dry_run: bool = False
    ) -> "list[Change]":
        """Archive what is used no more, or with `away` false bring it back: all of it or none."""
        from usagebill_tui.billing.catalogue import archiving

        return archiving.archive(self._house, noun, keys, away=away, dry_run=dry_run)

    def import_customers(self, file: str | Path, *, dry_run: bool = False) -> "Applied":
        """Add and change the customers of a CSV file (`billing.customer_rows.COLUMNS`), all or none."""
        from usagebill_tui.billing.subscriptions import customer_rows

        return customer_rows.import_customers(self._house, read_text(file), str(file), dry_run=dry_run)

    def add_subscription(
        self, customer: str, table: Mapping[str, Any], *, dry_run: bool = False
    ) -> "Applied":
        """Put a customer on a plan: `{"plan": "pro", "start": …}` and any key of the file's table."""
        from usagebill_tui.billing.subscriptions import subscribing

        return subscribing.add_subscription(self._house, customer, table, dry_run=dry_run)

    def change_subscription(
        self, name: str, changes: Mapping[str, Any], *, dry_run: bool = False
    ) -> "Applied":
        """Give a subscription other values by the keys of its table; None takes one away."""
        from usagebill_tui.billing.subscriptions import subscribing

        return subscribing.change_subscription(self._house, name, changes, dry_run=dry_run)

    def cancel_subscription(
        self, name: str, day: date | None = None, *, now: bool = False, dry_run: bool = False
    ) -> "Applied":
        """End a subscription on a day, by default where its current period ends; `now`: after today."""
        from usagebill_tui.billing.subscriptions import subscribing

        return subscribing.cancel_subscription(self._house, name, day, now=now, dry_run=dry_run)

    def move_subscriptions(self, request: "MoveRequest", *, dry_run: bool = False) -> "Moved":
        """Take customers from one plan version to another, all or none; a dry run says the effect on each."""
        from usagebill_tui.billing.subscriptions import moving

        return moving.move_subscriptions(self._house, request, dry_run=dry_run)
