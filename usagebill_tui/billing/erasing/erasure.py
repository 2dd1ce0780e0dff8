"""Taking a customer's personal data out of events and contacts, for good; invoices and sums stay.

What stays on purpose: the customer's and subscriptions' ids and aliases, by which events and invoices name
them; events' ids and times; and all that an amount depends on.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from usagebill_tui.billing.erasing.choosing import (
    Choice,
    Erasure,
    around,
    changes_of,
    contacts,
    of_properties,
    of_texts,
)
from usagebill_tui.billing.erasing.drafts import drafts_of
from usagebill_tui.billing.erasing.reading import Readers, readers
from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import PERSONAL
from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import NotFound, UsagebillError
from usagebill_tui.eventstore.erasing import Changes, Rewritten
from usagebill_tui.store import erasing as store
from usagebill_tui.store.audit import record
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.database import Session

_SHORTEST = 3
"""A text shorter than this is not looked for in other texts: it would be found everywhere."""


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased, or would be, and what has to be done by hand.

    `unfinished` is why copies of what was erased may still lie in the workspace's files.
    """

    customer: str
    choices: tuple[Choice, ...]
    rewritten: Rewritten
    unfinished: str = ""


def erase(house: House, folder: Path, asked: Erasure) -> Erased:
    """Erase what is asked in one go, or in a dry run say what that would be.

    `folder` is the workspace's. Raises NotFound for an unknown customer or property, Refused for a property
    that amounts depend on.
    """
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        personal = _personal(session, catalogue, asked.customer)
        told = list(around(session, personal, folder))
    read = readers(catalogue, house.registry)
    accounts = frozenset(personal.names)
    unfinished = ""
    if asked.dry_run:
        present: Mapping[str, int] = house.events.eraser.properties(accounts)
        changes_of(asked, read, present)
        with house.database.reading() as session:
            scrubbed = store.scrub(session, personal, write=False)
        rewritten = Rewritten()
    else:
        doing = _Doing(house, asked, read, personal)
        rewritten = house.events.eraser.erase(accounts, doing.decide, doing.also)
        unfinished = _finish(house, folder, personal, rewritten)
        present, scrubbed = doing.present, doing.scrubbed
    choices = [*contacts(catalogue.customers[asked.customer]), *of_properties(asked, read, present)]
    choices += [*of_texts(scrubbed), *told]
    return Erased(customer=asked.customer, choices=tuple(choices), rewritten=rewritten, unfinished=unfinished)


def _finish(house: House, folder: Path, personal: store.Personal, rewritten: Rewritten) -> str:
    """Clear away what is left of the data when all is done; return why that did not succeed."""
    try:
        for path in drafts_of(folder, personal.names, personal.texts):
            path.unlink(missing_ok=True)
        if not rewritten.left:
            store.clear_remains(house.database.engine)
    except (OSError, UsagebillError) as error:
        return str(error)
    return f"{rewritten.left[0]} cannot be removed" if rewritten.left else ""


class _Doing:
    """An erasure under way: what it decides once it sees the properties, and what else it does."""

    def __init__(self, house: House, asked: Erasure, read: Readers, personal: store.Personal) -> None:
        self.present: Mapping[str, int] = {}
        self.scrubbed = store.Scrubbed()
        self._house = house
        self._asked = asked
        self._read = read
        self._personal = personal

    def decide(self, present: Mapping[str, int]) -> Changes:
        """Say what happens to the properties that there are."""
        self.present = present
        return changes_of(self._asked, self._read, present)

    def also(self, session: Session, rewritten: Rewritten) -> None:
        """Empty the contact and the texts, and say in the audit that it was done, without the data."""
        catalogue = load_catalogue(session)
        customer = catalogue.customers[self._asked.customer]
        emptied = msgspec.structs.replace(customer, **dict.fromkeys(PERSONAL, ""))
        store.put_customer(session, emptied)
        self.scrubbed = store.scrub(session, self._personal)
        changes = changes_of(self._asked, self._read, self.present)
        told = {
            "fields": [name for name in PERSONAL if getattr(customer, name)],
            "properties": len(changes.removed),
            "pseudonyms": len(changes.renamed),
            "events": rewritten.rows,
            "segments": rewritten.files,
            **msgspec.structs.asdict(self.scrubbed),
        }
        record(session, self._house.author(), "erase", "customer", customer.id, after=told)
        store.mark_unfinished(session)


def _personal(session: Session, catalogue: Catalogue, name: str) -> store.Personal:
    customer = catalogue.customers.get(name)
    if customer is None:
        raise NotFound(f"there is no customer {name!r}", mend=suggestion(name, catalogue.customers))
    past = store.past_definitions(session, name)
    names = dict.fromkeys(Accounts(catalogue).of_customer(customer))
    taken = {each for one in catalogue.customers.values() if one.id != name for each in one.names}
    taken |= {each for one in catalogue.subscriptions.values() if one.customer != name for each in one.names}
    names |= {alias: None for table in past for alias in table.get("aliases", ()) if alias not in taken}
    held = [str(table[field]) for table in past for field in PERSONAL if table.get(field)]
    lines = [line.strip() for text in held for line in [text, *text.splitlines()]]
    texts = dict.fromkeys(line for line in lines if len(line) >= _SHORTEST and line not in names)
    return store.Personal(customer=name, names=tuple(names), fields=PERSONAL, texts=tuple(texts))
