"""Plugins that took part in invoices and are gone since, or are not what they were."""

from collections.abc import Iterator

from usagebill_tui.billing.house import House
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.plugin import Registry
from usagebill_tui.plugin.registry import NotRegistered
from usagebill_tui.store.ledger import invoices


def missing(house: House, subscription: Subscription, error: NotRegistered) -> str:
    """Say what is not registered and which plugins, by name and version, may have been lost with it.

    Those are the ones that the newest invoice of the subscription was computed with and that are not loaded.
    """
    loaded = house.registry.plugins()
    with house.database.reading() as session:
        earlier = invoices(session, [subscription.customer])
    for invoice in reversed(earlier):
        if invoice.subscription == subscription.id and invoice.plugins:
            gone = [named for name, named in _named(invoice) if name not in loaded]
            computed = f"invoice {invoice.number or invoice.id} was computed with {', '.join(gone)}"
            return f"{error}; {computed}" if gone else str(error)
    return str(error)


def changed_plugins(registry: Registry, invoice: Invoice) -> list[str]:
    """Return what is to be said of the plugins that an invoice was computed with and that are not as then."""
    loaded = registry.plugins()
    said = []
    for name, named in _named(invoice):
        if name not in loaded:
            said.append(f"computed with {named}, which is not loaded now")
        elif loaded[name] != invoice.plugins[name]:
            said.append(f"computed with {named}; version {loaded[name]} is loaded now")
    return said


def _named(invoice: Invoice) -> Iterator[tuple[str, str]]:
    for name, version in sorted(invoice.plugins.items()):
        yield name, f"plugin {name} {version}".rstrip()
