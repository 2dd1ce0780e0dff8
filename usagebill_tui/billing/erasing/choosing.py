"""What an erasure does with each thing that may hold personal data, and why it keeps some."""

import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec

from usagebill_tui.billing.erasing.drafts import drafts_of
from usagebill_tui.billing.erasing.reading import Readers
from usagebill_tui.domain.customer import PERSONAL, Customer
from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import NotFound, Refused
from usagebill_tui.eventstore.erasing import Changes
from usagebill_tui.store import erasing as store
from usagebill_tui.store.database import Session


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: whose data, and which properties of the events (none named: all that nothing reads).

    `keep` names some that are to stay all the same.
    """

    customer: str
    properties: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    dry_run: bool = False


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one thing: its kind and name, in how many rows it is, and why it is kept."""

    kind: str
    name: str
    rows: int | None = None
    outcome: str
    reason: str = ""


def changes_of(asked: Erasure, read: Readers, present: Mapping[str, int]) -> Changes:
    """Return what happens to each property; raises NotFound or Refused for one that cannot be erased."""
    for path in (*asked.properties, *asked.keep):
        if path not in present and path not in read.by:
            raise NotFound(
                f"no event of {asked.customer} has a property {path!r}", mend=suggestion(path, present)
            )
    for path in asked.properties:
        if path in read.by and path not in read.told_apart:
            raise Refused(
                f"property {path!r} is read by {read.by[path][0]}: amounts depend on its values",
                mend="change what reads it first, for new plan versions too; final invoices need it",
            )
    wanted = set(asked.properties) if asked.properties else set(present)
    wanted -= set(asked.keep)
    return Changes(
        removed=frozenset(path for path in wanted if path not in read.by),
        renamed=frozenset(wanted & read.told_apart),
        salt=secrets.token_hex(16),
    )


def contacts(customer: Customer) -> list[Choice]:
    """Return what happens to the fields and names of a customer."""
    fields = [
        Choice(kind="contact", name=field, outcome="erased") for field in PERSONAL if getattr(customer, field)
    ]
    reason = "events and invoices name the customer by it"
    names = [Choice(kind="name", name=name, outcome="kept", reason=reason) for name in customer.names]
    return [*fields, *names]


def of_properties(asked: Erasure, read: Readers, present: Mapping[str, int]) -> list[Choice]:
    """Return what happens to each property of the events."""
    changes = changes_of(asked, read, present)
    found = []
    for path, rows in present.items():
        outcome, reason = "kept", "not asked for"
        if path in changes.removed:
            outcome, reason = "erased", ""
        elif path in changes.renamed:
            outcome, reason = "pseudonym", f"{read.by[path][0]} tells its values apart"
        elif path in read.by and path not in asked.keep:
            reason = f"{read.by[path][0]} reads it"
        found.append(Choice(kind="property", name=path, rows=rows, outcome=outcome, reason=reason))
    return found


def of_texts(scrubbed: store.Scrubbed) -> list[Choice]:
    """Return what happens to texts beside the events."""
    names = {
        "audit": "entries of the audit",
        "rejects": "rejected rows",
        "payments": "references of payments",
        "file_names": "names of files",
    }
    counts = msgspec.structs.asdict(scrubbed)
    return [
        Choice(kind="text", name=words, rows=counts[key], outcome="erased")
        for key, words in names.items()
        if counts[key]
    ]


def around(session: Session, personal: store.Personal, folder: Path) -> list[Choice]:
    """Return what is beside: drafts of forms, documents that say it and never change, earlier copies."""
    drafts = drafts_of(folder, personal.names, personal.texts)
    found = [Choice(kind="draft", name=path.name, outcome="erased") for path in drafts]
    reason = "a final document never changes"
    documents = store.documents_with(session, personal.texts)
    found += [Choice(kind="document", name=one, outcome="kept", reason=reason) for one in documents]
    copies = [*store.known_backups(session), *(str(path) for path in sorted(folder.glob("*-before-*")))]
    by_hand = "made before: delete it, or erase again after restoring it"
    return [*found, *(Choice(kind="copy", name=name, outcome="by hand", reason=by_hand) for name in copies)]
