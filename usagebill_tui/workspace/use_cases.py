"""All that a workspace's methods import when they are called, for programs with several threads.

Two threads that import parts of a circle of packages at the same moment can see one half made: the import
system lets go rather than wait for ever. So an interface loads everything before a second thread asks.
"""

import importlib
import threading

MODULES = (
    "billing.accounts",
    "billing.adjusting",
    "billing.adjustment_report",
    "billing.anomalies",
    "billing.bookkeeping.exporting",
    "billing.browsing",
    "billing.catalogue",
    "billing.catalogue.applying",
    "billing.catalogue.archiving",
    "billing.comparing",
    "billing.concerned",
    "billing.crediting",
    "billing.customer_rows",
    "billing.documents.exporting",
    "billing.documents.files",
    "billing.erasing",
    "billing.estimating",
    "billing.explaining",
    "billing.finalizing",
    "billing.health",
    "billing.house",
    "billing.importing",
    "billing.inbox",
    "billing.invoicing",
    "billing.lifecycle",
    "billing.mappings",
    "billing.mending",
    "billing.missing",
    "billing.moving",
    "billing.one_by_one",
    "billing.overview",
    "billing.parity",
    "billing.prepaid.applying",
    "billing.prepaid.granting",
    "billing.previewing",
    "billing.reporting",
    "billing.reports.known",
    "billing.reports.request",
    "billing.settling",
    "billing.simulating",
    "billing.simulating.repricing",
    "billing.sketching",
    "billing.subscribing",
    "billing.trending",
    "billing.trying",
    "billing.unbilled",
    "billing.usage",
    "billing.watching",
    "billing.why",
    "config",
    "domain.money",
    "domain.names",
    "domain.periods",
    "domain.zones",
    "errors",
    "events.source",
    "events.types",
    "eventstore.types",
    "extensions",
    "plugin.health",
    "store.audit",
    "store.balances",
    "store.catalogue",
    "store.ledger",
    "store.manifest",
    "store.neighbourhood",
    "store.rejects",
)
"""Modules of this package; a test holds them against what the methods import."""

_LOCK = threading.Lock()


def load() -> None:
    """Import them, one thread at a time."""
    with _LOCK:
        for name in MODULES:
            importlib.import_module(f"usagebill_tui.{name}")
