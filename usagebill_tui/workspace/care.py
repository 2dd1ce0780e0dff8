"""Who changed what, and whether everything is as it was written."""

from typing import TYPE_CHECKING

from usagebill_tui.workspace.base import Opened

if TYPE_CHECKING:
    from pathlib import Path

    from usagebill_tui.billing.erasing import Erased, Erasure
    from usagebill_tui.billing.proofs import health
    from usagebill_tui.store import audit


class Care(Opened):
    """Who changed what, and whether everything is as it was written."""

    def audit(self, search: "audit.AuditSearch | None" = None) -> "list[audit.Entry]":
        """Return who changed what, and when, oldest first; all of it, or what is looked for."""
        from usagebill_tui.store import audit

        with self._house.database.reading() as session:
            return audit.entries(session, search)

    def verify(self) -> "list[health.Finding]":
        """Read everything again, against its digests, counts, sums and checksums."""
        from usagebill_tui.billing.proofs import health

        return health.verify(self._house)

    def doctor(self, *, repair: bool = False) -> "list[health.Finding]":
        """Look at permissions, versions, database and what interrupted work left; `repair` removes that."""
        from usagebill_tui.billing.proofs import health

        house = self._house
        looked = [*health.permissions(self.folder), *health.versions(house), *health.database(house)]
        return [*looked, *health.leftovers(house, repair=repair)]

    def note_backup(self, path: "Path", segments: int) -> None:
        """Remember in the audit that a backup was written to a file; erasing names it later."""
        from usagebill_tui.store import audit

        with self._house.database.writing() as session:
            told = {"segments": segments}
            audit.record(session, self._house.author(), "add", "backup", str(path), after=told)

    def erase(self, erasure: "Erasure") -> "Erased":
        """Take a customer's personal data out of events and contacts, for good; invoices and sums stay.

        Raises NotFound for an unknown customer or property, Refused for a property that amounts depend on.
        """
        from usagebill_tui.billing.erasing import erase

        return erase(self._house, self.folder, erasure)
